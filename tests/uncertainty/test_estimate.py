import numpy as np
import pytest

from workbench.errors import ParameterError
from workbench.uncertainty import deviation


def test_standard_errors_are_those_of_repetition():
    random = np.random.default_rng(0)
    found = [deviation(random.exponential(size=400)) for _ in range(600)]
    values = np.array([one.value for one in found])
    expected = np.mean([one.standard_error for one in found])
    assert values.std() == pytest.approx(expected, rel=0.1)


def test_of_a_normal_law_it_is_known():
    found = deviation(2.0 * np.random.default_rng(1).normal(size=100_000))
    assert found.value == pytest.approx(2.0, abs=3 * found.standard_error)
    assert found.standard_error == pytest.approx(2.0 / np.sqrt(200_000), rel=0.02)


def test_constant_samples_do_not_vary():
    assert str(deviation([3.0, 3.0])) == "0 ± 0"


@pytest.mark.parametrize("samples", [[1.0], [[1.0, 2.0]], [1.0, np.nan]])
def test_bad_samples_are_errors(samples):
    with pytest.raises(ParameterError, match="2 or more finite numbers"):
        deviation(samples)
