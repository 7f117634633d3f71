import numpy as np
import pytest
from generated import generated
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.circuits import Builder
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import continuous
from workbench.inference.bounds import Bounds, Regions


def region_of(bounds, random, row):
    """A random region inside the first: some categories fixed, intervals cut."""
    start = bounds.start(row)
    rows, low, high = start.rows.copy(), start.low.copy(), start.high.copy()
    for column in bounds.branching:
        if random.random() < 0.4:
            rows[0, column] = random.integers(bounds.circuit.variables[column].n_categories)
    for place, is_counted in enumerate(bounds.is_counted):
        ends = np.sort(random.uniform(low[0, place], high[0, place], size=2))
        low[0, place], high[0, place] = np.floor(ends) if is_counted else ends
    return Regions(rows, low, high)


def completions_in(bounds, region, random, n):
    """Random rows of a region."""
    rows = np.repeat(region.rows, n, axis=0)
    for column in bounds.branching:
        is_free = np.isnan(rows[:, column])
        size = bounds.circuit.variables[column].n_categories
        rows[is_free, column] = random.integers(size, size=is_free.sum())
    for place, column in enumerate(bounds.split):
        drawn = random.uniform(region.low[0, place], region.high[0, place], size=n)
        rows[:, column] = np.floor(drawn) if bounds.is_counted[place] else drawn
    return rows


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.booleans())
def test_no_row_of_a_region_is_above_its_bound(seed, is_part):
    random, circuit = generated(seed)
    scope = np.array(circuit.scope)
    size = random.integers(1, len(scope) + 1) if is_part else len(scope)
    query = np.sort(random.permutation(scope)[:size]).astype(np.int64)
    row = np.full(len(circuit.variables), np.nan)
    bounds = Bounds(circuit, row, query)
    region = region_of(bounds, random, row)
    found = bounds(region)
    rows = completions_in(bounds, region, random, 50)
    values = ReferenceEngine(circuit).log_likelihood(rows)
    assert (values <= found.upper[0] + 1e-10).all()
    assert not np.isnan(found.upper).any()
    for table, column in zip(found.tables, bounds.branching, strict=True):
        if np.isnan(region.rows[0, column]):
            chosen = rows[:, column].astype(int)
            assert (values <= table[0][chosen] + 1e-10).all()
    for candidate in found.rows:
        assert not np.isnan(candidate[query]).any()


def test_a_region_of_one_row_has_its_value_for_bound():
    for seed in range(20):
        random, circuit = generated(seed)
        query = np.array(circuit.scope, dtype=np.int64)
        bounds = Bounds(circuit, np.full(len(circuit.variables), np.nan), query)
        start = bounds.start(bounds_row := np.full(len(circuit.variables), np.nan))
        row = completions_in(bounds, start, random, 1)
        point = row[:, bounds.split]
        region = Regions(np.where(np.isin(np.arange(len(bounds_row)), bounds.split), np.nan, row),
                         point, point)  # fmt: skip
        value = ReferenceEngine(circuit).log_likelihood(row)[0]
        assert bounds(region).upper[0] == pytest.approx(value, abs=1e-10)


def test_the_bound_closes_with_the_square_of_the_width():
    build = Builder([continuous("x"), continuous("y")])
    parts = [
        build.product([build.gaussian(0, mean, 1.0), build.gaussian(1, -mean, 1.0)])
        for mean in (-0.5, 0.5)
    ]
    circuit = build.circuit(build.sum(parts, [0.5, 0.5]))
    nothing = np.full(2, np.nan)
    bounds, best = Bounds(circuit, nothing, np.array([0, 1])), np.zeros((1, 2))  # by symmetry
    value = ReferenceEngine(circuit).log_likelihood(best)[0]
    gaps = []
    for half in (0.08, 0.04, 0.02):
        region = Regions(nothing[None], best - half, best + half)
        gaps.append(bounds(region).upper[0] - value)
    np.testing.assert_allclose([gaps[0] / gaps[1], gaps[1] / gaps[2]], 4.0, rtol=0.25)
