import numpy as np
import pytest
from scipy import stats

from workbench.data.variables import categorical
from workbench.errors import DataError, ParameterError
from workbench.theories import Literal, Theory, measures
from workbench.theories.measures import share
from workbench.theories.scores import pu_score

THEORY = Theory((categorical("x", 3),), Literal(0, frozenset({1, 2})))


def column(*codes):
    return np.array(codes, dtype=np.float64)[:, None]


def test_measures_are_counted_from_rows():
    labels = np.array([True, True, False, False])
    found = measures(
        THEORY, column(1, 2, 0, 1), column(0, 0, 0, 0, 1), rows=column(1, 0, 2, 0), labels=labels
    )
    assert (found.recall.hits, found.recall.rows) == (3, 4)
    assert (found.rate.value, found.lift) == (0.2, pytest.approx(3.75))
    assert found.score == pytest.approx(0.75**2 / (4 / 9))
    assert found.precision.value == 0.5
    assert found.f1 == pytest.approx(0.5)
    table = dict(zip(found.table["measure"], found.table["value"], strict=True))
    assert table["recall"] == 0.75
    assert table["rules"] == 1


def test_unknown_measures_are_none():
    found = measures(THEORY, column(1), column(0))
    assert (found.lift, found.precision, found.f1) == (None, None, None)
    assert np.isnan(found.table["value"][list(found.table["measure"]).index("lift")])


@pytest.mark.parametrize(("hits", "rows"), [(0, 5), (5, 5), (3, 10), (99, 1000)])
def test_intervals_are_clopper_pearson(hits, rows):
    found = share(hits, rows, 0.9)
    exact = stats.binomtest(hits, rows).proportion_ci(0.9, method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))


def test_the_score_is_finite_without_background_hits_and_zero_without_hits():
    assert float(pu_score(5, 0, (10, 90))) == pytest.approx(0.25 / 0.05)
    assert float(pu_score(0, 7, (10, 90))) == 0.0
    assert float(pu_score(0, 0, (10, 90))) == 0.0


def test_bad_input_is_refused():
    with pytest.raises(DataError, match="no rows"):
        measures(THEORY, column(), column(0))
    with pytest.raises(DataError, match="labels do not fit"):
        measures(THEORY, column(1), column(0), rows=column(1), labels=[True, False])
    with pytest.raises(ParameterError, match="level"):
        share(1, 2, 1.0)
