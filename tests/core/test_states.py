import numpy as np
import pytest

from workbench.core.states import named, of_part, require_alike
from workbench.errors import ParameterError

STATE = {"counts": np.zeros(3, np.float32), "seen": np.zeros(2)}


def test_a_part_comes_back_as_it_was():
    whole = {**named("a", STATE), **named("ab", {"counts": np.ones(1)})}
    assert of_part("a", whole).keys() == STATE.keys()
    assert of_part("a", whole)["counts"] is STATE["counts"]


@pytest.mark.parametrize(
    "other",
    [
        {"counts": STATE["counts"]},
        {**STATE, "more": np.zeros(1)},
        {**STATE, "counts": np.zeros(3)},
        {**STATE, "counts": np.zeros(4, np.float32)},
    ],
)
def test_other_names_types_and_shapes_are_refused(other):
    require_alike(STATE, dict(STATE))
    with pytest.raises(ParameterError, match="other work"):
        require_alike(other, STATE)
