import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.bins import bin_codes, binned, quantile_edges

values = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=60)


@given(values, st.integers(2, 6))
def test_no_bin_is_empty_and_codes_follow_the_edges(numbers, n_bins):
    column = np.array(numbers)
    edges = quantile_edges(column, n_bins)
    codes = bin_codes(column, edges)
    known = ~np.isnan(column)
    assert np.array_equal(np.isnan(codes), ~known)
    assert len(edges) <= n_bins - 1
    for value, code in zip(column[known], codes[known].astype(int), strict=True):
        assert code == sum(edge <= value for edge in edges)
    if known.any():
        assert 0 in codes[known]
        assert len(edges) in codes[known]


@given(st.lists(st.floats(-1e9, 1e9), unique=True, min_size=1, max_size=8))
def test_labels_of_bins_are_different(edges):
    variable = binned("x", tuple(sorted(edges)))
    assert len(set(variable.categories)) == variable.n_categories == len(edges) + 1


def test_bins_of_distinct_values_have_equal_counts():
    codes = bin_codes(np.arange(100.0), quantile_edges(np.arange(100.0), 4))
    assert np.bincount(codes.astype(int)).tolist() == [25, 25, 25, 25]


def test_a_constant_column_has_one_bin():
    assert binned("x", quantile_edges(np.full(5, 3.0), 4)).categories == ("any",)
