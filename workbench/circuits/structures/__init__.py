"""Structures that build a circuit from data, one file each; :data:`STRUCTURES` is their table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.circuits.structures.chow_liu_circuit import chow_liu
from workbench.circuits.structures.cutset import cutset
from workbench.circuits.structures.handmade import handmade
from workbench.circuits.structures.hclt import hclt
from workbench.circuits.structures.hclt_mixture import hclt_mixture
from workbench.circuits.structures.hmm import hmm
from workbench.circuits.structures.learn_spn import learn_spn
from workbench.circuits.structures.poon_domingos import poon_domingos
from workbench.circuits.structures.quad_tree import quad_tree
from workbench.circuits.structures.rat import rat
from workbench.circuits.structures.tree_mixture import tree_mixture
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError

STRUCTURES: dict[str, Callable[..., Circuit]] = {
    "chow_liu": chow_liu,
    "cutset": cutset,
    "hclt": hclt,
    "hclt_mixture": hclt_mixture,
    "hmm": hmm,
    "learn_spn": learn_spn,
    "poon_domingos": poon_domingos,
    "quad_tree": quad_tree,
    "rat": rat,
    "tree_mixture": tree_mixture,
}
DETERMINISTIC = frozenset({"chow_liu", "cutset"})  # the check of properties confirms it


def build_structure(
    name: str,
    data: Dataset | ArrayLike,
    latents: int | None = None,
    seed: int = 0,
    variables: Sequence[Variable] | None = None,
    **options: object,
) -> Circuit:
    """The circuit that the structure `name` of :data:`STRUCTURES` makes of `data`.

    Parameters
    ----------
    latents, seed
        Passed on to structures that have latents or draw numbers; the others need neither.
    variables
        What the columns of plain rows mean.
    options
        What else the structure takes.

    Raises
    ------
    ParameterError
        When there is no such structure, or it does not take an option.
    DataError
        When the rows are empty or do not fit the structure.
    LimitError
        When it would be larger than the limits or the memory allow.

    Examples
    --------
    >>> rows = [[0, 0, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1]]
    >>> build_structure("hclt", rows, latents=2) == hclt(rows, latents=2)
    True
    """
    if name not in STRUCTURES:
        raise ParameterError(
            "unknown structure", given=repr(name), expected=f"one of {sorted(STRUCTURES)}"
        )
    function = STRUCTURES[name]
    known = inspect.signature(function).parameters
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ParameterError(
            f"{name} does not take this", given=f"{unknown}", expected=f"some of {[*known][1:]}"
        )
    common = {"seed": seed, **({} if latents is None else {"latents": latents})}
    taken = {option: value for option, value in common.items() if option in known}
    return function(data, variables=variables, **taken, **options)


__all__ = [
    "DETERMINISTIC",
    "STRUCTURES",
    "build_structure",
    "chow_liu",
    "cutset",
    "handmade",
    "hclt",
    "hclt_mixture",
    "hmm",
    "learn_spn",
    "poon_domingos",
    "quad_tree",
    "rat",
    "tree_mixture",
]
