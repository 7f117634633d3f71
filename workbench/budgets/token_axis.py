"""Coverage against tokens: what k samples per problem cost, exactly, from recorded samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench.budgets.measures import PASS_AT_K
from workbench.budgets.pass_at_k import Curve, pass_at_k
from workbench.core.arrays import AnyArray, FloatArray, frozen
from workbench.core.tables import Table
from workbench.errors import CellError, DataError, ParameterError

Stop = Literal["never", "first_success"]
COLUMNS = ("problem", "correct", "tokens")


@dataclass(frozen=True, eq=False)
class TokenCurve:
    """A curve and the expected tokens per problem that each of its budgets uses.

    Parameters
    ----------
    tokens
        (k,) mean over problems of the expected tokens used by k samples.
    stop
        "never": all k samples are drawn; "first_success": drawing ends with the
        first right one, as with a perfect verifier.
    """

    curve: Curve
    tokens: FloatArray
    stop: Stop

    @cached_property
    def table(self) -> Table:
        """Columns k, tokens (used, per problem) and value."""
        return Table({"k": self.curve.ks, "tokens": self.tokens, "value": self.curve.value})


def counts_of(records: Mapping[str, ArrayLike]) -> AnyArray:
    """(problem, 2) draws and successes of each problem, problems in ascending order.

    Raises
    ------
    DataError
        When a column is missing or a cell is not usable.

    Examples
    --------
    >>> counts_of({"problem": [0, 0, 1], "correct": [1, 0, 1], "tokens": [5, 6, 7]}).tolist()
    [[2, 1], [1, 1]]
    """
    problem, correct, _ = _columns(records)
    return np.stack([np.bincount(problem), _total(problem, correct)], axis=1).astype(np.int64)


def curve_against_tokens(
    records: Mapping[str, ArrayLike], ks: ArrayLike | None = None, stop: Stop = "never"
) -> TokenCurve:
    """pass@k with the expected number of tokens that k samples per problem use.

    Samples are exchangeable: the expectation is over all orders of the recorded
    ones, in closed form. Tokens are those used, never a requested cap.

    Parameters
    ----------
    records
        One row per sample: problem, correct (0 or 1) and tokens used.

    Raises
    ------
    DataError
        When a column is missing or a cell is not usable; a missing price is never zero.
    ParameterError
        When `stop` is unknown, or as :func:`workbench.budgets.pass_at_k`.

    Examples
    --------
    >>> found = curve_against_tokens(
    ...     {"problem": [0, 0], "correct": [1, 0], "tokens": [10, 30]}, stop="first_success")
    >>> found.tokens.round(9).tolist()
    [20.0, 25.0]
    """
    if stop not in _COSTS:
        raise ParameterError(
            "no such stopping rule", given=repr(stop), expected=f"one of {list(_COSTS)}"
        )
    curve = pass_at_k(counts_of(records), ks)
    problem, correct, tokens = _columns(records)
    right, wrong = _total(problem, tokens * correct), _total(problem, tokens * (1 - correct))
    used = _COSTS[stop](curve, right, wrong)
    return TokenCurve(curve, frozen(used.mean(axis=0)), stop)


def _all_samples(curve: Curve, right: FloatArray, wrong: FloatArray) -> FloatArray:
    mean = (right + wrong) / curve.counts[:, 0]
    return mean[:, None] * curve.ks


def _until_success(curve: Curve, right: FloatArray, wrong: FloatArray) -> FloatArray:
    """Draw j happens if the first j failed; it is one of n - j left, c of them right."""
    n, c = curve.counts.T.astype(np.float64)
    largest = int(curve.ks.max())
    drawn = np.arange(largest)
    failed = 1 - PASS_AT_K.every(n, c, largest)
    reached = np.concatenate([np.ones((len(n), 1)), failed[:, :-1]], axis=1)
    mean_wrong = wrong / np.maximum(n - c, 1)
    wrong_left = np.maximum(n[:, None] - c[:, None] - drawn, 0) * mean_wrong[:, None]
    step = reached * (right[:, None] + wrong_left) / (n[:, None] - drawn)
    total: FloatArray = np.cumsum(step, axis=1)[:, curve.ks - 1]
    return total


_COSTS: Mapping[str, Callable[[Curve, FloatArray, FloatArray], FloatArray]] = MappingProxyType(
    {"never": _all_samples, "first_success": _until_success}
)


def _total(problem: AnyArray, values: AnyArray) -> FloatArray:
    total: FloatArray = np.bincount(problem, weights=values).astype(np.float64)
    return total


def _columns(records: Mapping[str, ArrayLike]) -> tuple[AnyArray, FloatArray, FloatArray]:
    missing = [name for name in COLUMNS if name not in records]
    if missing:
        raise DataError(
            "these are not sample records",
            given=f"columns {list(records)}",
            expected=f"also the columns {missing}",
        )
    _, problem = np.unique(np.asarray(records["problem"]), return_inverse=True)
    correct = np.asarray(records["correct"], dtype=np.float64)
    tokens = np.asarray(records["tokens"], dtype=np.float64)
    if not len(problem):
        raise DataError("there are no sample records", expected="one row per sample")
    _require("correct", correct, (correct == 0) | (correct == 1), "0 or 1")
    _require("tokens", tokens, np.isfinite(tokens) & (tokens >= 0), "a number of tokens >= 0")
    return problem, correct, tokens


def _require(column: str, values: FloatArray, good: AnyArray, expected: str) -> None:
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise CellError(
            "bad sample record",
            row=row + 1,
            column=column,
            given=str(values[row]),
            expected=expected,
        )
