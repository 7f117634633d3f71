import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.uncertainty import auroc

SCORES = st.lists(st.integers(0, 5), min_size=2, max_size=9)


@settings(max_examples=60)
@given(SCORES, SCORES)
def test_equals_the_share_of_pairs(within, outside):
    low, high = np.array(within)[:, None], np.array(outside)[None]
    wins = (high > low) + 0.5 * (high == low)
    found = auroc(within, outside)
    assert found.value == pytest.approx(wins.mean())
    parts = [wins.mean(axis=axis).var(ddof=1) / wins.shape[1 - axis] for axis in (0, 1)]
    assert found.standard_error == pytest.approx(np.sqrt(sum(parts)))


def test_standard_errors_are_those_of_repetition():
    random = np.random.default_rng(0)
    found = [auroc(random.normal(size=80), random.normal(1.0, 1.5, 50)) for _ in range(500)]
    values = np.array([one.value for one in found])
    assert values.std() == pytest.approx(np.mean([one.standard_error for one in found]), rel=0.1)


def test_apart_is_one_and_alike_is_half():
    assert auroc([1, 2], [3, 4]).value == 1.0
    assert auroc([3, 4], [1, 2]).value == 0.0
    assert auroc([1, 2, 2], [1, 2, 2]).value == 0.5


def test_bad_scores_are_errors():
    with pytest.raises(ParameterError, match="1 not finite"):
        auroc([1.0, np.inf], [1.0, 2.0])
