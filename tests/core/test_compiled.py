import math

import numpy as np
import pytest

from workbench.core.compiled import compiled


def _ratio(numerator, denominator):
    return numerator / denominator


def test_division_is_that_of_ieee_754():
    ratio = compiled(_ratio)
    assert ratio(1.0, 0.0) == math.inf
    assert math.isnan(ratio(0.0, 0.0))


def test_sums_keep_the_written_order():
    @compiled
    def total(values):
        result = 0.0
        for value in values:
            result += value
        return result

    values = np.random.default_rng(0).normal(size=1001) * 10.0 ** np.arange(1001).clip(0, 12)
    expected = 0.0
    for value in values.tolist():
        expected += value
    assert total(values) == expected


def test_it_compiles_where_no_cache_can_be_written(monkeypatch):
    numba = pytest.importorskip("numba")
    compile_as_usual = numba.njit

    def without_cache(*args, cache=False, **options):
        if cache:
            raise RuntimeError("no locator available")
        return compile_as_usual(*args, **options)

    monkeypatch.setattr(numba, "njit", without_cache)
    assert compiled(_ratio)(1.0, 2.0) == 0.5
