"""Words of figures: axis, ramp and count labels, the same on screen and on paper."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.core.units import number
from workbench.views.spec import Encoding


def axis_label(encoding: Encoding | None) -> str:
    """What an axis says: its label, and its unit in brackets when it has one.

    Examples
    --------
    >>> axis_label(Encoding("x", "lines", "x", "Time per problem", unit="s"))
    'Time per problem (s)'
    """
    if encoding is None:
        return ""
    label = encoding.label or encoding.column
    return f"{label} ({encoding.unit})" if encoding.unit else label


def ramp_label(encoding: Encoding, low: float, high: float) -> str:
    """What a ramp says: measure, transform, ends and unit.

    Examples
    --------
    >>> ramp_label(Encoding("colour", "nodes", "value", "score", "log"), 1e-4, 1.0)
    'score: log scale, 0.0001 to 1'
    """
    name = encoding.label or encoding.column
    unit = f" {encoding.unit}" if encoding.unit else ""
    if low == high:
        return f"{name}: {number(low)}{unit} throughout"
    return f"{name}: {encoding.scale} scale, {number(low)} to {number(high)}{unit}"


def count_label(name: str, count: int) -> str:
    """A name with how often it occurs.

    Examples
    --------
    >>> count_label("sum", 1412)
    'sum 1,412'
    """
    return f"{name} {number(count)}"


def plain_number(value: float) -> str:
    """`value` for an axis tick: as few digits as say it, thousands apart, a true minus sign.

    Examples
    --------
    >>> plain_number(0.25), plain_number(10000.0), plain_number(-0.5)
    ('0.25', '10,000', '−0.5')
    """
    return number(value, digits=4)


def short_number(value: float) -> str:
    """`value` for a tick of a long axis: thousands and millions as k, M, G.

    Examples
    --------
    >>> [short_number(value) for value in (500, 2000, 1_500_000)]
    ['500', '2k', '1.5M']
    """
    for step, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= step:
            return f"{number(value / step)}{sign}"
    return plain_number(value)


def value_set(values: Iterable[str]) -> str:
    """Category names as a set, in the order given.

    Examples
    --------
    >>> value_set(["red", "blue"])
    '{red, blue}'
    """
    return "{" + ", ".join(values) + "}"
