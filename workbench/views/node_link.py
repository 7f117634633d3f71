"""What node-link figures of circuits and trees have in common: measures, scales, words.

Layout unit: neighbours in a level are at least 1 apart. A glyph of size 1 has
the diameter :data:`GLYPH_DIAMETER` units, and is drawn with the pixels of
``STYLE.nodes`` at rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from workbench.core.arrays import AnyArray, FloatArray
from workbench.errors import ParameterError
from workbench.views.spec import Encoding, Scale
from workbench.views.style import STYLE

Summary = Literal["sum", "largest"]

GLYPH_DIAMETER = 0.6
LOG_FROM_RATIO = 100.0
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True, slots=True)
class Measure:
    """What a number of a node is called, in which unit, and on which scale it is shown.

    `summary` says which number stands for a group: "sum" or "largest" of its members,
    None when no single number does.
    """

    label: str
    unit: str = ""
    scale: Scale | None = None
    summary: Summary | None = None

    def of_regions(self) -> Measure:
        """The measure as it is called where each number stands for a region.

        Examples
        --------
        >>> Measure("flow", summary="largest").of_regions().label
        'largest flow in the region'
        """
        name = f"largest {self.label} in the region" if self.summary == "largest" else self.label
        return replace(self, label=name)

    def encoding(self, values: FloatArray) -> Encoding:
        """How the column ``value`` of the nodes is coloured."""
        scale = self.scale or suggested_scale(values)
        return Encoding("colour", "nodes", "value", self.label, scale, self.unit)


def _summed(rows: AnyArray, values: FloatArray, n_rows: int) -> FloatArray:
    return np.asarray(np.bincount(rows, values, n_rows), dtype=np.float64)


def _largest(rows: AnyArray, values: FloatArray, n_rows: int) -> FloatArray:
    largest = np.full(n_rows, np.nan)
    np.fmax.at(largest, rows, values)
    return largest


SUMMARIES: Mapping[Summary, Callable[[AnyArray, FloatArray, int], FloatArray]] = MappingProxyType(
    {"sum": _summed, "largest": _largest}
)


def summarised(rows: AnyArray, values: FloatArray, n_rows: int, summary: Summary) -> FloatArray:
    """One number per row, (n_rows,), from the `values` that belong to `rows`, (n,) each.

    Examples
    --------
    >>> summarised(np.array([0, 0, 1]), np.array([0.2, 0.5, 0.3]), 2, "largest").tolist()
    [0.5, 0.3]
    """
    return SUMMARIES[summary](rows, values, n_rows)


def suggested_scale(values: FloatArray) -> Scale:
    """The scale "log" for positive values over two decades, else "linear"; NaN is ignored.

    Examples
    --------
    >>> suggested_scale(np.array([1e-4, 1.0])), suggested_scale(np.array([0.0, 1.0]))
    ('log', 'linear')
    """
    known = values[np.isfinite(values)]
    wide = len(known) > 0 and known.min() > 0 and known.max() > LOG_FROM_RATIO * known.min()
    return "log" if wide else "linear"


def ranks(values: FloatArray) -> AnyArray:
    """The rank of each value, 1 for the largest; 0 where missing; ties share the best rank.

    Examples
    --------
    >>> ranks(np.array([0.1, np.nan, 0.7, 0.1])).tolist()
    [2, 0, 1, 2]
    """
    known = np.flatnonzero(~np.isnan(values))
    descending = np.sort(-values[known])
    rank = np.zeros(len(values), dtype=np.int32)
    rank[known] = np.searchsorted(descending, -values[known], side="left") + 1
    return rank


def cut(text: str, n_chars: int = STYLE.detail.label_chars) -> str:
    """The first line of `text`, with an ellipsis when it had more than `n_chars`.

    Examples
    --------
    >>> cut("a long step", 7)
    'a long…'
    """
    line = " ".join(text.split())
    return line if len(line) <= n_chars else line[: n_chars - 1].rstrip() + ELLIPSIS


def words(texts: list[str]) -> AnyArray:
    """`texts` as a column of Python strings, (n,); equal strings are stored once.

    Examples
    --------
    >>> words(["sum", "leaf"]).dtype
    dtype('O')
    """
    column = np.empty(len(texts), dtype=object)
    column[:] = texts
    return column


def require_one_per(what: str, values: AnyArray, n: int) -> None:
    """Nothing, or :class:`ParameterError` when there is not one value per `what`.

    Examples
    --------
    >>> require_one_per("node", np.zeros(3), 3)
    """
    if values.shape != (n,):
        raise ParameterError(
            "cannot draw these values",
            given=f"an array of shape {values.shape}",
            expected=f"one value per {what}, shape ({n},)",
        )
