import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.circuits.leaves import FAMILIES, GAUSSIAN, POISSON, UNIFORM, poisson_parameters
from workbench.inference.peaks import SHAPES, modes

PARAMETERS = {
    GAUSSIAN.code: [[0.0, 0.0], [1.5, -1.0], [-3.0, 1.0]],
    UNIFORM.code: [[0.0, 1.0], [-2.0, 3.0], [0.5, 0.75]],
    POISSON.code: [poisson_parameters(rate) for rate in (0.3, 4.0, 30.0)],
}


def inside(code, low, high):
    """Many values between two ends, ends included; whole ones for counts."""
    if code == POISSON.code:
        return np.arange(np.ceil(low), np.floor(high) + 1)
    return np.linspace(low, high, 201)


@pytest.mark.parametrize("code", SHAPES)
@settings(max_examples=60)
@given(low=st.floats(-6, 6), width=st.floats(0, 4))
def test_peak_is_the_largest_density_inside(code, low, width):
    parameters, high = np.array(PARAMETERS[code], dtype=float), low + width
    found = SHAPES[code].log_peak(parameters, np.array([low]), np.array([high]))[:, 0]
    values = inside(code, low, high)
    for row, peak in zip(parameters, found, strict=True):
        logs = FAMILIES[code].log_density(row, values)
        assert not np.isnan(peak)
        assert (logs <= peak + 1e-12).all()
        if code != UNIFORM.code and len(values):  # reached, up to the spacing of the values
            assert np.exp(peak) - np.exp(logs.max()) <= 1e-3 * np.exp(peak)


@pytest.mark.parametrize("code", SHAPES)
@settings(max_examples=60)
@given(low=st.floats(-6, 6), width=st.floats(1e-3, 4))
def test_an_expansion_holds_in_the_whole_interval(code, low, width):
    parameters, high = np.array(PARAMETERS[code], dtype=float), low + width
    if code == POISSON.code:
        low, high = np.floor(low), np.floor(low) + max(1.0, np.ceil(width))
    found = SHAPES[code].expand(parameters, np.array([low]), np.array([high]))
    values, centre = inside(code, low, high), 0.5 * (low + high)
    for place, row in enumerate(parameters):
        density = np.exp(FAMILIES[code].log_density(row, values))
        value, rest = np.exp(found.log_value[place, 0]), np.exp(found.log_rest[place, 0])
        linear = value * found.slope[place, 0] * (values - centre)
        assert (np.abs(density - value - linear) <= rest + 1e-12).all()


def test_the_rest_of_a_bell_falls_with_the_square_of_the_width():
    parameters, rests = np.array([[0.0, 0.0]]), []
    for half in (0.4, 0.2, 0.1):
        ends = np.array([0.3 - half]), np.array([0.3 + half])
        rests.append(np.exp(SHAPES[GAUSSIAN.code].expand(parameters, *ends).log_rest[0, 0]))
    np.testing.assert_allclose([rests[0] / rests[1], rests[1] / rests[2]], 4.0, rtol=0.3)


def test_a_point_has_no_rest():
    for code, shape in SHAPES.items():
        parameters = np.array(PARAMETERS[code], dtype=float)
        found = shape.expand(parameters, np.array([1.0]), np.array([1.0]))
        assert (found.log_rest == -np.inf).all()


@pytest.mark.parametrize("code", SHAPES)
def test_modes_and_widths(code):
    parameters = np.array(PARAMETERS[code], dtype=float)
    tops, shape = modes(FAMILIES[code], parameters), SHAPES[code]
    far = np.array([-50.0]), np.array([200.0])
    peaks = shape.log_peak(parameters, *far)[:, 0]
    log_density = FAMILIES[code].log_density
    at_modes = [log_density(r, t[None])[0] for r, t in zip(parameters, tops, strict=True)]
    np.testing.assert_allclose(peaks, at_modes)
    assert (shape.precision(parameters) > 0).all()
    assert shape.ends(parameters).shape[0] == len(parameters)
