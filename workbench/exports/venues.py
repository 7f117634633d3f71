"""Widths and type sizes of venues, in inches and points, as their templates state them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workbench.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Venue:
    """Widths of a column and of the full text in inches, sizes of labels and ticks in points.

    Source: the LaTeX classes of the venues, their columnwidth and textwidth.

    Examples
    --------
    >>> Venue("workshop", column=3.0, full=6.2).label_pt
    9.0
    """

    name: str
    column: float
    full: float
    label_pt: float = 9.0
    tick_pt: float = 7.0


_ONE_COLUMN = (("neurips", 5.5), ("iclr", 5.5), ("colm", 5.5), ("jmlr", 6.0), ("tmlr", 6.5))
_TWO_COLUMNS = (
    ("icml", 3.25, 6.75, 8.0, 6.0),
    ("aistats", 3.25, 6.75, 9.0, 7.0),
    ("uai", 3.25, 6.75, 9.0, 7.0),
    ("aaai", 3.3, 7.0, 9.0, 7.0),
    ("cvpr", 3.25, 6.875, 8.0, 6.0),
    ("acl", 3.03, 6.3, 9.0, 7.0),
)

VENUES: Mapping[str, Venue] = MappingProxyType(
    {name: Venue(name, width, width) for name, width in _ONE_COLUMN}
    | {"eccv": Venue("eccv", 4.8, 4.8)}
    | {name: Venue(name, *sizes) for name, *sizes in _TWO_COLUMNS}
)


def venue_of(name: str) -> Venue:
    """The venue called `name`, in any case.

    Raises
    ------
    ParameterError
        When there is no such venue; lists those there are.

    Examples
    --------
    >>> venue_of("ICML").column
    3.25
    """
    venue = VENUES.get(str(name).lower())
    if venue is None:
        raise ParameterError(
            "no such venue",
            given=repr(name),
            expected=f"one of {sorted(VENUES)}",
            remedy="Or give width= in inches.",
        )
    return venue
