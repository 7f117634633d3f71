import numpy as np
import pytest

from workbench.circuits import Builder
from workbench.circuits.leaves import CATEGORICAL, FAMILIES, GAUSSIAN
from workbench.circuits.leaves.groups import leaf_groups, statistics_offsets
from workbench.compute.leaves import LEAF_LAYERS
from workbench.data.variables import categorical, continuous

CASES = {
    CATEGORICAL.code: (categorical("x", 3), np.log([0.2, 0.5, 0.3])),
    GAUSSIAN.code: (continuous("x"), np.array([2.0, np.log(0.5)])),
}


@pytest.fixture(params=sorted(FAMILIES))
def case(request):
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


def test_estimate_undoes_expected_statistics(case):
    family, _, parameters = case
    statistics = 7.0 * family.expected_statistics(parameters[None])
    np.testing.assert_allclose(family.estimate(statistics)[0], parameters, atol=1e-10)


def test_estimate_maximises_the_likelihood_of_samples(case):
    family, variable, parameters = case
    values = family.sample(parameters, 4000, np.random.default_rng(0))
    best = family.estimate(family.statistics(values, variable).sum(axis=0)[None])[0]
    np.testing.assert_allclose(best, parameters, atol=0.1)
    top = family.log_density(best, values).sum()
    for step in 0.05 * np.eye(len(best)):
        moved = best + step
        if family is CATEGORICAL:
            moved -= np.log(np.exp(moved).sum())
        assert family.log_density(moved, values).sum() < top


def test_mode_is_the_most_likely_value(case):
    family, _, parameters = case
    values = family.sample(parameters, 500, np.random.default_rng(0))
    at_mode = family.log_density(parameters, np.array([family.mode(parameters)]))[0]
    assert at_mode >= family.log_density(parameters, values).max()


def test_a_leaf_that_saw_nothing_stays_finite(case):
    family, variable, _ = case
    empty = family.estimate(np.zeros((1, family.n_statistics(variable))))
    assert np.isfinite(empty).all()


def test_one_repeated_value_does_not_break_a_gaussian():
    statistics = GAUSSIAN.statistics(np.full(5, 1e6), continuous("x")).sum(axis=0)[None]
    assert np.isfinite(GAUSSIAN.estimate(statistics)).all()


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
