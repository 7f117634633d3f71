"""Numbers as text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.units import MINUS, nats_to_bits, number, quantity


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (2004, "2,004"),
        (-3, f"{MINUS}3"),
        (-1234567, f"{MINUS}1,234,567"),
        (0.25, "0.25"),
        (-0.0, "0"),
        (999.4, "999"),
        (999.6, "1,000"),
        (1e9, "1e+09"),
        (12345.678, "12,346"),
        (-12345.678, f"{MINUS}12,346"),
        (1.23456e-7, f"1.23e{MINUS}07"),
        (math.nan, "missing"),
        (math.inf, "\N{INFINITY}"),
        (-math.inf, f"{MINUS}\N{INFINITY}"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_the_text_is_near_the_number(value):
    read = float(number(value).replace(MINUS, "-").replace(",", ""))
    assert read == pytest.approx(value, rel=0.006)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_minus_signs_are_true_ones(value):
    assert "-" not in number(value)


def test_quantities_carry_their_unit():
    assert quantity(2.5, "nats") == "2.5 nats"


def test_a_fair_coin_is_one_bit():
    assert nats_to_bits(math.log(2)) == 1.0
