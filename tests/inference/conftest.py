import numpy as np
import pytest

from workbench.circuits import Builder
from workbench.data.variables import categorical, continuous


@pytest.fixture
def weather():
    """Two kinds of day: dry ones never have rain, wet ones half the time."""
    build = Builder(
        (categorical("sky", ["clear", "grey"]), categorical("rain", 2), continuous("heat"))
    )
    dry = build.product(
        [build.categorical(0, [0.9, 0.1]), build.categorical(1, [1, 0]), build.gaussian(2, 25, 3)]
    )
    wet = build.product(
        [build.categorical(0, [0.2, 0.8]), build.categorical(1, [1, 1]), build.gaussian(2, 15, 4)]
    )
    return build.circuit(build.sum([dry, wet], [0.6, 0.4]))


@pytest.fixture
def never():
    """A circuit in which x is never 1."""
    build = Builder((categorical("x", 2), categorical("y", 2)))
    leaves = [build.categorical(0, [1.0, 0.0]), build.categorical(1, [0.5, 0.5])]
    return build.circuit(build.product(leaves))


@pytest.fixture
def nothing_known():
    return np.full((1, 3), np.nan)
