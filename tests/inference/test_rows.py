import numpy as np
import pytest

from workbench.errors import DataError
from workbench.inference.rows import as_rows


def test_mapping_takes_categories_codes_and_values(weather):
    assert as_rows(weather, {"sky": "grey", "rain": 0, "heat": 21.5}).tolist() == [[1, 0, 21.5]]


def test_one_row_becomes_a_batch(weather):
    assert as_rows(weather, [0, 1, 20.0]).shape == (1, 3)


def test_what_is_not_named_is_missing(weather):
    assert np.isnan(as_rows(weather, {})).all()


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        ({"wind": 1}, "unknown variable: given 'wind'"),
        ({"sky": "pink"}, "unknown category of 'sky'"),
        ({"heat": object()}, "bad value of 'heat'"),
        ({"heat": "hot"}, "unknown category of 'heat'"),
        ({"rain": 2}, "bad category code"),
    ],
)
def test_bad_evidence_is_named(weather, evidence, message):
    with pytest.raises(DataError, match=message):
        as_rows(weather, evidence)
