"""What each query needs of a circuit: one table, checked before it, refused with a witness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.determinism import deterministic, x_deterministic
from workbench.circuits.properties import Properties, Property
from workbench.circuits.scopes import decomposable, smooth, structured
from workbench.core.arrays import FloatArray
from workbench.core.tables import Table
from workbench.errors import StructureError

_CHECKS = {
    "smooth": smooth,
    "decomposable": decomposable,
    "deterministic": deterministic,
    "structured": structured,
}
PLAIN = ("smooth", "decomposable")
REFUSED = "refused with the witness"


@dataclass(frozen=True)
class Requirement:
    """What a query needs, and what it does without.

    Parameters
    ----------
    needs
        Without these it refuses, naming the nodes that fail.
    exact_when
        With these as well the answer is exact in one pass. Empty when `needs` suffice.
    otherwise
        What comes in place of the exact answer when `exact_when` fails.
    remark
        Where the rule is finer than its columns.

    Examples
    --------
    >>> REQUIREMENTS["mpe"].exact_when
    ('deterministic',)
    """

    needs: tuple[str, ...] = PLAIN
    exact_when: tuple[str, ...] = ()
    otherwise: str = REFUSED
    remark: str = ""


_SUMMED = "needed for rows with missing values; of a complete row it is the circuit's value"
_PAIRS = "few joint values are summed over instead"

REQUIREMENTS: Mapping[str, Requirement] = MappingProxyType(
    {
        "log_likelihood": Requirement(remark=_SUMMED),
        "marginal": Requirement(remark=_SUMMED),
        "node_values": Requirement(remark=_SUMMED),
        "flows": Requirement(remark=_SUMMED),
        "node_flows": Requirement(remark=_SUMMED),
        "conditional": Requirement(),
        "posteriors": Requirement(),
        "ask": Requirement(),
        "sample": Requirement(),
        "box_probability": Requirement(),
        "condition": Requirement(),
        "moments": Requirement(),
        "mpe": Requirement(
            exact_when=("deterministic",),
            otherwise="lower and upper bounds by branch and bound, exact when they meet",
            remark="determinism given the evidence is enough",
        ),
        "marginal_map": Requirement(
            exact_when=("deterministic in the query",),
            otherwise="lower and upper bounds by branch and bound, exact when they meet",
            remark="X-determinism given the evidence, X being the query",
        ),
        "entropy": Requirement(
            exact_when=("deterministic",),
            otherwise="lower and upper bounds",
            remark=_PAIRS,
        ),
        "mutual_information": Requirement(
            exact_when=("deterministic in each set and in both",),
            otherwise="lower and upper bounds",
            remark=_PAIRS,
        ),
        "log_expectation": Requirement(needs=(*PLAIN, "compatible")),
        "cross_entropy": Requirement(
            needs=(*PLAIN, "compatible", "deterministic second circuit"), remark=_PAIRS
        ),
        "kl": Requirement(
            needs=(*PLAIN, "compatible", "deterministic second circuit"),
            exact_when=("deterministic first circuit",),
            otherwise="lower and upper bounds",
            remark=_PAIRS,
        ),
        "dropout": Requirement(
            exact_when=("no random node is shared",),
            otherwise="an approximation, named as such with a shared node",
        ),
        "exact_dropout": Requirement(needs=(*PLAIN, "structured")),
        "dropout_posterior": Requirement(
            exact_when=("no random node is shared",),
            otherwise="as of dropout; a ratio is always expanded to second order",
        ),
        "dropout_samples": Requirement(remark=_SUMMED),
        "dropout_posterior_samples": Requirement(remark=_SUMMED),
        "given": Requirement(),
    }
)


def requirements_table() -> Table:
    """Columns query, needs, exact_when, otherwise and remark: what each query asks of a circuit.

    Examples
    --------
    >>> table = requirements_table()
    >>> row = table["query"].tolist().index("log_expectation")
    >>> table["needs"][row].item(), table["otherwise"][row].item()
    ('smooth, decomposable, compatible', 'refused with the witness')
    """
    rules = REQUIREMENTS.values()
    return Table(
        {
            "query": np.array(list(REQUIREMENTS)),
            "needs": np.array([", ".join(rule.needs) for rule in rules]),
            "exact_when": np.array([", ".join(rule.exact_when) for rule in rules]),
            "otherwise": np.array([rule.otherwise for rule in rules]),
            "remark": np.array([rule.remark for rule in rules]),
        }
    )


def properties_of(circuit: Circuit) -> Properties:
    """The properties of `circuit`; equal circuits are checked once."""
    return Properties(**{name: property_of(circuit, name) for name in _CHECKS})


def property_of(circuit: Circuit, name: str) -> Property:
    """One property of `circuit`; equal circuits are checked once."""
    known = _known(circuit)
    if name not in known:
        known[name] = _CHECKS[name](circuit)
    return known[name]


def determinism_in(circuit: Circuit, columns: tuple[int, ...]) -> Property:
    """Whether `circuit` is X-deterministic for the variables in `columns`."""
    known = _known(circuit)
    if columns not in known:
        known[columns] = x_deterministic(circuit, columns)
    return known[columns]


@lru_cache(maxsize=4)
def _known(circuit: Circuit) -> dict[str | tuple[int, ...], Property]:
    """What has been checked of a circuit; of the circuits used last, which it keeps alive."""
    return {}


def require(circuit: Circuit, query: str, *names: str, remedy: str = "") -> None:
    """Nothing, or :class:`StructureError` with the witness of the first property that fails."""
    for name in names:
        found = property_of(circuit, name)
        if not found:
            raise StructureError(
                f"cannot give the {query}: this circuit is not known to be {name}",
                given=found.witness,
                remedy=remedy,
            )


def require_where_missing(circuit: Circuit, query: str, rows: FloatArray) -> None:
    """Nothing, or :class:`StructureError` when values are missing that cannot be summed out."""
    if np.isnan(rows).any() and np.isnan(rows[:, list(circuit.scope)]).any():
        require(
            circuit, query, *PLAIN,
            remedy="Missing values are summed out only in smooth and decomposable circuits.",
        )  # fmt: skip
