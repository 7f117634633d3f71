"""Evidence on its way between Python and the view: small JSON by column, both directions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from workbench.circuits.circuit import Circuit
from workbench.errors import DataError
from workbench.inference.given import Known


def encoded(known: Mapping[int, Known]) -> dict[str, Any]:
    """What is known, as the field `findings` holds it.

    Examples
    --------
    >>> encoded({0: frozenset({2, 1}), 3: 1.5, 4: (0.5, math.inf)})
    {'0': [1, 2], '3': 1.5, '4': {'low': 0.5, 'high': None}}
    """
    return {str(column): _plain(value) for column, value in known.items()}


def decoded(circuit: Circuit, known: Mapping[str, Any]) -> dict[str | int, object]:
    """The evidence in a field, which may come from anywhere, for :func:`workbench.inference.ask`.

    Raises
    ------
    DataError
        When it is not of that form.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 3),))
    >>> decoded(build.circuit(build.categorical(0, [0.2, 0.3, 0.5])), {"0": [1, 2]})
    {0: [1, 2]}
    """
    if not isinstance(known, Mapping):
        raise DataError("evidence is a mapping", given=f"a {type(known).__name__}")
    return {_column(circuit, column): _value(value) for column, value in known.items()}


def _plain(value: Known) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        ends = zip(("low", "high"), value, strict=True)
        return {name: end if math.isfinite(end) else None for name, end in ends}
    return value


def _column(circuit: Circuit, text: object) -> int:
    column = int(text) if isinstance(text, str) and text.isdigit() else -1
    if column not in circuit.scope:
        raise DataError("no such column of evidence", given=repr(text)[:80])
    return column


def _value(value: object) -> object:
    if isinstance(value, Mapping):
        low, high = value.get("low"), value.get("high")
        return (-math.inf if low is None else low, math.inf if high is None else high)
    return value
