"""Discretised logistic leaves: a logistic density, cut into one unit per category.

Category k has the mass between k - 1/2 and k + 1/2; the first and the last
category also have the tails. Parameters are the code of the last category,
which is not learnt, the mean and the logarithm of the scale, in categories.

Source: Salimans, Karpathy, Chen and Kingma, "PixelCNN++" (ICLR 2017), section
2.1. The log-likelihood is concave in the inverse scale and mean over scale
(Burridge, "Some unimodality properties of likelihoods derived from grouped
data", Biometrika 68, 1981), so the M-step finds its maximum by damped Newton
steps and never lowers it.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import expit, log_expit

from workbench.circuits.leaves import layouts
from workbench.circuits.leaves.base import Family
from workbench.core.arrays import BoolArray, FloatArray
from workbench.data.variables import Variable

SHARPEST = 100.0  # inverse scale: the tails left and right of a category weigh e^-50
FLATTEST = 1e-12
MOST_STEPS = 100
SMALLEST_GAIN = 1e-13  # in nats per observation, after which a leaf is done
LOGISTIC_DEVIATION = math.pi / math.sqrt(3.0)  # of a logistic of scale 1


def logistic_parameters(variable: Variable, mean: float, scale: float) -> FloatArray:
    """(3,) the parameters of a discretised logistic leaf of `variable`.

    Examples
    --------
    >>> grey = Variable("grey", "categorical", ("0", "1", "2"))
    >>> np.exp(_log_masses(logistic_parameters(grey, 1.0, 0.5)[None])).round(3).tolist()
    [[0.269, 0.462, 0.269]]
    """
    return np.array([variable.n_categories - 1.0, mean, math.log(scale)])


def _n_parameters(variable: Variable) -> int:
    return 3


def _log_masses(parameters: FloatArray) -> FloatArray:
    top = int(parameters[0, 0])
    sharpness = np.exp(-parameters[:, 2:])
    codes = np.arange(top + 1.0)
    above = sharpness * (codes + 0.5 - parameters[:, 1:2])
    return _log_between(above, sharpness)


def _log_between(above: FloatArray, sharpness: FloatArray) -> FloatArray:
    """(leaves, categories) nats between the standardised upper edge and one unit below.

    The difference of two logistic functions is expit(u) expit(-v) (1 - e^(v - u)).
    """
    log_masses: FloatArray = np.zeros_like(above)
    log_masses[:, :-1] += log_expit(above[:, :-1])
    log_masses[:, 1:] += log_expit(sharpness - above[:, 1:])
    with np.errstate(divide="ignore"):  # no mass is left between the tails of a flat leaf
        log_masses[:, 1:-1] += np.log(-np.expm1(-sharpness))
    return log_masses


def _log_density(parameters: FloatArray, values: FloatArray) -> FloatArray:
    log_density: FloatArray = _log_masses(parameters[None])[0][values.astype(np.int64)]
    return log_density


def _estimate(statistics: FloatArray) -> FloatArray:
    top = statistics.shape[1] - 1
    fits = _Fits(np.where(statistics.sum(axis=1, keepdims=True) > 0.0, statistics, 1.0))
    for _ in range(MOST_STEPS):
        if not fits.step():
            break
    scale = 1.0 / fits.sharpness
    mean = fits.middle + fits.shift * scale
    return np.stack([np.full_like(mean, top), mean, np.log(scale)], axis=1)


class _Fits:
    """Damped Newton ascent for all leaves at once.

    Coordinates are the inverse scale and the mean over the scale, the mean
    being taken from the middle of each leaf's observations.
    """

    def __init__(self, counts: FloatArray) -> None:
        self.counts = counts / counts.sum(axis=1, keepdims=True)
        codes = np.arange(counts.shape[1])
        self.middle = self.counts @ codes
        spread = np.sqrt(np.maximum(self.counts @ codes**2 - self.middle**2, 1e-6))
        self.upper = codes + 0.5 - self.middle[:, None]
        self.sharpness = np.clip(LOGISTIC_DEVIATION / spread, FLATTEST, SHARPEST)
        self.shift = np.zeros_like(self.sharpness)
        self.damping = np.full_like(self.sharpness, 1e-3)
        self.value = self._value(self.sharpness, self.shift)
        self.last_gain = np.full_like(self.value, np.inf)

    def step(self) -> bool:
        """Whether any leaf may still gain, after one step that lowers none."""
        sharpness, shift = self._proposal()
        value = self._value(sharpness, shift)
        better = value > self.value
        self.last_gain = np.where(better, value - self.value, self.last_gain)
        self.sharpness = np.where(better, sharpness, self.sharpness)
        self.shift = np.where(better, shift, self.shift)
        self.value = np.where(better, value, self.value)
        self.damping *= np.where(better, 0.1, 10.0)
        may_gain = np.where(better, self.last_gain > SMALLEST_GAIN, self.damping < 1e12)
        return bool(may_gain.any())

    def _value(self, sharpness: FloatArray, shift: FloatArray) -> FloatArray:
        above = sharpness[:, None] * self.upper - shift[:, None]
        log_masses = _log_between(above, sharpness[:, None])
        value: FloatArray = np.where(self.counts > 0.0, self.counts * log_masses, 0.0).sum(axis=1)
        return value

    def _proposal(self) -> tuple[FloatArray, FloatArray]:
        gradient, curvature = self._derivatives()
        (a, b, c), damped = curvature, 1.0 + self.damping
        a, c = a * damped + 1e-300, c * damped + 1e-300
        determinant = np.maximum(a * c - b**2, 1e-300)
        sharpness = self.sharpness + (c * gradient[0] - b * gradient[1]) / determinant
        held = (sharpness < FLATTEST) | (sharpness > SHARPEST)  # only the shift moves there
        shift = self.shift + np.where(
            held, gradient[1] / c, (a * gradient[1] - b * gradient[0]) / determinant
        )
        return np.clip(sharpness, FLATTEST, SHARPEST), shift

    def _derivatives(self) -> tuple[tuple[FloatArray, ...], tuple[FloatArray, ...]]:
        """The gradient, and minus the second derivatives (aa, as, ss), of the value."""
        a, upper, lower = self.sharpness[:, None], self.upper, self.upper - 1.0
        below_top, above_bottom = self.counts.copy(), self.counts.copy()
        below_top[:, -1] = above_bottom[:, 0] = 0.0
        inner = self.counts[:, 1:-1].sum(axis=1)
        over = expit(self.shift[:, None] - a * upper)
        under = expit(a * lower - self.shift[:, None])
        narrow = 1.0 / np.expm1(self.sharpness)
        rise, fall = below_top * over, above_bottom * under
        bend_over, bend_under = rise * (1.0 - over), fall * (1.0 - under)
        gradient = (
            (rise * upper - fall * lower).sum(axis=1) + inner * narrow,
            (fall - rise).sum(axis=1),
        )
        curvature = (
            (bend_over * upper**2 + bend_under * lower**2).sum(axis=1)
            + inner * narrow * (1.0 + narrow),
            -(bend_over * upper + bend_under * lower).sum(axis=1),
            (bend_over + bend_under).sum(axis=1),
        )
        return gradient, curvature


def _expected_statistics(parameters: FloatArray) -> FloatArray:
    masses: FloatArray = np.exp(_log_masses(parameters))
    return masses


def _sample(parameters: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    top, mean, log_scale = parameters
    drawn = random.logistic(mean, math.exp(log_scale), size=n)
    return np.clip(np.rint(drawn), 0.0, top)


def _mode(parameters: FloatArray) -> float:
    return float(np.argmax(_log_masses(parameters[None])[0]))


def _is_valid(parameters: FloatArray, variable: Variable) -> BoolArray:
    fits: BoolArray = parameters[:, 0] == variable.n_categories - 1
    return fits & (np.abs(parameters[:, 2]) <= 50.0) & (np.abs(parameters[:, 1]) <= 1e12)


DISCRETISED_LOGISTIC = Family(
    name="discretised logistic",
    code=4,
    kind="categorical",
    n_parameters=_n_parameters,
    n_statistics=layouts.n_categories,
    log_density=_log_density,
    statistics=layouts.counts,
    prior=layouts.flat_counts,
    estimate=_estimate,
    expected_statistics=_expected_statistics,
    sample=_sample,
    mode=_mode,
    log_masses=_log_masses,
    is_valid=_is_valid,
)
