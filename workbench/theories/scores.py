"""How well a mask finds a concept when only some positives are known.

Source: r^2 / Pr(yhat = 1), which ranks like the F1 score without negatives: Lee and
Liu, "Learning with Positive and Unlabeled Examples Using Weighted Logistic
Regression", ICML 2003.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.arrays import AnyArray, BoolArray, FloatArray
from workbench.data.variables import Variable
from workbench.errors import DataError
from workbench.theories.rows import encoded


def pu_score(
    positive_hits: AnyArray | int, background_hits: AnyArray | int, sizes: tuple[int, int]
) -> FloatArray:
    """r^2 / Pr(yhat = 1) for recall r on the positives.

    Pr(yhat = 1) is taken over positives and background together, so that a background
    without any positive cannot make the score infinite. It lies between 0 and
    (positives + background) / positives.

    Parameters
    ----------
    sizes
        Numbers of positives and of background rows.

    Examples
    --------
    >>> float(pu_score(10, 0, (10, 30)))
    4.0
    """
    n_positives, n_background = sizes
    recall = np.asarray(positive_hits) / n_positives
    hits = np.asarray(positive_hits) + np.asarray(background_hits)
    rate = hits / (n_positives + n_background)
    score: FloatArray = np.where(hits > 0, recall**2 / np.where(hits > 0, rate, 1.0), 0.0)
    return score


@dataclass(frozen=True, eq=False)
class Sample:
    """Coded positives above coded background rows.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> sample = sample_of((categorical("x", 2),), np.ones((1, 1)), np.zeros((3, 1)))
    >>> sample.sizes, float(sample.score(sample.packed(np.array([True, False, False, False]))))
    ((1, 3), 4.0)
    """

    codes: AnyArray
    n_positives: int

    @property
    def sizes(self) -> tuple[int, int]:
        """Numbers of positives and of background rows."""
        return self.n_positives, len(self.codes) - self.n_positives

    def packed(self, mask: BoolArray) -> AnyArray:
        """(..., bytes) masks over the rows as bits."""
        return np.packbits(mask, axis=-1)

    @property
    def positive_bits(self) -> AnyArray:
        """(bytes,) the bits that are positives."""
        return self.packed(np.arange(len(self.codes)) < self.n_positives)

    def hits(self, bits: AnyArray) -> tuple[AnyArray, AnyArray]:
        """How many positives and background rows each mask of (..., bytes) contains."""
        total = np.bitwise_count(bits).sum(axis=-1, dtype=np.int64)
        positives = np.bitwise_count(bits & self.positive_bits).sum(axis=-1, dtype=np.int64)
        return positives, total - positives

    def score(self, bits: AnyArray) -> FloatArray:
        """The :func:`pu_score` of masks (..., bytes)."""
        return pu_score(*self.hits(bits), self.sizes)


def sample_of(
    variables: tuple[Variable, ...], positives: FloatArray, background: FloatArray
) -> Sample:
    """The sample of encoded rows `(rows, variables)`.

    Raises
    ------
    DataError
        When either has no row or rows do not fit the variables.
    """
    for name, rows in (("positives", positives), ("background", background)):
        if not len(rows):
            raise DataError(f"there are no {name}", expected="at least one row")
    used = range(len(variables))
    parts = [encoded(variables, rows, used) for rows in (positives, background)]
    return Sample(np.concatenate(parts), len(parts[0]))
