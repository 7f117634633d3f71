"""The structural properties of a circuit, each with a witness where it fails.

Source: Vergari, Choi, Liu, Teso and Van den Broeck, "A Compositional Atlas of
Tractable Circuit Operations" (NeurIPS 2021).
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.circuits.circuit import Circuit
from workbench.circuits.compatibility import compatible
from workbench.circuits.determinism import deterministic, x_deterministic
from workbench.circuits.scopes import decomposable, smooth, structured
from workbench.circuits.witness import Property, Witness

__all__ = [
    "Properties",
    "Property",
    "Witness",
    "check",
    "compatible",
    "decomposable",
    "deterministic",
    "smooth",
    "structured",
    "x_deterministic",
]


@dataclass(frozen=True)
class Properties:
    """The four properties on which exact inference rests.

    Parameters
    ----------
    smooth
        The children of every sum have equal scopes.
    decomposable
        The children of every product have disjoint scopes.
    deterministic
        At most one child of every sum gives a row positive probability.
    structured
        All products split variables along one tree of variables (products with
        more than two factors are read as nested ones).
    """

    smooth: Property
    decomposable: Property
    deterministic: Property
    structured: Property

    def __str__(self) -> str:
        return "\n".join(str(value) for value in vars(self).values())


def check(circuit: Circuit) -> Properties:
    """The properties of `circuit`, each true or with a witness of its failure.

    Determinism is decided on supports: impossible categories (log-probability
    -inf) and edges of weight zero count, small numbers do not. It is never
    claimed wrongly; where supports are too entangled to compare it is left
    undecided and `decided` is False.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [0.0, 1.0])]
    >>> found = check(build.circuit(build.sum(leaves, [0.5, 0.5])))
    >>> bool(found.smooth), str(found.deterministic.witness)
    (True, 'sum 2: children 0 and 1 both accept x=1')
    """
    return Properties(
        smooth=smooth(circuit),
        decomposable=decomposable(circuit),
        deterministic=deterministic(circuit),
        structured=structured(circuit),
    )
