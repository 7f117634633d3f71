"""Why a circuit cannot be written in another system's format: the refusal, with its witness."""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL, FAMILIES
from workbench.circuits.properties import Property
from workbench.core.arrays import FloatArray
from workbench.errors import StructureError


def refusal(circuit: Circuit, suffix: str, node: int, reason: str) -> StructureError:
    """The error that says which node a format cannot express, and why.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import continuous
    >>> build = Builder((continuous("x"),))
    >>> print(refusal(build.circuit(build.gaussian(0, 0.0, 1.0)), ".spn", 0, "it is Gaussian"))
    cannot write this circuit as .spn: leaf 0: it is Gaussian. Save it as .wbc or .json instead.
    """
    kind = Kind(int(circuit.kinds[node])).name.lower()
    return StructureError(
        f"cannot write this circuit as {suffix}: {kind} {int(circuit.ids[node])}: {reason}",
        remedy="Save it as .wbc or .json instead.",
    )


def require(properties: tuple[Property, ...], suffix: str) -> None:
    """Nothing, or :class:`StructureError` naming the first property that fails and its witness.

    Examples
    --------
    >>> require((Property("smooth", holds=True),), ".psdd")
    """
    for found in properties:
        if not found:
            raise StructureError(
                f"cannot write this circuit as {suffix}: it is not known to be {found.name}: "
                f"{found.witness}",
                remedy="Save it as .wbc or .json instead.",
            )


def leaf_masses(circuit: Circuit, node: int, suffix: str) -> FloatArray:
    """(n_categories,) nats of every category of a leaf.

    Raises
    ------
    StructureError
        When its variable is continuous.
    """
    family = FAMILIES[int(circuit.leaf_families[node])]
    if family.log_masses is None:
        name = circuit.variables[int(circuit.leaf_variables[node])].name
        raise refusal(circuit, suffix, node, f"{name!r} has a {family.name} distribution")
    masses: FloatArray = family.log_masses(circuit.table_of(node)[None])[0]
    return masses


def renumbering(circuit: Circuit) -> list[str]:
    """The loss of stable ids, when they are not already 0, 1, 2, ..."""
    is_counted = bool((circuit.ids == np.arange(circuit.n_nodes)).all())
    return [] if is_counted else ["stable ids: nodes are numbered anew from 0"]


def tabulated(circuit: Circuit, keep: tuple[int, ...] = ()) -> list[str]:
    """The loss of families that are written as tables of categories, other than those to `keep`."""
    named = {CATEGORICAL.code, -1, *keep}
    found = [c for c in np.unique(circuit.leaf_families).tolist() if c not in named]
    masses = [FAMILIES[code].name for code in found if FAMILIES[code].log_masses]
    return [f"{name} leaves: they become tables of their categories" for name in masses]
