import numpy as np
import pytest

from workbench.data import load, noisy, rotated
from workbench.errors import DataError, ParameterError


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 4])
def test_quarter_turns_are_exact(digits, turns):
    rows = digits.test[:20]
    expected = np.rot90(rows.reshape(-1, 8, 8), turns, axes=(1, 2)).reshape(-1, 64)
    np.testing.assert_array_equal(rotated(digits, rows, 90 * turns), expected)


def test_turned_images_are_images(digits):
    found = rotated(digits, digits.test, 37.5)
    assert set(np.unique(found)) <= set(range(17))
    assert 0.5 < found.mean() / digits.test.mean() <= 1.0
    back = rotated(digits, found, -37.5)
    centre = np.zeros((8, 8), dtype=bool)
    centre[2:6, 2:6] = True
    kept = np.corrcoef(back[:, centre.ravel()].ravel(), digits.test[:, centre.ravel()].ravel())
    assert kept[0, 1] > 0.8


def test_noise_repeats_with_the_seed_and_has_the_spread_asked_for(digits):
    middle = np.full((200, 64), 8.0)
    found = noisy(digits, middle, 2.0, seed=3)
    np.testing.assert_array_equal(found, noisy(digits, middle, 2.0, seed=3))
    assert (found != noisy(digits, middle, 2.0, seed=4)).any()
    assert found.std() == pytest.approx(np.sqrt(4 + 1 / 12), rel=0.02)  # and rounding
    wide = noisy(digits, middle, 20.0)
    assert (wide.min(), wide.max()) == (0, 16)


def test_what_is_no_image_is_refused(digits):
    iris = load("iris")
    with pytest.raises(DataError, match="iris"):
        rotated(iris, iris.test, 10)
    with pytest.raises(DataError, match="1 missing values"):
        noisy(digits, np.where(np.arange(64) == 3, np.nan, 1.0)[None], 1.0)
    with pytest.raises(ParameterError, match="inf degrees"):
        rotated(digits, digits.test, np.inf)
    with pytest.raises(ParameterError, match="spread=-1"):
        noisy(digits, digits.test, -1)


def test_photographs_fit_where_digits_do(digits):
    data = load("photographs")
    assert data.shape == digits.shape
    assert data.variables == digits.variables
    assert (len(data.train), len(data.valid), len(data.test)) == (6784, 848, 848)
    assert not data.labels
    assert set(np.unique(data.test)) == set(range(17))
    assert load("photographs", bins=4).variables[0].n_categories == 4
