"""How large a theory is and how well it finds the concept, with exact intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from workbench.core.arrays import FloatArray
from workbench.core.tables import Table
from workbench.errors import DataError, ParameterError
from workbench.theories.scores import pu_score
from workbench.theories.theory import Theory


@dataclass(frozen=True, slots=True)
class Share:
    """A measured share: hits out of rows, and its interval.

    Examples
    --------
    >>> share(9, 10).value
    0.9
    """

    hits: int
    rows: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself."""
        return self.hits / self.rows


@dataclass(frozen=True, slots=True)
class Measures:
    """Size and quality of one theory.

    Parameters
    ----------
    bits
        Description length in bits (see :attr:`Theory.bits`).
    recall
        Share of the positives that satisfy the theory.
    rate
        Share of the background rows that do.
    lift
        Recall divided by rate; None when no background row satisfies the theory.
    score
        r^2 / Pr(yhat = 1), over positives and background together.
    precision, f1
        On labelled rows; None when none are given or, for precision, none is found.
    """

    n_rules: int
    n_literals: int
    n_variables: int
    bits: float
    recall: Share
    rate: Share
    lift: float | None
    score: float
    precision: Share | None = None
    f1: float | None = None

    @property
    def table(self) -> Table:
        """The measures as a table: measure, value, low, high; NaN where there is none."""
        plain = {
            "rules": self.n_rules,
            "literals": self.n_literals,
            "variables": self.n_variables,
            "bits": self.bits,
            "lift": self.lift,
            "score": self.score,
            "f1": self.f1,
        }
        shares = {"recall": self.recall, "rate": self.rate, "precision": self.precision}
        known = {name: found for name, found in shares.items() if found is not None}
        unknown = np.full(len(plain), np.nan)
        values = [*plain.values(), *(found.value for found in known.values())]
        return Table(
            {
                "measure": np.array([*plain, *known]),
                "value": np.array(values, dtype=np.float64),
                "low": np.concatenate([unknown, [found.low for found in known.values()]]),
                "high": np.concatenate([unknown, [found.high for found in known.values()]]),
            }
        )


def measures(
    theory: Theory,
    positives: FloatArray,
    background: FloatArray,
    *,
    rows: FloatArray | None = None,
    labels: ArrayLike | None = None,
    level: float = 0.95,
) -> Measures:
    """The :class:`Measures` of a theory.

    Parameters
    ----------
    positives, background
        Encoded rows ``(rows, variables)``, or DataFrames.
    rows, labels
        Rows with their truth ``(rows,)`` (whether they belong to the concept), for
        precision and F1.
    level
        Confidence level of the Clopper-Pearson intervals.

    Raises
    ------
    LimitError
        When the theory cannot be written as rules.
    DataError
        When there are no rows, or labels do not fit the rows.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> from workbench.theories.nodes import Literal
    >>> theory = Theory((categorical("x", 2),), Literal(0, frozenset({1})))
    >>> found = measures(theory, np.ones((5, 1)), np.array([[0.0], [1.0]]))
    >>> found.recall.value, found.rate.value, found.lift
    (1.0, 0.5, 2.0)
    """
    hits = [int(theory.mask(part).sum()) for part in (positives, background)]
    sizes = (len(positives), len(background))
    recall, rate = (share(h, n, level) for h, n in zip(hits, sizes, strict=True))
    precision, f1 = _against_labels(theory, rows, labels, level)
    return Measures(
        n_rules=theory.n_rules,
        n_literals=theory.n_literals,
        n_variables=theory.n_variables,
        bits=theory.bits,
        recall=recall,
        rate=rate,
        lift=recall.value / rate.value if rate.hits else None,
        score=float(pu_score(hits[0], hits[1], sizes)),
        precision=precision,
        f1=f1,
    )


def share(hits: int, rows: int, level: float = 0.95) -> Share:
    """`hits` out of `rows` with its exact interval.

    Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in
    the case of the binomial", Biometrika 26(4), 1934.

    Raises
    ------
    DataError
        When there are no rows.
    ParameterError
        When the level is not in (0, 1).

    Examples
    --------
    >>> round(share(0, 10).high, 4)  # 1 - 0.025 ** (1 / 10)
    0.3085
    """
    if rows == 0:
        raise DataError("cannot measure a share", given="no rows", expected="at least one row")
    if not 0.0 < level < 1.0:
        raise ParameterError("bad confidence level", given=level, expected="a number in (0, 1)")
    tail = (1.0 - level) / 2.0
    low = float(stats.beta.ppf(tail, hits, rows - hits + 1)) if hits else 0.0
    high = float(stats.beta.ppf(1.0 - tail, hits + 1, rows - hits)) if hits < rows else 1.0
    return Share(hits, rows, low, high)


def _against_labels(
    theory: Theory, rows: FloatArray | None, labels: ArrayLike | None, level: float
) -> tuple[Share | None, float | None]:
    if rows is None or labels is None:
        return None, None
    truth = np.asarray(labels, dtype=np.bool_)
    if truth.shape != (len(rows),):
        raise DataError(
            "labels do not fit the rows", given=f"shape {truth.shape}", expected=f"({len(rows)},)"
        )
    mask = theory.mask(rows)
    found, right, wanted = int(mask.sum()), int((mask & truth).sum()), int(truth.sum())
    precision = share(right, found, level) if found else None
    return precision, 2.0 * right / (found + wanted) if found + wanted else None
