import numpy as np
import pytest

from workbench.data import from_arrays, load
from workbench.errors import DataError, ParameterError
from workbench.inference import log_likelihood
from workbench.studies.unfamiliar import class_circuits, doubt, unfamiliar_images
from workbench.uncertainty import auroc


@pytest.fixture(scope="module")
def digits():
    return load("digits")


@pytest.fixture(scope="module")
def circuits(digits):
    return class_circuits(digits, latents=2, epochs=4)


@pytest.fixture(scope="module")
def found(digits, circuits):
    others = {name: rows[:60] for name, rows in unfamiliar_images(digits).items()}
    return doubt(digits, circuits, others, rate=0.02, n_checked=2, n_samples=1_000)


def test_surprise_is_the_log_likelihood_and_its_area_that_of_the_data(digits, circuits, found):
    turned = unfamiliar_images(digits)["rotated 15°"][:60]
    own, other = (
        -np.logaddexp.reduce([log_likelihood(c, rows) for c in circuits], axis=0)
        for rows in (digits.test, turned)
    )
    groups = found.separation.groups
    place = np.flatnonzero((groups["score"] == "Surprise") & (groups["group"] == "rotated 15°"))
    assert groups["auroc"][place] == pytest.approx(auroc(own, other).value)


def test_circuits_are_surprised_by_what_they_have_not_seen(found):
    groups = found.separation.groups
    surprise = groups["auroc"][(groups["score"] == "Surprise") & ~groups["is_within"]]
    assert (surprise > 0.9).all()
    assert found.separation.within == "test images"
    assert found.accuracy > 0.8
    assert "is shared by" in found.shared


def test_pairs_agree_with_monte_carlo_where_one_pass_does_not(found):
    pairs = found.ratio("likelihood", "pairs")
    assert abs(pairs.value - 1) < 3 * pairs.standard_error
    assert found.ratio("likelihood").value < 1 - 3 * found.ratio("likelihood").standard_error
    assert found.checks.n_rows == 4
    assert found.n_samples == 1_000


def test_mistakes_compare_right_with_wrong(digits, found):
    groups = found.mistakes.groups
    assert groups["n"][:2].sum() == len(digits.test)
    assert groups["n"][1] == round((1 - found.accuracy) * len(digits.test))


def test_unfamiliar_images_are_all_there(digits):
    others = unfamiliar_images(digits)
    assert list(others)[-1] == "photographs"
    assert len({rows.tobytes() for rows in others.values()}) == len(others)
    assert all(rows.shape == digits.test.shape for rows in others.values())


def test_without_checks_none_are_made(digits, circuits):
    found = doubt(digits, circuits, {"noise": digits.test[::-1]}, n_checked=0)
    assert found.checks.n_rows == 0
    with pytest.raises(ParameterError, match="nothing was compared"):
        found.ratio("likelihood")


def test_bad_requests_are_errors(digits, circuits):
    with pytest.raises(DataError, match="has no classes"):
        class_circuits(from_arrays([[0, 1], [1, 0]]))
    with pytest.raises(DataError, match="other do not fit"):
        doubt(digits, circuits, {"other": np.zeros((3, 5))})
