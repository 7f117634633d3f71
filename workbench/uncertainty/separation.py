"""Separation: do scores of other data differ from those of data like the training data?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.arrays import AnyArray, FloatArray, content_hash
from workbench.core.tables import Table
from workbench.errors import ParameterError
from workbench.uncertainty.auroc import auroc
from workbench.uncertainty.estimate import Estimate, samples_of

N_BINS = 40
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_GROUP_COLUMNS = (
    ("score", object), ("group", object), ("is_within", np.bool_), ("n", np.int64),
    ("auroc", np.float64), ("standard_error", np.float64),
)  # fmt: skip


@dataclass(frozen=True)
class Score:
    """What a score is called and how it is read.

    Parameters
    ----------
    scale
        "linear", or "log" for positive scores over many powers of ten.
    floor
        Smaller scores are shown as this one, as "or less"; areas take them as they are.

    Examples
    --------
    >>> Score("surprise", unit="nats").scale
    'linear'
    """

    name: str
    unit: str = ""
    scale: Literal["linear", "log"] = "linear"
    floor: float | None = None


@dataclass(frozen=True, eq=False)
class Separation:
    """Scores of groups of rows, one group of them like the training data.

    Parameters
    ----------
    within
        The name of the group that the others are compared with.
    groups
        A row per score and group: score, group, is_within, n, auroc and its
        standard_error (NaN for the group itself), q05, q25, q50, q75, q95.
    bins
        A row per score, group and bin: score, group, left, right, share.
    """

    scores: tuple[Score, ...]
    within: str
    groups: Table
    bins: Table

    @cached_property
    def hash(self) -> str:
        """The sha256 of scores and tables."""
        return content_hash([repr(self.scores), self.within, self.groups.hash, self.bins.hash])


def separation(
    values: Mapping[Score, Mapping[str, ArrayLike]], within: str, n_bins: int = N_BINS
) -> Separation:
    """How the scores of each group are spread, and how well each tells it from `within`.

    Parameters
    ----------
    values
        For each score, for each group its values (rows,); the groups of all scores
        are the same.

    Raises
    ------
    ParameterError
        When there is no score, groups differ, `within` is none of them, values are
        not finite, or a log scale has values that are not positive and no floor.

    Examples
    --------
    >>> found = separation({Score("x"): {"own": [0.0, 1.0, 2.0], "other": [3.0, 4.0]}}, "own")
    >>> found.groups["auroc"].tolist()
    [nan, 1.0]
    """
    _require_groups(values, within)
    rows, bins = [], []
    for score, groups in values.items():
        known = {name: samples_of(own, least=2) for name, own in groups.items()}
        shown = {name: _floored(score, own) for name, own in known.items()}
        edges = _edges(score, np.concatenate(list(shown.values())), n_bins)
        for name in groups:
            area = None if name == within else auroc(known[within], known[name])
            rows.append(_group(score, name, shown[name], area))
            bins.append(_bins(score, name, shown[name], edges))
    return Separation(tuple(values), within, _groups_table(rows), _stacked(bins))


def _require_groups(values: Mapping[Score, Mapping[str, ArrayLike]], within: str) -> None:
    names = [list(groups) for groups in values.values()]
    if not names or any(one != names[0] for one in names) or within not in names[0]:
        raise ParameterError(
            "cannot compare these groups",
            given=f"{names}, compared with {within!r}",
            expected="a score, the same groups for each, and one of them to compare with",
        )


def _floored(score: Score, own: FloatArray) -> FloatArray:
    found = own if score.floor is None else np.maximum(own, score.floor)
    if score.scale == "log" and not (found > 0).all():
        raise ParameterError(
            "no log scale for this score",
            given=f"{score.name!r} from {found.min():g}",
            expected="positive values, or a floor",
        )
    return found


def _edges(score: Score, own: FloatArray, n_bins: int) -> FloatArray:
    """(n_bins + 1,) equally wide on the scale of the score, over all groups."""
    low, high = float(own.min()), float(own.max())
    if low == high:
        low, high = (low / 2, high * 2) if score.scale == "log" else (low - 0.5, high + 0.5)
    spaced = np.geomspace if score.scale == "log" else np.linspace
    edges: FloatArray = spaced(low, high, n_bins + 1)
    edges[0], edges[-1] = low, high  # rounding must not put a score outside
    return edges


def _group(score: Score, name: str, shown: FloatArray, area: Estimate | None) -> tuple[object, ...]:
    found = (np.nan, np.nan) if area is None else (area.value, area.standard_error)
    spread = np.quantile(shown, QUANTILES).tolist()
    return score.name, name, area is None, len(shown), *found, *spread


def _groups_table(rows: list[tuple[object, ...]]) -> Table:
    quantiles = tuple((f"q{round(100 * share):02}", np.float64) for share in QUANTILES)
    columns: dict[str, AnyArray] = {}
    for place, (name, dtype) in enumerate((*_GROUP_COLUMNS, *quantiles)):
        columns[name] = np.array([row[place] for row in rows], dtype=dtype)
    return Table(columns)


def _bins(score: Score, name: str, own: FloatArray, edges: FloatArray) -> dict[str, AnyArray]:
    counts, _ = np.histogram(own, edges)
    return {
        "score": np.full(len(counts), score.name, dtype=object),
        "group": np.full(len(counts), name, dtype=object),
        "left": edges[:-1],
        "right": edges[1:],
        "share": counts / len(own),
    }


def _stacked(parts: list[dict[str, AnyArray]]) -> Table:
    return Table({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
