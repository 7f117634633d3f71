import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits_and_rows
from wide import FAMILY_ROWS, every_family

from workbench.circuits import Builder, hclt, normalised
from workbench.circuits.leaves import (
    BINOMIAL,
    DISCRETISED_LOGISTIC,
    POISSON,
    binomial_parameters,
    logistic_parameters,
    poisson_parameters,
)
from workbench.circuits.leaves.groups import leaf_groups
from workbench.circuits.reference import ReferenceEngine
from workbench.data import categorical, continuous
from workbench.inference import log_likelihood
from workbench.learning import fit
from workbench.learning.adam import AdamLearner
from workbench.learning.coordinates import COORDINATES
from workbench.learning.maximise import Counts, prior_of

NUDGE = 1e-5


def moved(circuit, rows, edge=None, place=None):
    """Mean nats after a log-weight, or an entry of the free coordinates of a group, moved."""
    levels = []
    for nudge in (NUDGE, -NUDGE):
        engine = ReferenceEngine(circuit)
        weights, leaves = circuit.log_weights.copy(), circuit.leaf_parameters.copy()
        if edge is not None:
            parent = circuit.edge_parents == circuit.edge_parents[edge]
            weights[edge] += nudge
            weights[parent] -= np.logaddexp.reduce(weights[parent])
        else:
            group, leaf, column = place
            free, own = COORDINATES[group.family.code], leaves[group.parameters]
            coordinates = free.read(own).copy()
            coordinates[leaf, column] += nudge
            leaves[group.parameters] = free.write(own, coordinates)
        engine.set_parameters(weights, leaves)
        levels.append(engine.log_likelihood(rows).mean())
    return (levels[0] - levels[1]) / (2 * NUDGE)


def assert_gradient_is_the_slope(circuit, rows):
    learner = AdamLearner(ReferenceEngine(circuit), prior_of(circuit, rows, 0.0))
    flows = ReferenceEngine(circuit).flows(rows)
    counts = Counts(flows.edges / len(rows), flows.leaf_statistics / len(rows))
    gradient = learner._gradient(circuit, counts)
    close = {"rtol": 1e-4, "atol": 1e-6}
    for edge in np.flatnonzero(circuit.is_sum_edge & (circuit.log_weights > -np.inf)).tolist():
        np.testing.assert_allclose(gradient[edge], moved(circuit, rows, edge=edge), **close)
    for number, (group, units) in enumerate(zip(learner._groups, learner._units, strict=True), 1):
        part = gradient[learner._bounds[number] : learner._bounds[number + 1]]
        for (leaf, column), slope in np.ndenumerate(part.reshape(units.shape) / units):
            if circuit.leaf_parameters[group.parameters[leaf]].min() > -np.inf:
                found = moved(circuit, rows, place=(group, leaf, column))
                np.testing.assert_allclose(slope, found, **close)


@settings(max_examples=25)
@given(circuits_and_rows(max_variables=3, mixed=True, max_rows=5))
def test_the_gradient_is_the_slope(case):
    circuit, rows = case
    if (ReferenceEngine(circuit).log_likelihood(rows) > -np.inf).all():
        assert_gradient_is_the_slope(circuit, rows)


def odd_families():
    build = Builder([categorical("n", 4), continuous("k"), categorical("level", 4)])
    parts = [
        build.product(
            [
                build.leaf(0, BINOMIAL, binomial_parameters(build.variables[0], chance)),
                build.leaf(1, POISSON, poisson_parameters(rate)),
                build.leaf(
                    2, DISCRETISED_LOGISTIC, logistic_parameters(build.variables[2], mean, 0.7)
                ),
            ]
        )
        for chance, rate, mean in ((0.2, 1.0, 0.5), (0.7, 4.0, 2.0))
    ]
    random = np.random.default_rng(1)
    rows = np.stack([random.integers(4, size=40), random.poisson(2.0, 40)], axis=1).astype(float)
    rows = np.column_stack([rows, random.integers(4, size=40)])
    rows[3, 0] = rows[4, 1] = np.nan
    return build.circuit(build.sum(parts, [0.4, 0.6])), rows


def test_the_gradient_is_the_slope_for_every_family():
    assert_gradient_is_the_slope(*odd_families())


def test_every_family_with_a_formula_has_coordinates():
    for group in leaf_groups(every_family()):
        assert (group.family.code in COORDINATES) == group.family.is_learnt


@pytest.mark.parametrize("case", [odd_families(), (every_family(), FAMILY_ROWS)], ids=["a", "b"])
def test_learning_climbs_for_every_family(case):
    circuit, rows = case
    rows = rows[log_likelihood(circuit, rows) > -np.inf]
    found = fit(
        circuit, rows, "adam", epochs=40, batch=len(rows), steps=(0.02, 0.02), pseudocount=0.0
    )
    assert found.history["train"][-1] > found.history["train"][1]
    nothing = np.full((1, len(circuit.variables)), np.nan)
    assert log_likelihood(found.circuit, nothing)[0] == pytest.approx(0.0, abs=1e-6)


def test_a_coin_is_learned_and_the_prior_counts():
    build = Builder((categorical("x", 2),))
    circuit = build.circuit(build.categorical(0, [0.5, 0.5]))
    rows = np.array([[0.0]] * 30 + [[1.0]] * 10)
    options = {"epochs": 400, "batch": 40, "steps": (0.1, 0.001)}
    plain = fit(circuit, rows, "adam", pseudocount=0.0, **options).circuit
    np.testing.assert_allclose(np.exp(plain.table_of(0)), [0.75, 0.25], atol=1e-3)
    learned = fit(circuit, rows, "adam", pseudocount=40.0, **options).circuit
    alike_column = (30 + 0.5) / 41
    wanted = (0.75 + alike_column) / 2
    assert np.exp(learned.table_of(0))[0] == pytest.approx(wanted, abs=1e-3)


def test_what_is_impossible_stays_impossible():
    build = Builder((categorical("x", 3),))
    leaves = [build.categorical(0, [0.5, 0.5, 0]), build.categorical(0, [0, 0, 1])]
    circuit = build.circuit(build.sum([*leaves, leaves[0]], [0.5, 0.5, 0.0]))
    learned = fit(circuit, [[0.0], [1.0], [2.0]] * 5, "adam", epochs=3).circuit
    assert learned.log_weights[2] == -np.inf
    assert learned.table_of(0)[2] == -np.inf
    assert np.exp(log_likelihood(learned, [[0.0], [1.0], [2.0]])).sum() == pytest.approx(1.0)


def test_weights_that_do_not_add_to_one_begin_scaled():
    build = Builder((categorical("x", 2),))
    leaves = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    circuit = build.circuit(build.sum(leaves, [2.0, 6.0]))
    rows = np.array([[0.0], [1.0]])
    found = fit(circuit, rows, "adam", epochs=1, device="cpu")
    wanted = log_likelihood(normalised(circuit), rows).mean()
    assert found.history["train"][0] == pytest.approx(wanted, abs=1e-6)


def test_adam_reaches_what_em_reaches():
    random = np.random.default_rng(0)
    rows = random.integers(3, size=(300, 4)).astype(float)
    rows[:, 1], rows[:, 3] = rows[:, 0], 2 - rows[:, 2]
    start = hclt(rows, latents=3)
    by_em, by_adam = (
        log_likelihood(
            fit(start, rows, method, epochs=40, batch=30, steps=steps, pseudocount=1.0).circuit,
            rows,
        ).mean()
        for method, steps in (("em", (0.7, 0.05)), ("adam", (0.2, 0.01)))
    )
    assert by_adam == pytest.approx(by_em, abs=0.05)
