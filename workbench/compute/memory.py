"""Memory that circuits take, told before anything is allocated.

The figures are bytes per node, per edge, per entry of a leaf table and per
cell of the tables of a tile of rows: what the arrays of each engine hold at
its peak, which is while it computes flows.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.circuits.circuit import Circuit
from workbench.circuits.memory import Size, size_of
from workbench.circuits.structures.hclt_memory import hclt_size
from workbench.core.memory import gibibytes, require_memory
from workbench.data.variables import categorical
from workbench.errors import ParameterError


@dataclass(frozen=True, slots=True)
class _Costs:
    """Bytes per piece of a circuit at the peak of an engine.

    Parameters
    ----------
    making
        Per node, edge and parameter while it is made.
    node, edge, parameter
        Of what its threads share while it runs.
    own_edge, own_parameter
        Of what each thread has for itself.
    cell
        Per node and row of a tile, of each thread.
    least_rows, most_rows, tile_bytes
        Of a tile: it has a multiple of the least rows, at most the most, and at most
        these bytes unless it has the least rows.
    """

    making: tuple[int, int, int]
    node: int
    edge: int
    parameter: int
    own_edge: int
    own_parameter: int
    cell: int
    least_rows: int
    most_rows: int
    tile_bytes: int

    def bytes(self, size: Size, batch: int, threads: int) -> int:
        row = self.cell * size.n_nodes
        fitting = max(self.tile_bytes // row, self.least_rows)
        rows = -(-min(batch, self.most_rows, fitting) // self.least_rows) * self.least_rows
        own = _sum(size, 0, self.own_edge, self.own_parameter)
        shared = _sum(size, self.node, self.edge, self.parameter)
        running = shared + threads * (rows * row + own)
        return max(_sum(size, *self.making), running)


def _sum(size: Size, node: int, edge: int, parameter: int) -> int:
    return node * size.n_nodes + edge * size.n_edges + parameter * size.n_parameters


_WALK = {"own_edge": 0, "own_parameter": 0, "least_rows": 1, "most_rows": 2**20, "cell": 16}
_TILES = {"least_rows": 16, "most_rows": 256, "tile_bytes": 192 * 2**20}
COSTS = {
    # Flows of edges and nodes, positions of leaves, and copies where they are in float32.
    ("interactive", "float64"): _Costs((0, 0, 0), 40, 8, 8, tile_bytes=2**21, **_WALK),
    ("interactive", "float32"): _Costs((0, 0, 0), 40, 12, 12, tile_bytes=2**21, **_WALK),
    # The program, its weights and their sums; a workspace and totals for each thread.
    ("batch", "float64"): _Costs((110, 90, 8), 300, 52, 36, 8, 8, 8, **_TILES),
    ("batch", "float32"): _Costs((110, 90, 8), 300, 45, 22, 4, 4, 4, **_TILES),
}


@dataclass(frozen=True, slots=True)
class Memory:
    """What a circuit takes of memory, in bytes.

    Parameters
    ----------
    circuit
        Held by the circuit.
    building
        At the peak of building it.
    running
        Beside the circuit at the peak of an engine that computes flows.

    Examples
    --------
    >>> Memory(circuit=10, building=25, running=20).peak
    30
    """

    circuit: int
    building: int
    running: int

    @property
    def peak(self) -> int:
        """The most at any time."""
        return max(self.building, self.circuit + self.running)

    def __str__(self) -> str:
        return (
            f"{gibibytes(self.building)} to build, {gibibytes(self.circuit)} to hold, "
            f"{gibibytes(self.running)} more to run"
        )


def memory_needed(
    circuit: Circuit | Size,
    engine: str = "batch",
    dtype: str = "float64",
    batch: int = 256,
    threads: int = 1,
) -> Memory:
    """The memory that a circuit, existing or planned, takes; nothing of it is allocated.

    Parameters
    ----------
    engine
        "batch" or "interactive".
    batch
        Rows evaluated at a time.

    Raises
    ------
    ParameterError
        When there is no such engine or precision.

    Examples
    --------
    >>> str(memory_needed(planned_hclt(variables=784, categories=256, latents=357)))
    '4.1 GiB to build, 2.1 GiB to hold, 9.0 GiB more to run'
    """
    if (engine, dtype) not in COSTS:
        raise ParameterError(
            "unknown engine or precision",
            given=f"{engine!r} in {dtype!r}",
            expected=f"one of {list(COSTS)}",
        )
    size = size_of(circuit) if isinstance(circuit, Circuit) else circuit
    running = COSTS[engine, dtype].bytes(size, batch, threads)
    return Memory(size.bytes, size.building_bytes, running)


def planned_hclt(variables: int, categories: int, latents: int) -> Size:
    """The largest size of a hidden Chow-Liu tree over categorical variables.

    The tree is not known before there are data. Trees with many ends are
    smaller, for variables at an end need no sums.

    Examples
    --------
    >>> planned_hclt(variables=784, categories=256, latents=64).n_edges
    3299200
    """
    variable = categorical("x", categories)
    return hclt_size([variable] * variables, latents)


def require_runnable(circuit: Circuit, engine: str, dtype: str, batch: int, threads: int) -> None:
    """Nothing, or a refusal of an engine that this machine has no memory for.

    Raises
    ------
    LimitError
        With what was asked and the memory that is available; nothing was allocated.
    """
    needed = memory_needed(circuit, engine, dtype, batch, threads).running
    require_memory(
        f"run a circuit of {circuit.n_nodes:,} nodes and {circuit.n_edges:,} edges",
        needed,
        "Take smaller batches, one thread or float32, or prune the circuit first.",
    )
