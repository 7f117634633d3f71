import numpy as np
import pytest
from scipy import optimize, stats

from workbench.circuits import Builder, check
from workbench.circuits.leaves import (
    BINOMIAL,
    CATEGORICAL,
    DISCRETISED_LOGISTIC,
    FAMILIES,
    GAUSSIAN,
    POISSON,
    UNIFORM,
    binomial_parameters,
    indicated,
    indicator_parameters,
    logistic_parameters,
    poisson_parameters,
    uniform_parameters,
)
from workbench.circuits.leaves.groups import leaf_groups, statistics_offsets
from workbench.circuits.leaves.histogram import add_histogram
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import engine
from workbench.compute.leaves import LEAF_LAYERS
from workbench.data.variables import categorical, continuous
from workbench.errors import ParameterError
from workbench.learning.maximise import Counts, Maximiser, prior_of
from workbench.theories import Literal, Theory, mass

FIVE = categorical("n", 5)
CASES = {
    CATEGORICAL.code: (categorical("x", 3), np.log([0.2, 0.5, 0.3])),
    GAUSSIAN.code: (continuous("x"), np.array([2.0, np.log(0.5)])),
    BINOMIAL.code: (FIVE, binomial_parameters(FIVE, 0.3)),
    POISSON.code: (continuous("x"), poisson_parameters(2.5)),
    DISCRETISED_LOGISTIC.code: (FIVE, logistic_parameters(FIVE, 1.6, 0.7)),
    UNIFORM.code: (continuous("x"), uniform_parameters(-1.0, 2.0)),
}
HELD = {BINOMIAL.code: [0], DISCRETISED_LOGISTIC.code: [0]}  # parameters that are not learnt
NEW = [BINOMIAL, POISSON, DISCRETISED_LOGISTIC, UNIFORM]
MIXED = {
    "binomial": [(BINOMIAL, binomial_parameters(FIVE, p)) for p in (0.1, 0.5, 1.0)],
    "logistic": [
        (DISCRETISED_LOGISTIC, logistic_parameters(FIVE, mean, scale))
        for mean, scale in ((-2.0, 0.3), (2.2, 1.0), (9.0, 5.0))
    ],
    "kinds of one variable": [
        (BINOMIAL, binomial_parameters(FIVE, 0.2)),
        (CATEGORICAL, indicator_parameters(FIVE, 4)),
        (DISCRETISED_LOGISTIC, logistic_parameters(FIVE, 1.0, 0.2)),
    ],
    "poisson": [(POISSON, poisson_parameters(rate)) for rate in (1e-9, 3.0, 200.0)],
    "uniform": [
        (UNIFORM, uniform_parameters(*ends)) for ends in ((0.0, 4.0), (1.0, 9.5), (-3.0, 1e6))
    ],
}


@pytest.fixture(params=sorted(FAMILIES))
def case(request):
    return FAMILIES[request.param], *CASES[request.param]


@pytest.fixture(params=[code for code in sorted(FAMILIES) if FAMILIES[code].is_learnt])
def learnt(request):
    return FAMILIES[request.param], *CASES[request.param]


def test_every_family_runs_on_torch():
    assert LEAF_LAYERS.keys() == FAMILIES.keys()


def test_code_is_the_place_in_the_table(case):
    family, *_ = case
    assert FAMILIES[family.code] is family


def test_sizes_agree(case):
    family, variable, parameters = case
    assert len(parameters) == family.n_parameters(variable)
    statistics = family.statistics(np.array([1.0, 2.0]), variable)
    assert statistics.shape == (2, family.n_statistics(variable))
    assert family.prior(variable, 1.0, 2.0).shape == (family.n_statistics(variable),)
    assert family.expected_statistics(parameters[None]).shape == (1, family.n_statistics(variable))


def test_families_of_one_kind_share_the_layout_of_statistics(case):
    family, variable, _ = case
    first = CATEGORICAL if family.kind == "categorical" else GAUSSIAN
    values = np.array([0.0, 2.0, 1.0])
    assert (family.statistics(values, variable) == first.statistics(values, variable)).all()


def test_samples_have_the_expected_statistics(case):
    family, variable, parameters = case
    values = family.sample(parameters, 20_000, np.random.default_rng(0))
    per_row = family.statistics(values, variable)
    error = per_row.std(axis=0) / np.sqrt(len(values))
    expected = family.expected_statistics(parameters[None])[0]
    assert (np.abs(per_row.mean(axis=0) - expected) <= 4.0 * error + 1e-12).all()
    assert np.isfinite(family.log_density(parameters, values)).all()


def test_masses_add_to_one_and_equal_the_density(case):
    family, variable, parameters = case
    assert (family.log_masses is None) == (family.kind == "continuous")
    if family.log_masses:
        masses = family.log_masses(parameters[None])[0]
        codes = np.arange(float(variable.n_categories))
        np.testing.assert_allclose(np.exp(masses).sum(), 1.0, atol=1e-12)
        np.testing.assert_allclose(family.log_density(parameters, codes), masses, atol=1e-12)


def test_estimate_undoes_expected_statistics(learnt):
    family, _, parameters = learnt
    statistics = 7.0 * family.expected_statistics(parameters[None])
    np.testing.assert_allclose(family.estimate(statistics)[0], parameters, atol=1e-6)


def test_estimate_maximises_the_likelihood_of_samples(learnt):
    family, variable, parameters = learnt
    values = family.sample(parameters, 4000, np.random.default_rng(0))
    best = family.estimate(family.statistics(values, variable).sum(axis=0)[None])[0]
    np.testing.assert_allclose(best, parameters, atol=0.1)
    top = family.log_density(best, values).sum()
    free = [k for k in range(len(best)) if k not in HELD.get(family.code, [])]
    for step in 0.05 * np.eye(len(best))[free]:
        moved = best + step
        if family is CATEGORICAL:
            moved -= np.log(np.exp(moved).sum())
        assert family.log_density(moved, values).sum() < top


def test_mode_is_the_most_likely_value(case):
    family, _, parameters = case
    values = family.sample(parameters, 500, np.random.default_rng(0))
    at_mode = family.log_density(parameters, np.array([family.mode(parameters)]))[0]
    assert at_mode >= family.log_density(parameters, values).max()


def test_a_leaf_that_saw_nothing_stays_finite(learnt):
    family, variable, _ = learnt
    empty = family.estimate(np.zeros((1, family.n_statistics(variable))))
    assert np.isfinite(empty).all()
    assert family.is_valid(empty, variable).all()


def test_one_repeated_value_stays_finite_and_likely(learnt):
    family, variable, _ = learnt
    for value in (0.0, variable.n_categories - 1.0 if variable.n_categories else 1e6):
        statistics = family.statistics(np.full(5, value), variable).sum(axis=0)[None]
        found = family.estimate(statistics)
        if family is not CATEGORICAL:
            assert np.isfinite(found).all()
        assert family.is_valid(found, variable).all()
        density = family.log_density(found[0], np.array([value]))[0]
        assert density > (-1e-9 if family.kind == "categorical" else -10.0)


@pytest.mark.parametrize("chance", [0.0001, 0.3, 0.9999, 1.0])
def test_binomial_equals_scipy(chance):
    expected = stats.binom.logpmf(np.arange(5), 4, chance)
    found = BINOMIAL.log_masses(binomial_parameters(FIVE, chance)[None])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-11)


@pytest.mark.parametrize("rate", [1e-12, 0.5, 7.0, 1e6])
def test_poisson_equals_scipy(rate):
    values = np.array([0.0, 1.0, 5.0, 1e6, 2.5, -1.0])
    found = POISSON.log_density(poisson_parameters(rate), values)
    np.testing.assert_allclose(found, stats.poisson.logpmf(values, rate), rtol=1e-9)


@pytest.mark.parametrize(("mean", "scale"), [(2.0, 1.0), (-3.0, 0.4), (1.5, 0.05), (0.0, 50.0)])
def test_discretised_logistic_equals_scipy(mean, scale):
    edges = np.array([-np.inf, 0.5, 1.5, 2.5, 3.5, np.inf])
    expected = np.diff(stats.logistic.cdf(edges, mean, scale))
    found = DISCRETISED_LOGISTIC.log_masses(logistic_parameters(FIVE, mean, scale)[None])[0]
    np.testing.assert_allclose(np.exp(found), expected, atol=1e-14)


def test_discretised_logistic_masses_keep_their_digits_far_out():
    found = DISCRETISED_LOGISTIC.log_masses(logistic_parameters(FIVE, 0.0, 0.01)[None])[0]
    np.testing.assert_allclose(found[1:], [-50.0, -150.0, -250.0, -350.0], rtol=1e-12)


def test_uniform_equals_scipy_inside():
    values = np.array([-1.0, 0.0, 1.9, 2.1, -1.1])
    found = UNIFORM.log_density(uniform_parameters(-1.0, 2.0), values)
    np.testing.assert_allclose(found, stats.uniform.logpdf(values, -1.0, 3.0))


@pytest.mark.parametrize("size", [2, 3, 12, 256])
def test_no_discretised_logistic_beats_the_estimate(size):
    random = np.random.default_rng(size)
    counts = random.dirichlet(np.full(size, 0.3), size=8) * random.uniform(0.1, 100.0, (8, 1))
    counts[0] = np.eye(size)[0] + np.eye(size)[-1]  # the flattest limit
    counts[1] = np.eye(size)[size // 2]  # the sharpest
    estimates = DISCRETISED_LOGISTIC.estimate(counts)

    def loss(free, row):
        masses = DISCRETISED_LOGISTIC.log_masses(np.array([[size - 1.0, *free]]))[0]
        return -(counts[row] * np.maximum(masses, -1e12)).sum() / counts[row].sum()

    for row, (_, *free) in enumerate(estimates):
        starts = ([0.5 * size, 0.0], [0.5 * size, np.log(size)])
        found = [optimize.minimize(loss, x, args=(row,), method="Nelder-Mead").fun for x in starts]
        assert loss(free, row) <= min(found) + 1e-9


@pytest.mark.parametrize("name", MIXED)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_torch_equals_reference(name, dtype):
    continuous_case = MIXED[name][0][0].kind == "continuous"
    variable = continuous("n") if continuous_case else FIVE
    build = Builder((variable, categorical("y", 2)))
    pairs = []
    for k, (family, parameters) in enumerate(MIXED[name]):
        side = build.categorical(1, [0.2 + 0.3 * k, 0.8 - 0.3 * k])
        pairs.append(build.product([build.leaf(0, family, parameters), side]))
    circuit = build.circuit(build.sum(pairs, [0.2, 0.3, 0.5]))
    values = [0.0, 1.0, 2.0, 3.0, 4.0, np.nan] + ([2.5, -1.0, 150.0] if continuous_case else [])
    rows = np.array([[value, side] for value in values for side in (0.0, 1.0, np.nan)])
    expected = ReferenceEngine(circuit).flows(rows)
    found = engine(circuit, "cpu", dtype).flows(rows)
    tolerance = 1e-9 if dtype == "float64" else 1e-4
    for field in ("log_likelihood", "nodes", "edges", "leaf_statistics"):
        actual, wanted = getattr(found, field), getattr(expected, field)
        assert not np.isnan(actual).any()
        np.testing.assert_allclose(actual, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", MIXED)
def test_expectation_maximisation_never_lowers_the_likelihood(name):
    continuous_case = MIXED[name][0][0].kind == "continuous"
    build = Builder((continuous("n") if continuous_case else FIVE,))
    leaves = [build.leaf(0, family, parameters) for family, parameters in MIXED[name]]
    circuit = build.circuit(build.sum(leaves, [0.2, 0.3, 0.5]))
    rows = np.random.default_rng(0).integers(0, 5, size=(200, 1)).astype(float)
    rows[::9] = np.nan
    maximise = Maximiser(circuit, prior_of(circuit, rows, 0.0))
    running, level = ReferenceEngine(circuit), -np.inf
    for _ in range(8):
        flows = running.flows(rows)
        assert flows.log_likelihood.sum() >= level - 1e-9
        level = flows.log_likelihood.sum()
        running.set_parameters(*maximise(circuit, Counts(flows.edges, flows.leaf_statistics)))


def test_the_ends_of_a_uniform_stay():
    with pytest.raises(ParameterError, match="cannot be learnt"):
        UNIFORM.estimate(np.ones((1, 3)))
    build = Builder((continuous("x"),))
    circuit = build.circuit(build.leaf(0, UNIFORM, uniform_parameters(0.0, 1.0)))
    rows = np.full((5, 1), 0.25)
    flows = ReferenceEngine(circuit).flows(rows)
    counts = Counts(flows.edges, flows.leaf_statistics)
    _, parameters = Maximiser(circuit, prior_of(circuit, rows, 1.0))(circuit, counts)
    assert parameters.tolist() == [0.0, 1.0]


def test_an_indicator_stays_one_when_learning():
    build = Builder((FIVE,))
    circuit = build.circuit(build.leaf(0, CATEGORICAL, indicator_parameters(FIVE, 2)))
    rows = np.array([[2.0], [2.0], [3.0]])
    flows = ReferenceEngine(circuit).flows(rows)
    counts = Counts(flows.edges, flows.leaf_statistics)
    _, parameters = Maximiser(circuit, prior_of(circuit, rows, 3.0))(circuit, counts)
    assert indicated(parameters[None]).tolist() == [2]


def test_histograms_equal_scipy_and_learn_their_masses():
    build = Builder((continuous("x"),))
    edges = [0.0, 1.0, 1.5, 4.0]
    circuit = build.circuit(add_histogram(build, 0, edges, [1.0, 2.0, 5.0]))
    expected = stats.rv_histogram((np.array([0.125, 0.5, 0.25]), np.array(edges)), density=True)
    values = np.array([[0.0], [0.3], [1.0], [1.2], [3.9], [5.0], [-1.0]])
    found = np.exp(ReferenceEngine(circuit).log_likelihood(values))
    np.testing.assert_allclose(found, [0.125, 0.125, 0.5, 0.5, 0.25, 0.0, 0.0], rtol=1e-12)
    np.testing.assert_allclose(found[1:5], expected.pdf(values[1:5, 0]) * [1, 1, 1, 1], rtol=1e-12)
    rows = np.array([[0.5], [0.6], [1.1], [4.0]])
    flows = ReferenceEngine(circuit).flows(rows)
    counts = Counts(flows.edges, flows.leaf_statistics)
    log_weights, _ = Maximiser(circuit, prior_of(circuit, rows, 0.0))(circuit, counts)
    np.testing.assert_allclose(np.exp(log_weights), [0.5, 0.25, 0.25])


def verdict(variable, leaves):
    build = Builder((variable,))
    nodes = [build.leaf(0, family, parameters) for family, parameters in leaves]
    found = check(build.circuit(build.sum(nodes, np.ones(len(nodes))))).deterministic
    return found.holds, found.decided, str(found.witness)


def test_supports_of_the_leaves_decide_determinism():
    uniform = [(UNIFORM, uniform_parameters(*ends)) for ends in ((0, 1), (1, 2), (1.5, 4))]
    assert verdict(continuous("x"), uniform[:2])[0]
    assert verdict(continuous("x"), uniform[::2])[0]
    both = "sum 2: children 0 and 1 both accept x=1.5"
    assert verdict(continuous("x"), uniform[1:]) == (False, True, both)
    gaussian = (GAUSSIAN, [0.0, 0.0])
    assert verdict(continuous("x"), [gaussian, uniform[0]])[2].endswith("both accept x=0")
    sure = [(BINOMIAL, binomial_parameters(FIVE, 1.0))]
    assert verdict(FIVE, [*sure, (CATEGORICAL, indicator_parameters(FIVE, 2))])[0]
    both = "sum 2: children 0 and 1 both accept n=4"
    assert verdict(FIVE, [*sure, (BINOMIAL, binomial_parameters(FIVE, 0.5))])[2] == both
    assert verdict(FIVE, [*sure, (CATEGORICAL, indicator_parameters(FIVE, 4))])[2] == both


def test_a_histogram_is_deterministic():
    build = Builder((continuous("x"),))
    circuit = build.circuit(add_histogram(build, 0, np.linspace(0.0, 1.0, 20), np.ones(19)))
    assert check(circuit).deterministic


@pytest.mark.parametrize(
    ("edges", "masses"),
    [([0, 0], [1]), ([0, 1], [1, 1]), ([0, np.nan], [1]), ([0, 1], [-1]), ([0, 1], [0])],
)
def test_bad_histograms_are_refused(edges, masses):
    with pytest.raises(ParameterError, match="histogram"):
        add_histogram(Builder((continuous("x"),)), 0, edges, masses)


@pytest.mark.parametrize(
    ("family", "parameters"),
    [
        (BINOMIAL, [3.0, -0.5]),
        (BINOMIAL, [4.0, 0.5]),
        (POISSON, [700.0]),
        (DISCRETISED_LOGISTIC, [5.0, 0.0, 0.0]),
        (DISCRETISED_LOGISTIC, [4.0, 0.0, 900.0]),
        (UNIFORM, [1.0, 1.0]),
        (UNIFORM, [-1.7e308, 1.7e308]),
    ],
)
def test_parameters_that_are_no_distribution_are_known(family, parameters):
    variable = CASES[family.code][0]
    table = np.array([parameters, CASES[family.code][1]])
    assert family.is_valid(table, variable).tolist() == [False, True]


def test_groups_cover_all_leaves_once():
    build = Builder((categorical("x", 2), categorical("y", 3), continuous("z")))
    leaves = [build.categorical(0, [1, 1]), build.categorical(1, [1, 1, 1])]
    leaves += [build.gaussian(2, 0, 1)]
    circuit = build.circuit(build.product(leaves))
    groups = leaf_groups(circuit)
    nodes = np.concatenate([group.nodes for group in groups])
    assert sorted(nodes.tolist()) == [0, 1, 2]
    places = np.concatenate([group.statistics.ravel() for group in groups])
    assert sorted(places.tolist()) == list(range(statistics_offsets(circuit)[-1]))


def test_theories_weigh_leaves_of_other_families():
    build = Builder((FIVE, categorical("y", 2)))
    pair = [build.leaf(0, BINOMIAL, binomial_parameters(FIVE, 0.3)), build.categorical(1, [1, 3])]
    circuit = build.circuit(build.product(pair))
    theory = Theory(circuit.variables, Literal(0, frozenset({1, 4})))
    expected = stats.binom.pmf([1, 4], 4, 0.3).sum()
    assert mass(theory, circuit) == pytest.approx(expected, rel=1e-12)
