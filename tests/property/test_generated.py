"""Every query and every executor against enumeration, on ten thousand generated circuits.

A few of them run by default; all of them with ``-m slow``.
"""

import numpy as np
import pytest
from engines import every_engine
from generated import edge_flows_by_hand, generated, leaf_of_any_family, truth_of, values_by_hand
from scipy import stats

from workbench.circuits import Builder, Kind, check, compatible, x_deterministic
from workbench.circuits.leaves import FAMILIES, GAUSSIAN, UNIFORM
from workbench.errors import StructureError
from workbench.inference import (
    box_probability,
    conditional,
    cross_entropy,
    entropy,
    flows,
    kl,
    log_expectation,
    log_likelihood,
    marginal,
    marginal_map,
    moments,
    mpe,
    mutual_information,
    node_flows,
    node_values,
    posteriors,
    sample,
)

TOLERANCE = 1e-10
SAMPLES = 200
LEAST_CHANCE = 1e-9  # of a draw as far off as this; ten thousand circuits are drawn from
NODES = 1_500


class Case:
    """A generated circuit, all its joint values, and a possible row with cells missing."""

    def __init__(self, seed):
        self.seed = seed
        self.random, self.circuit = generated(seed)
        self.truth = truth_of(self.circuit)
        self.masses = self.truth.masses
        possible = np.flatnonzero(self.truth.values > 0)
        self.row = self.truth.rows[self.random.choice(possible)].copy()
        self.row[self.random.random(len(self.row)) < self.random.choice([0.3, 0.7, 1.0])] = np.nan
        self.chances = self.given(self.row)
        self.total = self.chances.sum()
        self.chances = self.chances / self.total
        columns = range(len(self.row))
        self.discrete = [v for v in columns if self.circuit.variables[v].n_categories]
        self.bell = any(self.circuit.leaf_families == GAUSSIAN.code)
        self.free = [v for v in columns if np.isnan(self.row[v])]

    def given(self, row):
        """Masses of the joint values that agree with `row`; densities where it is continuous."""
        agrees = (np.isnan(row) | (self.truth.rows == row)).all(axis=1)
        scale = np.where(np.isnan(row).any(), self.truth.weights, 1.0)
        known = [v for v in range(len(row)) if not np.isnan(row[v])]
        if any(not self.circuit.variables[v].n_categories for v in known):
            scale = np.ones(len(self.masses))  # a density, not a mass
        return np.where(agrees, self.truth.values * scale, 0.0)


def close(found, expected, tolerance=TOLERANCE):
    found, expected = np.asarray(found), np.asarray(expected)
    assert not np.isnan(found).any()
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def logs(values):
    with np.errstate(divide="ignore"):
        return np.log(values)


def entropy_of(chances, weights=1.0):
    live = chances > 0
    densities = (chances / weights)[live]
    return -(chances[live] @ np.log(densities))


def grouped(rows, masses):
    """Masses of the distinct `rows`."""
    _, place = np.unique(rows, axis=0, return_inverse=True)
    return np.bincount(place.ravel(), masses)


def between(found, by_hand, tolerance=TOLERANCE):
    assert found.lower - tolerance <= by_hand <= found.upper + tolerance
    if found.exact:
        assert found.value == pytest.approx(by_hand, abs=tolerance)


def likelihoods(case):
    circuit, row = case.circuit, case.row
    close(log_likelihood(circuit, row)[0], np.log(case.total))
    close(marginal(circuit, row)[0], np.log(case.total))
    nothing = np.full(len(row), np.nan)
    whole = case.masses.sum()
    close(log_likelihood(circuit, nothing)[0], np.log(whole))
    if case.seed % 5 != 4:  # normalised
        close(whole, 1.0)
    full = case.truth.rows[case.random.integers(len(case.truth.rows), size=5)]
    close(log_likelihood(circuit, full), logs(values_by_hand(circuit, full)[-1]))
    if case.free and case.discrete:
        column = case.random.choice(case.discrete)
        asked = np.tile(case.row, (circuit.variables[column].n_categories, 1))
        if not np.isnan(case.row[column]):
            return
        asked[:, column] = np.arange(len(asked))
        found = conditional(circuit, asked, row)
        close(np.exp(found).sum(), 1.0)
        by_hand = [case.chances[case.truth.rows[:, column] == k].sum() for k in range(len(asked))]
        close(np.exp(found), by_hand)


def executors(case):
    circuit = case.circuit
    picked = case.truth.rows[case.random.integers(len(case.truth.rows), size=4)]
    rows = np.vstack([case.row, picked, np.full(len(case.row), np.nan)])
    rows[1:3][case.random.random((2, len(case.row))) < 0.5] = np.nan
    values = logs(values_by_hand(circuit, rows))
    roots = logs(np.array([case.given(row).sum() for row in rows]))
    weights = case.random.uniform(0.5, 2.0, size=2)
    possible = np.stack([case.row, case.truth.rows[case.truth.values.argmax()]])
    by_hand = [edge_flows_by_hand(circuit, row) for row in possible]
    flow, is_sum = weights @ np.stack(by_hand), circuit.is_sum_edge
    for name, tolerance, engine in every_engine(circuit):
        close(engine.log_likelihood(rows), roots, tolerance)
        close(engine.node_values(rows), values, tolerance)
        found = engine.flows(possible, weights)
        assert not np.isnan(found.edges).any(), name
        close(found.edges[is_sum], flow[is_sum], tolerance)
        close(found.nodes[-1], weights.sum(), tolerance)
        conserved(circuit, found, tolerance)


def conserved(circuit, found, tolerance):
    """What flows into a node flows out of it, and reaches one leaf of every variable."""
    into = np.bincount(circuit.children, weights=found.edges, minlength=circuit.n_nodes)
    close(into[:-1], found.nodes[:-1], 10 * tolerance)
    out = np.bincount(circuit.edge_parents, weights=found.edges, minlength=circuit.n_nodes)
    is_sum = circuit.kinds == Kind.SUM
    close(out[is_sum], found.nodes[is_sum], 10 * tolerance)
    for column in circuit.scope:
        leaves = circuit.leaf_variables == column
        close(found.nodes[leaves].sum(), found.nodes[-1], 10 * tolerance)


def verbs_of_nodes(case):
    circuit, row = case.circuit, case.row[None]
    is_sum = circuit.is_sum_edge
    close(flows(circuit, row)[is_sum], edge_flows_by_hand(circuit, case.row)[is_sum])
    close(node_flows(circuit, row)[-1], 1.0)
    close(node_values(circuit, row)[:, 0], logs(values_by_hand(circuit, row)[:, 0]))


def single_variables(case):
    circuit, rows = case.circuit, case.truth.rows
    found, second = posteriors(circuit, case.row), moments(circuit, case.row)
    close(found.log_evidence, np.log(case.total))
    mean = case.chances @ rows
    centred = rows - mean
    close(second.mean, mean)
    covariance = (centred.T * case.chances) @ centred
    if case.discrete[-1:] != [len(case.row) - 1] and np.isnan(case.row[-1]):
        is_flat = (circuit.leaf_families == UNIFORM.code).any()
        covariance[-1, -1] += 1 / 12 if is_flat else 0.0  # within a cell, by its midpoint
    close(second.covariance, covariance, 1e-9)
    for column, variable in enumerate(circuit.variables):
        if variable.n_categories:
            chances = np.bincount(rows[:, column].astype(int), case.chances, variable.n_categories)
            close(found.probabilities[column], chances)
        else:
            close(found.means[column], mean[column])


def boxes(case):
    circuit, random, rows = case.circuit, case.random, case.truth.rows
    inside, box, intervals = np.ones(len(rows), bool), {}, {}
    for column, variable in enumerate(circuit.variables):
        if variable.n_categories:
            allowed = np.flatnonzero(random.random(variable.n_categories) < 0.6)
            box[variable.name] = set(allowed.tolist())
            inside &= np.isin(rows[:, column], allowed)
        else:
            low, high = np.sort(random.integers(-3, 6, size=2)).astype(float)
            box[variable.name] = intervals[column] = (low, high)
    by_hand = case.masses[inside].sum()
    if intervals:
        values = values_by_hand(circuit, rows, intervals)[-1]
        _, first = np.unique(rows[:, case.discrete], axis=0, return_index=True)
        by_hand = values[first][inside[first]].sum() if case.discrete else values[0]
    close(np.exp(box_probability(circuit, box)), by_hand)


def draws(case):
    """An event of random joint values is drawn about as often as its probability says."""
    circuit, random = case.circuit, case.random
    drawn = sample(circuit, SAMPLES, evidence=case.row, seed=case.seed)
    known = ~np.isnan(case.row)
    np.testing.assert_array_equal(drawn[:, known], np.tile(case.row[known], (SAMPLES, 1)))
    assert (log_likelihood(circuit, drawn) > -np.inf).all()
    if not case.discrete:
        return
    directions = random.normal(size=len(case.discrete))
    cut = random.choice(case.truth.rows[:, case.discrete] @ directions)
    chance = case.chances[case.truth.rows[:, case.discrete] @ directions <= cut + 1e-9].sum()
    hits = int((drawn[:, case.discrete] @ directions <= cut + 1e-9).sum())
    tail = stats.binom(SAMPLES, min(chance, 1.0))
    assert tail.cdf(hits) > LEAST_CHANCE
    assert tail.sf(hits - 1) > LEAST_CHANCE


def tells(case):
    """Entropies and mutual information, exactly and by bounds."""
    circuit, rows = case.circuit, case.truth.rows
    continuous_free = any(not circuit.variables[v].n_categories for v in case.free)
    weight = case.truth.weights[0] if continuous_free else 1.0
    tolerance = 1e-7 if case.bell and continuous_free else TOLERANCE
    by_hand = entropy_of(case.chances, weight)
    most = int(case.random.choice([0, 10_000]))  # by bounds, or exactly
    between(entropy(circuit, case.row, rows=most), by_hand, tolerance)
    order = case.random.permutation([v for v in case.free if v in case.discrete])
    if len(order) < 2:
        return
    cut = int(case.random.integers(1, len(order)))
    one, two = order[:cut].tolist(), order[cut : cut + 2].tolist()
    parts = [entropy_of(grouped(rows[:, part], case.chances)) for part in (one, two, one + two)]
    found = mutual_information(circuit, one, two, case.row, rows=most)
    between(found, parts[0] + parts[1] - parts[2])


def best_rows(case):
    circuit, rows = case.circuit, case.truth.rows
    agrees = (np.isnan(case.row) | (rows == case.row)).all(axis=1)
    found = mpe(circuit, case.row, nodes=NODES)
    optimum(case, found, case.truth.values[agrees].max())
    if check(circuit).deterministic:
        assert found.nodes == 0
    if not case.free:
        return
    query = case.random.permutation(case.free)[: case.random.integers(1, len(case.free) + 1)]
    asked = marginal_map(circuit, query.tolist(), case.row, nodes=NODES)
    summed = [v for v in case.free if v not in query]
    is_mass = any(not circuit.variables[v].n_categories for v in summed)
    weights = case.truth.weights[agrees] if is_mass else 1.0
    best = grouped(rows[agrees][:, query], case.truth.values[agrees] * weights).max()
    optimum(case, asked, best, query)
    if x_deterministic(circuit, query.tolist()):
        assert asked.nodes == 0


def optimum(case, found, best, query=None):
    """The bounds hold the best value, and the assignment has what it is said to have."""
    circuit = case.circuit
    close(log_likelihood(circuit, found.assignment)[0], found.log_value)
    known = ~np.isnan(case.row)
    np.testing.assert_array_equal(found.assignment[known], case.row[known])
    assert found.lower <= found.upper
    assert np.log(best) <= found.upper + TOLERANCE
    free = case.free if query is None else query
    on_grid = all(circuit.variables[v].n_categories for v in free) or not case.bell
    if found.exact and on_grid:
        assert found.log_value == pytest.approx(np.log(best), abs=TOLERANCE)
    elif found.exact:
        assert found.log_value >= np.log(best) - TOLERANCE
    assert found.exact or found.nodes >= NODES


def pairs(case):
    """Products of two circuits: with itself, and with another over the same variables."""
    first = case.circuit
    second = other_over(case)
    values = values_by_hand(second, case.truth.rows)[-1]
    for other, theirs in ((first, case.truth.values), (second, values)):
        by_hand = (case.masses * theirs).sum()
        try:
            found = log_expectation(first, other)
        except StructureError:
            assert not compatible(first, other)
        else:
            close(np.exp(found), by_hand, 1e-9)
    divergences(case, second, values)


def other_over(case):
    """A product of single leaves, which is compatible with everything and deterministic."""
    build = Builder(case.circuit.variables)
    leaves = []
    for column, variable in enumerate(case.circuit.variables):
        mine = case.circuit.leaf_families[case.circuit.leaf_variables == column]
        family = None if variable.n_categories else FAMILIES[int(mine[0])]
        leaves.append(leaf_of_any_family(build, case.random, column, family))
    return build.circuit(build.product(leaves) if len(leaves) > 1 else leaves[0])


def divergences(case, second, values):
    chances = case.masses / case.masses.sum()
    weight = case.truth.weights[0]
    live = chances > 0
    own = entropy_of(chances, weight)
    crossed = np.inf if (values[live] <= 0).any() else -(chances[live] @ np.log(values[live]))
    tolerance = 1e-7 if case.bell else 1e-9
    found = cross_entropy(case.circuit, second)
    if np.isinf(crossed):
        outside = chances[values <= 0].sum()
        assert found.upper == np.inf or outside < 1e-11
        return
    assert found.value == pytest.approx(crossed, abs=tolerance)
    between(kl(case.circuit, second), crossed - own, tolerance)


CHECKS = (
    likelihoods, executors, verbs_of_nodes, single_variables, boxes, draws, tells, best_rows, pairs,
)  # fmt: skip


def check_seed(seed):
    case = Case(seed)
    for query in CHECKS:
        try:
            query(case)
        except Exception as error:
            error.add_note(f"seed {seed}, {query.__name__}")
            raise


@pytest.mark.parametrize("start", range(0, 30, 10))
def test_some_generated_circuits(start):
    for seed in range(start, start + 10):
        check_seed(seed)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("start", range(1_000, 11_000, 500))
def test_ten_thousand_generated_circuits(start):
    for seed in range(start, start + 500):
        check_seed(seed)
