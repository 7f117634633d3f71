"""Every semiring against the definition: a sum over induced trees, or over assignments."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from deterministic import deterministic_circuits
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from strategies import circuits, circuits_and_rows, every_row, rows_for

from workbench.circuits import Builder, Kind, check
from workbench.circuits.leaves import POISSON, UNIFORM, poisson_parameters, uniform_parameters
from workbench.circuits.reference import ReferenceEngine, completions
from workbench.compute.evaluation import Semiring, evaluate, leaf_of, node_elements
from workbench.compute.schedule import schedule
from workbench.compute.semirings import (
    BOOLEAN,
    COUNTING,
    ENTROPY,
    MAX_PRODUCT,
    MAX_SUM_BOUND,
    SEMIRINGS,
    SUM_PRODUCT,
    gradient,
    intervals,
    mean_variance,
    polynomial,
)
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, LimitError, ParameterError
from workbench.limits import Limits

MOST_TREES = 3000
OPTIONED = {
    "gradient": gradient([[0.5, -1.0]]),
    "interval": intervals(0.1, 0.2),
    "mean and variance": mean_variance(0.3),
    "polynomial": polynomial(3),
}
EVERY = {**SEMIRINGS, **OPTIONED}


def induced_trees(circuit):
    """(edges of sums, leaves) of every induced tree, dead edges left out."""
    trees = []
    for node in range(circuit.n_nodes):
        span = range(circuit.offsets[node], circuit.offsets[node + 1])
        below = [trees[child] for child in circuit.children_of(node)]
        if circuit.kinds[node] == Kind.LEAF:
            found = [((), (node,))]
        elif circuit.kinds[node] == Kind.SUM:
            found = [
                ((edge, *edges), leaves)
                for edge, options in zip(span, below, strict=True)
                if circuit.log_weights[edge] > -np.inf
                for edges, leaves in options
            ]
        else:
            assume(np.prod([len(options) for options in below]) < MOST_TREES)
            found = [
                (sum((t[0] for t in parts), ()), sum((t[1] for t in parts), ()))
                for parts in itertools.product(*below)
            ]
        assume(len(found) < MOST_TREES)
        trees.append(found)
    return trees[-1]


def tree_values(circuit, row):
    """Log-value of each induced tree for a complete row."""
    return [
        sum(circuit.log_weights[list(edges)])
        + sum(
            leaf_of(circuit, leaf).log_density(row[[circuit.leaf_variables[leaf]]])[0]
            for leaf in leaves
        )
        for edges, leaves in induced_trees(circuit)
    ]


@settings(max_examples=40)
@given(circuits_and_rows(mixed=True, normalised=False))
def test_sum_product_is_the_log_likelihood(case):
    circuit, rows = case
    expected = ReferenceEngine(circuit).node_values(rows)
    np.testing.assert_allclose(node_elements(circuit, rows, SUM_PRODUCT), expected, atol=1e-10)


@settings(max_examples=30)
@given(circuits_and_rows(max_variables=3, max_rows=2))
def test_max_product_counting_and_boolean_equal_enumeration_of_trees(case):
    circuit, rows = case
    for row in rows:
        values = [v for full in completions(circuit, row) for v in tree_values(circuit, full)]
        best = max(values, default=-np.inf)
        assert evaluate(circuit, row[None], MAX_PRODUCT)[0] == pytest.approx(best, abs=1e-10)
        count = sum(value > -np.inf for value in values)
        assert evaluate(circuit, row[None], COUNTING)[0] == count
        assert evaluate(circuit, row[None], BOOLEAN)[0] == (count > 0)


@settings(max_examples=30)
@given(circuits_and_rows(max_rows=3, missing=0.6))
def test_max_sum_bound_is_above_the_best_completion(case):
    circuit, rows = case
    bounds = evaluate(circuit, rows, MAX_SUM_BOUND)
    for row, bound in zip(rows, bounds, strict=True):
        best = ReferenceEngine(circuit).log_likelihood(completions(circuit, row)).max()
        assert bound >= best - 1e-10


def test_counting_counts_beyond_float64():
    build = Builder([categorical(f"v{k}", 3) for k in range(40)])
    leaves = [build.categorical(k, [1, 1, 1]) for k in range(40)]
    everything = np.full((1, 40), np.nan)
    assert evaluate(build.circuit(build.product(leaves)), everything, COUNTING)[0] == 3**40


@settings(max_examples=30)
@given(circuits_and_rows(mixed=True), st.integers(0, 1000))
def test_interval_holds_every_circuit_within_the_slack(case, seed):
    circuit, rows = case
    random = np.random.default_rng(seed)
    factors = np.where(circuit.is_sum_edge, random.uniform(-0.3, 0.3, circuit.n_edges), 0.0)
    engine = ReferenceEngine(circuit)
    engine.set_parameters(circuit.log_weights + factors, circuit.leaf_parameters)
    found = engine.log_likelihood(rows)
    lower, upper = evaluate(circuit, rows, intervals(weight_slack=0.3)).T
    assert (lower - 1e-12 <= found).all()
    assert (found <= upper + 1e-12).all()


@settings(max_examples=30)
@given(circuits_and_rows(mixed=True))
def test_interval_without_slack_is_the_value(case):
    circuit, rows = case
    lower, upper = evaluate(circuit, rows, intervals()).T
    np.testing.assert_array_equal(lower, upper)
    np.testing.assert_allclose(lower, ReferenceEngine(circuit).log_likelihood(rows), atol=1e-10)


@settings(max_examples=30)
@given(circuits_and_rows(missing=0.5), st.integers(0, 6))
def test_polynomial_is_the_distribution_of_the_sum_of_codes(case, degree):
    circuit, rows = case
    for row, found in zip(rows, evaluate(circuit, rows, polynomial(degree)), strict=True):
        full = completions(circuit, row)
        probabilities = np.exp(ReferenceEngine(circuit).log_likelihood(full))
        totals = full.sum(axis=1).astype(int)
        by_hand = np.bincount(totals, probabilities, minlength=degree + 1)[: degree + 1]
        np.testing.assert_allclose(found, by_hand, atol=1e-10)


@settings(max_examples=30)
@given(circuits_and_rows(mixed=True, zeros=False), st.integers(0, 1000))
def test_gradient_is_flow_times_direction(case, seed):
    circuit, rows = case
    directions = np.random.default_rng(seed).normal(size=(2, circuit.n_edges))
    directions *= circuit.is_sum_edge
    found = evaluate(circuit, rows, gradient(directions))
    flows = ReferenceEngine(circuit).edge_flows(rows)
    np.testing.assert_allclose(
        found[:, 0], ReferenceEngine(circuit).log_likelihood(rows), atol=1e-10
    )
    np.testing.assert_allclose(found[:, 1:], flows.T @ directions.T, atol=1e-10)


@settings(max_examples=30)
@given(circuits_and_rows(mixed=True))
def test_gradient_of_impossible_rows_is_finite(case):
    circuit, rows = case
    assert np.isfinite(evaluate(circuit, rows, gradient(np.ones(circuit.n_edges)))[:, 1]).all()


def dropped(circuit, row, keep):
    """Log-value of a row when the edges outside `keep` are gone."""
    engine = ReferenceEngine(circuit)
    weights = np.where(keep | ~circuit.is_sum_edge, circuit.log_weights, -np.inf)
    engine.set_parameters(weights, circuit.leaf_parameters)
    return engine.log_likelihood(row)


@pytest.fixture
def tree():
    """A mixture of products of mixtures; no node has two parents."""
    build = Builder([categorical("x", 2), categorical("y", 3)])

    def mixed(column, tables, weights):
        return build.sum([build.categorical(column, table) for table in tables], weights)

    first = build.product(
        [
            mixed(0, [[0.3, 0.7], [0.9, 0.1]], [0.4, 0.6]),
            mixed(1, [[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]], [0.5, 0.5]),
        ]
    )
    second = build.product([build.categorical(0, [0.5, 0.5]), build.categorical(1, [1, 2, 3])])
    return build.circuit(build.sum([first, second], [0.7, 0.3]))


def test_mean_and_variance_of_a_tree_equal_enumeration_of_all_dropouts(tree):
    row, rate = np.array([[1.0, 2.0]]), 0.3
    edges = np.flatnonzero(tree.is_sum_edge)
    first = second = 0.0
    for kept in itertools.product([False, True], repeat=len(edges)):
        keep = np.zeros(tree.n_edges, bool)
        keep[edges] = kept
        chance = np.prod(np.where(kept, 1 - rate, rate))
        value = np.exp(dropped(tree, row, keep)[0])
        first, second = first + chance * value, second + chance * value**2
    found = np.exp(evaluate(tree, row, mean_variance(rate))[0])
    np.testing.assert_allclose(found, [first, second - first**2], rtol=1e-10)


def test_rescaled_dropout_keeps_the_mean(tree):
    rows = every_row(tree)
    mean = evaluate(tree, rows, mean_variance(0.3, rescale=True))[:, 0]
    np.testing.assert_allclose(mean, ReferenceEngine(tree).log_likelihood(rows))


def test_mean_and_variance_equal_monte_carlo_dropout_on_a_tree(tree):
    row, rate, n = np.array([[1.0, 0.0]]), 0.2, 100_000
    random = np.random.default_rng(0)
    keep = np.where(tree.is_sum_edge, random.random((n, tree.n_edges)) > rate, True)
    weights = np.exp(tree.log_weights) * keep
    values = np.zeros((tree.n_nodes, n))
    for node in range(tree.n_nodes):
        if tree.kinds[node] == Kind.LEAF:
            leaf = leaf_of(tree, node)
            values[node] = np.exp(leaf.log_density(row[:, leaf.column]))
        else:
            span = slice(tree.offsets[node], tree.offsets[node + 1])
            below = values[tree.children[span]]
            is_sum = tree.kinds[node] == Kind.SUM
            values[node] = (weights[:, span].T * below).sum(0) if is_sum else below.prod(0)
    samples = values[-1]
    mean, variance = np.exp(evaluate(tree, row, mean_variance(rate))[0])
    squares = (samples - samples.mean()) ** 2
    assert abs(samples.mean() - mean) < 3 * samples.std() / np.sqrt(n)
    assert abs(samples.var() - variance) < 3 * squares.std() / np.sqrt(n)


def test_without_dropout_there_is_no_variance(tree):
    found = evaluate(tree, [[1.0, 2.0]], mean_variance())[0]
    assert found[0] == pytest.approx(
        ReferenceEngine(tree).log_likelihood(np.array([[1.0, 2.0]]))[0]
    )
    assert found[1] == -np.inf


def elements(semiring, n=3):
    """Some elements of a semiring: leaves of a three-valued variable, weights, zero and one."""
    build = Builder([categorical("x", 3)])
    circuit = build.circuit(build.categorical(0, [0.5, 0.3, 0.2]))
    leaves = [semiring.leaf(leaf_of(circuit, 0), np.array([k], float))[0] for k in range(n)]
    weights = list(semiring.weight(np.log([0.25, 0.75])))
    neutral = [
        np.broadcast_to(np.asarray(x, semiring.dtype), semiring.shape)
        for x in (semiring.zero, semiring.one)
    ]
    return np.array([*leaves, *weights, *neutral], dtype=semiring.dtype)


@pytest.mark.parametrize("semiring", EVERY.values(), ids=EVERY)
def test_laws(semiring):
    values = elements(semiring)
    zero, one = values[-2:-1], values[-1:]

    def plus(first, second):
        return semiring.plus(first, second)

    def times(first, second):
        return semiring.times(first, second)

    def same(first, second):
        if semiring.dtype is np.float64:
            np.testing.assert_allclose(first, second, atol=1e-12)
        else:
            assert np.array_equal(first, second)

    singles = [values[k : k + 1] for k in range(len(values))]
    for a, b, c in itertools.product(singles, repeat=3):
        same(plus(a, b), plus(b, a))
        same(times(a, b), times(b, a))
        same(plus(plus(a, b), c), plus(a, plus(b, c)))
        same(times(times(a, b), c), times(a, times(b, c)))
        if semiring.name != "mean and variance":  # moments of independent variables do not
            same(times(a, plus(b, c)), plus(times(a, b), times(a, c)))
    for a in singles:
        same(plus(a, zero), a)
        same(times(a, one), a)
        same(times(a, zero), zero)


@settings(max_examples=20)
@given(deterministic_circuits(max_variables=4))
def test_counting_a_deterministic_circuit_counts_its_rows(circuit):
    assert check(circuit).deterministic
    possible = ReferenceEngine(circuit).log_likelihood(every_row(circuit)) > -np.inf
    nothing = np.full((1, len(circuit.variables)), np.nan)
    assert evaluate(circuit, nothing, COUNTING)[0] == possible.sum()


@settings(max_examples=30)
@given(circuits(mixed=True))
def test_schedule_visits_every_inner_node_after_its_children(circuit):
    seen = np.flatnonzero(circuit.kinds == Kind.LEAF).tolist()
    for group in schedule(circuit):
        assert np.isin(circuit.children[group.edges], seen).all()
        assert (circuit.kinds[group.nodes] == group.kind).all()
        seen += group.nodes.tolist()
    assert sorted(seen) == list(range(circuit.n_nodes))


def test_a_semiring_of_ones_own_may_have_vectors_for_elements():
    """Bottleneck: the least leaf probability on the best tree, kept with its variable."""
    build = Builder([categorical("x", 2), categorical("y", 2)])
    pair = build.product([build.categorical(0, [0.6, 0.4]), build.categorical(1, [0.9, 0.1])])
    other = build.product([build.categorical(0, [0.3, 0.7]), build.categorical(1, [0.5, 0.5])])
    circuit = build.circuit(build.sum([pair, other], [0.5, 0.5]))

    def picked(choose):
        def operation(first, second):
            first, second = np.broadcast_arrays(first, second)
            return np.where(choose(first[..., :1], second[..., :1]), first, second)

        return operation

    semiring = Semiring(
        "bottleneck",
        plus=picked(np.greater_equal),
        times=picked(np.less_equal),
        zero=(0.0, -1.0),
        one=(1.0, -1.0),
        weight=lambda log_weights: np.tile([1.0, -1.0], (len(log_weights), 1)),
        leaf=lambda leaf, v: np.stack(
            [np.exp(leaf.log_density(v)), np.full(len(v), leaf.column, float)], axis=1
        ),
        shape=(2,),
    )
    np.testing.assert_allclose(evaluate(circuit, [[0, 0], [1, 1]], semiring), [[0.6, 0], [0.5, 1]])


def test_a_long_chain_needs_no_recursion():
    build = Builder([categorical("x", 2)])
    node = build.categorical(0, [0.25, 0.75])
    for _ in range(5_000):
        node = build.sum([node], [1.0])
    assert np.exp(evaluate(build.circuit(node), [[1.0]], MAX_PRODUCT)[0]) == pytest.approx(0.75)


def test_small_pieces_change_nothing(monkeypatch, tree):
    rows = every_row(tree)
    whole = evaluate(tree, rows, mean_variance(0.1))
    monkeypatch.setattr("workbench.compute.evaluation._ENTRIES_AT_ONCE", 8)
    np.testing.assert_allclose(evaluate(tree, rows, mean_variance(0.1)), whole)


def test_no_rows_give_no_values(tree):
    assert evaluate(tree, np.empty((0, 2)), SUM_PRODUCT).shape == (0,)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: intervals(-1.0), "0 or more"),
        (lambda: mean_variance(1.0), "dropout=1.0"),
        (lambda: polynomial(-1), "degree=-1"),
        (lambda: gradient([np.nan]), "finite"),
    ],
)
def test_bad_options_are_errors(make, error):
    with pytest.raises(ParameterError, match=error):
        make()


def test_answers_of_another_shape_are_errors(tree):
    bad_leaf = replace(SUM_PRODUCT, leaf=lambda leaf, values: values[:, None])
    with pytest.raises(ParameterError, match="leaf function of the semiring 'sum-product'"):
        evaluate(tree, [[0, 0]], bad_leaf)
    bad_weight = replace(SUM_PRODUCT, weight=lambda log_weights: log_weights[:, None])
    with pytest.raises(ParameterError, match="weight function"):
        evaluate(tree, [[0, 0]], bad_weight)
    with pytest.raises(ParameterError, match="directions of 3 edges"):
        evaluate(tree, [[0, 0]], gradient(np.ones(3)))


def test_what_has_no_count_is_refused(tree, monkeypatch):
    build = Builder([continuous("height")])
    bell = build.circuit(build.gaussian(0, 0, 1))
    with pytest.raises(ParameterError, match="count the values"):
        evaluate(bell, [[np.nan]], COUNTING)
    for value in (np.nan, 1.0):
        with pytest.raises(ParameterError, match="no power of t"):
            evaluate(bell, [[value]], polynomial(1))
    with pytest.raises(DataError):
        evaluate(tree, [[7.0, 0.0]], SUM_PRODUCT)
    monkeypatch.setattr("workbench.compute.evaluation.LIMITS", Limits(result_bytes=100))
    with pytest.raises(LimitError, match="bytes for the values"):
        node_elements(tree, [[1.0, 1.0]] * 50, COUNTING)


def entropy_found(circuit, rows):
    """Entropy in nats of what is missing, by the entropy semiring."""
    log_total, mean = evaluate(circuit, rows, ENTROPY).T
    return log_total - mean


def entropy_by_hand(logs):
    logs = np.array([value for value in logs if value > -np.inf])
    logs = logs - np.logaddexp.reduce(logs)
    return -np.exp(logs) @ logs


@settings(max_examples=30)
@given(st.data())
def test_entropy_of_a_deterministic_circuit_is_that_of_its_rows(data):
    circuit = data.draw(deterministic_circuits(max_variables=4))
    row = data.draw(rows_for(circuit, max_rows=1, missing=0.7))
    values = ReferenceEngine(circuit).log_likelihood(completions(circuit, row[0]))
    assume((values > -np.inf).any())
    assert entropy_found(circuit, row)[0] == pytest.approx(entropy_by_hand(values), abs=1e-10)


@settings(max_examples=30)
@given(circuits_and_rows(max_variables=3, max_rows=2, missing=0.6, normalised=False))
def test_entropy_of_any_circuit_is_that_of_trees_and_completions(case):
    circuit, rows = case
    for row in rows:
        full = completions(circuit, row)
        pairs = [value for complete in full for value in tree_values(circuit, complete)]
        assume(max(pairs, default=-np.inf) > -np.inf)
        found = entropy_found(circuit, row[None])[0]
        assert found == pytest.approx(entropy_by_hand(pairs), abs=1e-10)
        of_rows = entropy_by_hand(ReferenceEngine(circuit).log_likelihood(full))
        assert found >= of_rows - 1e-10


def test_entropy_of_continuous_leaves_is_their_closed_form():
    build = Builder([continuous(name) for name in ("bell", "count", "flat")])
    leaves = [
        build.gaussian(0, 1.0, 2.0),
        build.leaf(1, POISSON, poisson_parameters(3.0)),
        build.leaf(2, UNIFORM, uniform_parameters(-1.0, 3.0)),
    ]
    circuit = build.circuit(build.product(leaves))
    expected = stats.norm(1, 2).entropy() + stats.poisson(3.0).entropy() + np.log(4.0)
    assert entropy_found(circuit, [[np.nan] * 3])[0] == pytest.approx(expected, abs=1e-9)


def test_entropy_of_an_impossible_row_is_not_a_number_that_travels(tree):
    build = Builder([categorical("x", 2)])
    never = build.circuit(build.categorical(0, [1, 0]))
    assert evaluate(never, [[1.0]], ENTROPY).tolist() == [[-np.inf, 0.0]]


def test_min_plus_gives_the_cheapest_way():
    """A semiring that is no probability: weights and leaves are costs, zero is no way at all."""
    cheapest = Semiring(
        "min-plus",
        plus=np.minimum,
        times=np.add,
        zero=np.inf,
        one=0.0,
        weight=np.negative,
        leaf=lambda leaf, values: -leaf.log_density(values),
        missing=lambda leaf: -leaf.log_peak,
    )
    build = Builder([categorical("x", 2), categorical("y", 2)])
    pairs = [
        build.product([build.categorical(0, x), build.categorical(1, y)])
        for x, y in (([1, 3], [1, 1]), ([1, 0], [1, 7]))
    ]
    circuit = build.circuit(build.sum(pairs, [0.5, 0.5]))
    rows = [[np.nan, np.nan], [1.0, 1.0], [0.0, 1.0]]
    np.testing.assert_allclose(
        evaluate(circuit, rows, cheapest), -evaluate(circuit, rows, MAX_PRODUCT)
    )
    impossible = evaluate(circuit, [[1.0, 0.0]], cheapest)
    assert impossible == pytest.approx(-np.log(0.5 * 0.75 * 0.5))
    never = build.circuit(build.product([build.categorical(v, [1, 0]) for v in (0, 1)]))
    assert evaluate(never, [[1.0, 0.0]], cheapest) == np.inf


def k_best(k):
    """The semiring of the k most probable trees, as sorted log-values; its elements are vectors."""

    def plus(first, second):
        both = np.concatenate(np.broadcast_arrays(first, second), axis=-1)
        return -np.sort(-both, axis=-1)[..., :k]

    def times(first, second):
        pairs = first[..., :, None] + second[..., None, :]
        return -np.sort(-pairs.reshape(*pairs.shape[:-2], -1), axis=-1)[..., :k]

    def padded(values):
        return np.pad(values[:, None], [(0, 0), (0, k - 1)], constant_values=-np.inf)

    def all_values(leaf):
        return np.pad(-np.sort(-leaf.log_table), (0, k), constant_values=-np.inf)[:k]

    return Semiring(
        f"{k} best",
        plus,
        times,
        zero=-np.inf,
        one=padded(np.zeros(1))[0],
        weight=padded,
        leaf=lambda leaf, values: padded(leaf.log_density(values)),
        missing=all_values,
        shape=(k,),
    )


@settings(max_examples=30)
@given(circuits_and_rows(max_variables=3, max_rows=2, missing=0.6), st.integers(1, 5))
def test_a_semiring_of_ones_own_may_keep_the_k_best_trees(case, k):
    circuit, rows = case
    for row, found in zip(rows, evaluate(circuit, rows, k_best(k)), strict=True):
        values = [v for full in completions(circuit, row) for v in tree_values(circuit, full)]
        by_hand = np.pad(-np.sort(-np.array(values)), (0, k), constant_values=-np.inf)[:k]
        np.testing.assert_allclose(found, by_hand, atol=1e-10)


def test_nan_and_foreign_infinities_never_travel(tree):
    rows = [[1.0, 2.0]]
    undefined = replace(SUM_PRODUCT, leaf=lambda leaf, values: np.full(len(values), np.nan))
    with pytest.raises(ParameterError, match=r"'sum-product' has no answer for row 0.*nan at node"):
        evaluate(tree, rows, undefined)
    with pytest.raises(ParameterError, match="inf at node"):
        evaluate(tree, rows, replace(SUM_PRODUCT, leaf=lambda leaf, v: np.full(len(v), np.inf)))
    linear = replace(
        polynomial(1), leaf=lambda leaf, v: np.full((len(v), 2), 1e200), name="too large"
    )
    with pytest.raises(ParameterError, match="too large"):
        evaluate(tree, rows, linear)
    build = Builder([continuous("x")])
    bell = build.circuit(build.gaussian(0, 0.0, 1.0))
    for semiring in (SUM_PRODUCT, MAX_PRODUCT, ENTROPY, intervals(), mean_variance(0.5)):
        with pytest.raises(DataError, match="infinite value"):
            evaluate(bell, [[np.inf]], semiring)


@settings(max_examples=30)
@given(circuits_and_rows(mixed=True, max_rows=3))
def test_no_semiring_gives_nan_on_impossible_rows_or_dead_edges(case):
    circuit, rows = case
    for semiring in (SUM_PRODUCT, MAX_PRODUCT, MAX_SUM_BOUND, ENTROPY, intervals(0.1, 0.1),
                     mean_variance(0.3), gradient(np.ones(circuit.n_edges))):  # fmt: skip
        assert not np.isnan(node_elements(circuit, rows, semiring)).any(), semiring.name


def test_the_table_of_semirings_is_complete():
    assert set(EVERY) == {
        "Boolean", "counting", "entropy", "gradient", "interval", "max-product",
        "max-sum bound", "mean and variance", "polynomial", "sum-product",
    }  # fmt: skip
