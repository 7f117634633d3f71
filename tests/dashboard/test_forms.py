"""Form widgets: numbers keep to their bounds, whatever is typed or comes from a state."""

import pytest

from workbench.dashboard import forms


@pytest.mark.parametrize(("typed", "kept"), [(7, 7), (0, 1), (-3, 1), (10**12, 10_000), (None, 1)])
def test_a_whole_number_keeps_to_its_bounds(typed, kept):
    field = forms.whole("Epochs", 20, 1, 10_000)
    field.value = typed
    assert field.value == kept


def test_a_number_keeps_to_its_bounds():
    field = forms.number("Noise", 0.5, 0.0, 1.0)
    field.value = 3.5
    assert field.value == 1.0
    forms.fill({"noise": field}, {"noise": -2.0})
    assert field.value == 0.0
