import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits, rows_for

from workbench.circuits.reference import ReferenceEngine
from workbench.inference.climbing import climb


def height(circuit, row):
    return ReferenceEngine(circuit).log_likelihood(row[None])[0]


@settings(max_examples=30)
@given(st.data())
def test_no_single_change_betters_the_row_it_finds(data):
    circuit = data.draw(circuits())
    row = data.draw(rows_for(circuit, max_rows=1, missing=0.0))[0]
    choices = {c: np.arange(circuit.variables[c].n_categories, dtype=float) for c in circuit.scope}
    top = climb(circuit, row, choices)
    assert height(circuit, top) >= height(circuit, row)
    for column, values in choices.items():
        for value in values:
            near = top.copy()
            near[column] = value
            assert height(circuit, near) <= height(circuit, top) + 2e-9


def test_without_choices_or_with_too_many_the_row_stays(weather, monkeypatch):
    row = np.array([1.0, 1.0, 25.0])
    assert climb(weather, row, {}) is row
    monkeypatch.setattr("workbench.inference.climbing.MOST_NEIGHBOURS", 1)
    assert climb(weather, row, {0: np.array([0.0, 1.0])}) is row


def test_what_is_not_among_the_choices_is_not_touched(weather):
    row = np.array([1.0, 1.0, 25.0])
    top = climb(weather, row, {0: np.array([0.0, 1.0]), 1: np.array([0.0, 1.0])})
    assert top.tolist() == [0.0, 0.0, 25.0]
