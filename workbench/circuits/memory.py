"""How large circuits are before they exist: nodes, edges, and the bytes it takes to build them."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.circuits.circuit import Circuit
from workbench.core.memory import require_memory
from workbench.limits import LIMITS, require_within

# Bytes that a circuit holds: its arrays, the parents of edges and the kinds of edges.
NODE_BYTES = 1 + 4 + 4 + 1 + 4 + 8
EDGE_BYTES = 4 + 8 + 4 + 1
PARAMETER_BYTES = 8
# While it is built there are also the arrays of the builder, and masks of the checks.
BUILDER_NODE_BYTES = 1 + 1 + 4 + 4 + 4 + 24
BUILDER_EDGE_BYTES = 4 + 8 + 2
BUILDER_PARAMETER_BYTES = 8 + 1


@dataclass(frozen=True, slots=True)
class Size:
    """What a circuit counts.

    Parameters
    ----------
    n_parameters
        Entries of leaf tables; weights are counted by `n_edges`.

    Examples
    --------
    >>> Size(n_nodes=3, n_edges=2, n_parameters=4).bytes
    132
    """

    n_nodes: int
    n_edges: int
    n_parameters: int

    @property
    def bytes(self) -> int:
        """Bytes that the circuit holds once it is built."""
        return (
            NODE_BYTES * self.n_nodes
            + EDGE_BYTES * self.n_edges
            + PARAMETER_BYTES * self.n_parameters
        )

    @property
    def building_bytes(self) -> int:
        """Bytes at the peak of building it, those that it holds included."""
        return (
            self.bytes
            + BUILDER_NODE_BYTES * self.n_nodes
            + BUILDER_EDGE_BYTES * self.n_edges
            + BUILDER_PARAMETER_BYTES * self.n_parameters
        )


def size_of(circuit: Circuit) -> Size:
    """The size of `circuit`.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> size_of(build.circuit(build.categorical(0, [0.5, 0.5])))
    Size(n_nodes=1, n_edges=0, n_parameters=2)
    """
    return Size(circuit.n_nodes, circuit.n_edges, len(circuit.leaf_parameters))


def require_buildable(size: Size, *, beside: int = 0, remedy: str) -> None:
    """Nothing, or a refusal of a circuit that is beyond the limits or the memory of this machine.

    Parameters
    ----------
    beside
        Bytes that its making needs for other things at the same time.

    Raises
    ------
    LimitError
        With what was asked, the limit, and the memory that is available.

    Examples
    --------
    >>> require_buildable(Size(3, 2, 4), remedy="Take fewer latents.")
    """
    require_within("nodes", size.n_nodes, LIMITS.n_nodes, remedy)
    require_within("edges", size.n_edges, LIMITS.n_edges, remedy)
    what = f"build a circuit of {size.n_nodes:,} nodes and {size.n_edges:,} edges"
    require_memory(what, size.building_bytes + beside, remedy)
