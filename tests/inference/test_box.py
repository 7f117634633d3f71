import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from strategies import circuits, every_row

from workbench.circuits import Builder
from workbench.circuits.leaves import POISSON, UNIFORM, poisson_parameters, uniform_parameters
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, StructureError
from workbench.inference import box_probability


@settings(max_examples=60)
@given(st.data())
def test_equals_the_sum_over_the_rows_inside(data):
    circuit = data.draw(circuits(normalised=False))
    box = {}
    for column, variable in enumerate(circuit.variables):
        if data.draw(st.booleans()):
            codes = st.sets(st.sampled_from(range(variable.n_categories)))
            box[data.draw(st.sampled_from([variable.name, column]))] = data.draw(codes)
    rows = every_row(circuit)
    names = [variable.name for variable in circuit.variables]
    inside = np.ones(len(rows), bool)
    for name, codes in box.items():
        column = name if isinstance(name, int) else names.index(name)
        inside &= np.isin(rows[:, column], list(codes))
    values = ReferenceEngine(circuit).log_likelihood(rows[inside])
    by_hand = np.exp(values).sum()
    assert np.exp(box_probability(circuit, box)) == pytest.approx(by_hand, abs=1e-10)


def test_a_mixture_with_an_interval_by_hand(weather):
    found = box_probability(weather, {"sky": "grey", "heat": (10.0, 20.0)})
    dry = 0.1 * np.diff(stats.norm(25, 3).cdf([10, 20]))[0]
    wet = 0.8 * np.diff(stats.norm(15, 4).cdf([10, 20]))[0]
    assert np.exp(found) == pytest.approx(0.6 * dry + 0.4 * wet, abs=1e-12)


@pytest.mark.parametrize(
    ("family", "parameters", "reference"),
    [
        (POISSON, poisson_parameters(4.0), stats.poisson(4.0)),
        (UNIFORM, uniform_parameters(-1.0, 3.0), stats.uniform(-1.0, 4.0)),
    ],
)
@pytest.mark.parametrize("ends", [(0.5, 2.5), (-5.0, 1.0), (2.0, 2.5), (1.0, np.inf), (-np.inf, 9)])
def test_other_families_use_their_distribution_function(family, parameters, reference, ends):
    build = Builder([continuous("x")])
    circuit = build.circuit(build.leaf(0, family, parameters))
    low = np.nextafter(ends[0], -np.inf)
    by_hand = reference.cdf(ends[1]) - reference.cdf(low)
    assert np.exp(box_probability(circuit, {"x": ends})) == pytest.approx(by_hand, abs=1e-12)


def test_far_tails_keep_their_digits():
    build = Builder([continuous("x")])
    circuit = build.circuit(build.gaussian(0, 0.0, 1.0))
    above, below = (box_probability(circuit, {"x": e}) for e in [(30, np.inf), (-np.inf, -30)])
    assert above == pytest.approx(stats.norm.logsf(30), rel=1e-12)
    assert below == pytest.approx(above, rel=1e-12)
    assert box_probability(circuit, {"x": (30, 31)}) == pytest.approx(above, abs=1e-10)
    assert box_probability(circuit, {"x": (1.0, 1.0)}) == -np.inf


def test_the_whole_space_has_probability_one(weather):
    assert box_probability(weather, {}) == pytest.approx(0.0, abs=1e-12)
    whole = {"sky": ["clear", 1], "rain": {0, 1}, "heat": (-np.inf, np.inf)}
    assert box_probability(weather, whole) == pytest.approx(0.0, abs=1e-12)
    assert box_probability(weather, {"sky": []}) == -np.inf


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ({"snow": 1}, "snow"),
        ({"sky": "red"}, "unknown category of 'sky'"),
        ({"sky": {7}}, "no such category of 'sky': given 7"),
        ({"rain": 0.5}, "no such category of 'rain'"),
        ({"heat": 3.0}, "cannot bound 'heat'"),
        ({"heat": (2.0, 1.0)}, "with low"),
        ({"heat": (np.nan, 1.0)}, "with low"),
        ({"sky": 0, 0: 1}, "twice"),
    ],
)
def test_bad_boxes_are_errors(weather, box, message):
    with pytest.raises(DataError, match=message):
        box_probability(weather, box)


def test_a_circuit_that_is_not_smooth_is_refused():
    build = Builder([categorical("x", 2), categorical("y", 2)])
    leaves = [build.categorical(v, [0.5, 0.5]) for v in (0, 1)]
    with pytest.raises(StructureError, match="not known to be smooth"):
        box_probability(build.circuit(build.sum(leaves, [0.5, 0.5])), {})
