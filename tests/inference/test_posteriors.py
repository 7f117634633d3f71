import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits, rows_for

from workbench.circuits.reference import enumerate_log_likelihood
from workbench.errors import DataError, ParameterError
from workbench.inference import posteriors


@settings(max_examples=30)
@given(st.data())
def test_equal_enumeration(data):
    circuit = data.draw(circuits(zeros=False))
    row = data.draw(rows_for(circuit, max_rows=1, missing=0.6))[0]
    found = posteriors(circuit, row)
    assert found.log_evidence == pytest.approx(enumerate_log_likelihood(circuit, row[None])[0])
    for column, variable in enumerate(circuit.variables):
        filled = np.tile(row, (variable.n_categories, 1))
        filled[:, column] = np.arange(variable.n_categories)
        by_hand = np.exp(enumerate_log_likelihood(circuit, filled) - found.log_evidence)
        if not np.isnan(row[column]):
            by_hand = np.arange(variable.n_categories) == row[column]
        np.testing.assert_allclose(found.of(variable.name), by_hand, atol=1e-10)


def test_continuous_moments_are_those_of_the_mixture(weather, nothing_known):
    found = posteriors(weather, nothing_known)
    mean = 0.6 * 25 + 0.4 * 15
    variance = 0.6 * (9 + 25**2) + 0.4 * (16 + 15**2) - mean**2
    assert found.means[2] == pytest.approx(mean)
    assert found.deviations[2] == pytest.approx(np.sqrt(variance))
    assert np.isnan(found.means[:2]).all()


def test_a_known_value_is_certain(weather):
    found = posteriors(weather, {"sky": "grey", "heat": 12.0})
    assert found.of("sky").tolist() == [0.0, 1.0]
    assert (found.means[2], found.deviations[2]) == (12.0, 0.0)


def test_table_lists_every_category(weather):
    table = posteriors(weather, {}).table
    assert table["variable"].tolist() == ["sky", "sky", "rain", "rain"]
    assert table["category"].tolist() == ["clear", "grey", "0", "1"]
    np.testing.assert_allclose(table["probability"], [0.62, 0.38, 0.8, 0.2])


def test_impossible_evidence_is_an_error(never):
    with pytest.raises(DataError, match="probability zero"):
        posteriors(never, {"x": 1})


def test_only_one_row(weather):
    with pytest.raises(DataError, match="2 rows"):
        posteriors(weather, np.full((2, 3), np.nan))


def test_unknown_name_is_an_error(weather):
    with pytest.raises(ParameterError, match="'heat'"):
        posteriors(weather, {}).of("heat")
