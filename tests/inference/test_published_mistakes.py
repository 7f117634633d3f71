"""Mistakes that other systems published, each as a question that ours answers by enumeration."""

import itertools

import numpy as np
import pytest
from engines import every_engine

from workbench.circuits import Builder, Kind, check, hclt, with_parameters
from workbench.circuits.reference import ReferenceEngine, completions
from workbench.compute import evaluate, intervals, mean_variance
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, StructureError
from workbench.inference import (
    conditional,
    entropy,
    kl,
    log_likelihood,
    marginal,
    marginal_map,
    mpe,
    sample,
)
from workbench.learning import fit, prune


def every_value(circuit):
    """All rows of a categorical circuit and their probabilities."""
    rows = completions(circuit, np.full(len(circuit.variables), np.nan))
    return rows, np.exp(ReferenceEngine(circuit).log_likelihood(rows))


def mixture(tables, weights):
    """Products of independent coins; `tables` (components, variables) are chances of a one."""
    build = Builder([categorical(f"x{k}", 2) for k in range(len(tables[0]))])
    parts = [
        build.product([build.categorical(k, [1 - p, p]) for k, p in enumerate(row)])
        for row in tables
    ]
    return build.circuit(build.sum(parts, weights))


def test_spflow_1_1_mpe_of_a_mixture():
    """SPFlow 1.1 draws a sample that follows the heaviest weight: (0, 0, 0, 0), p = 0.055.

    The faint component is heavier, but the lighter one is sure of all ones, which are
    7.4 times more probable.
    """
    circuit = mixture([[0.4377] * 4, [0.9641] * 4], [0.55, 0.45])
    rows, chances = every_value(circuit)
    found = mpe(circuit)
    assert found.exact
    assert found.assignment.tolist() == rows[chances.argmax()].tolist() == [1, 1, 1, 1]
    assert np.exp(found.log_value) == pytest.approx(chances.max(), abs=1e-12)
    assert chances.max() == pytest.approx(0.409, abs=5e-4)
    assert chances[0] == pytest.approx(0.055, abs=5e-4)


def test_spflow_1_1_mpe_of_a_fair_coin():
    """SPFlow 1.1 answers NaN for a Bernoulli(0.5); of equal values ours takes the first."""
    build = Builder([categorical("x", 2)])
    found = mpe(build.circuit(build.categorical(0, [0.5, 0.5])))
    assert found.assignment.tolist() == [0.0]
    assert np.exp(found.log_value) == pytest.approx(0.5)
    assert found.exact


def test_juice_21_mpe_by_marginals_instead_of_max_values():
    """Juice.jl (issue 21) chose children by their sums; for months no test noticed.

    The circuit is deterministic. The branch x = 0 has more mass, spread over many values
    of y; the branch x = 1 is sure of its y.
    """
    build = Builder([categorical("x", 2), categorical("y", 4)])
    x = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    y = [build.categorical(1, p) for p in ([1, 1, 1, 1], [0, 0, 1, 0])]
    circuit = build.circuit(
        build.sum([build.product(pair) for pair in zip(x, y, strict=True)], [0.6, 0.4])
    )
    assert check(circuit).deterministic
    rows, chances = every_value(circuit)
    found = mpe(circuit)
    assert (found.exact, found.nodes) == (True, 0)
    assert found.assignment.tolist() == rows[chances.argmax()].tolist() == [1, 2]
    assert np.exp(found.log_value) == pytest.approx(chances.max())


def test_juice_map_of_a_circuit_that_is_not_deterministic():
    """Max-product (Juice.jl) gives the best tree; here three components add up elsewhere."""
    circuit = mixture([[0.0, 0.0], [0.9, 0.9], [0.9, 0.9], [0.9, 0.9]], [0.31, 0.23, 0.23, 0.23])
    rows, chances = every_value(circuit)
    found = mpe(circuit)
    assert found.assignment.tolist() == rows[chances.argmax()].tolist() == [1, 1]
    assert np.exp(found.log_value) == pytest.approx(0.69 * 0.81)
    assert found.exact


def test_juice_map_of_some_variables_is_not_part_of_the_map_of_all():
    """Dropping variables from the best row is no marginal MAP."""
    circuit = mixture([[0.0, 0.5, 0.5], [1.0, 1.0, 1.0]], [0.7, 0.3])
    assert mpe(circuit).assignment[0] == 1.0
    rows, chances = every_value(circuit)
    by_hand = np.bincount(rows[:, 0].astype(int), chances)
    found = marginal_map(circuit, ["x0"])
    assert found.assignment[0] == by_hand.argmax() == 0
    assert np.exp(found.log_value) == pytest.approx(by_hand.max())
    assert found.exact


def test_all_missing_has_probability_one_in_every_executor():
    """A row of missing values is a common blind spot; its log-probability is 0, not NaN."""
    build = Builder([categorical("x", 3), continuous("y")])
    parts = [
        build.product([build.categorical(0, p), build.gaussian(1, m, 1.0)])
        for p, m in (([1, 2, 3], -4.0), ([1, 0, 0], 4.0))
    ]
    circuit = build.circuit(build.sum(parts, [0.3, 0.7]))
    nothing = np.full((2, 2), np.nan)
    for name, tolerance, engine in every_engine(circuit):
        np.testing.assert_allclose(engine.log_likelihood(nothing), 0.0, atol=tolerance)
        assert engine.flows(nothing).nodes[-1] == pytest.approx(2.0), name
    assert marginal(circuit, {})[0] == pytest.approx(0.0, abs=1e-12)


def test_pyjuice_prune_removes_single_edges_by_the_largest_score():
    """pyjuice 2.6.3 compares a tuple where it means a maximum, and removes blocks of edges."""
    random = np.random.default_rng(0)
    rows = (random.random((200, 6)) < random.random((200, 1))).astype(float)
    circuit = hclt(rows, latents=4, seed=0)
    flow = ReferenceEngine(circuit).flows(rows).edges
    found = prune(circuit, rows, keep=0.5)
    removed = {(int(p), int(c)) for p, c in zip(found.removed["parent"], found.removed["child"],
                                                strict=True)}  # fmt: skip
    edges = [(int(circuit.ids[p]), int(circuit.ids[c]))
             for p, c in zip(circuit.edge_parents, circuit.children, strict=True)]  # fmt: skip
    best = {}
    for edge, (parent, _) in enumerate(edges):
        best[parent] = max(best.get(parent, -1.0), flow[edge])
    gone = [flow[e] for e, pair in enumerate(edges) if pair in removed]
    left = [
        flow[e] for e, pair in enumerate(edges)
        if circuit.is_sum_edge[e] and pair not in removed and flow[e] < best[pair[0]]
    ]  # fmt: skip
    assert max(gone) <= min(left) + 1e-12
    per_parent = np.bincount([parent for parent, _ in removed], minlength=len(circuit.ids))
    arity = np.diff(circuit.offsets)
    assert len(set(per_parent[circuit.kinds == Kind.SUM].tolist())) > 1  # not by blocks
    assert (per_parent < np.maximum(arity, 1)).all()


@pytest.mark.parametrize("seed", range(6))
def test_sparsepc_the_loss_never_exceeds_the_bound(seed):
    """The printed bound sums flows along a path and may then exceed 1; ours counts a tree once."""
    random = np.random.default_rng(seed)
    rows = (random.random((120, 5)) < random.random((120, 1))).astype(float)
    circuit = hclt(rows, latents=3, seed=seed)
    for keep in (0.9, 0.6, 0.3):
        found = prune(circuit, rows, keep=keep)
        by_hand = (log_likelihood(circuit, rows) - log_likelihood(found.circuit, rows)).mean()
        assert found.loss == pytest.approx(by_hand, abs=1e-10)
        assert found.loss <= found.bound + 1e-12
        gone = {tuple(pair) for pair in zip(*(found.removed[k].tolist() for k in
                                              ("parent", "child")), strict=True)}  # fmt: skip
        flow, union = ReferenceEngine(circuit).edge_flows(rows), 0.0
        for edge in range(circuit.n_edges):
            pair = (int(circuit.ids[circuit.edge_parents[edge]]),
                    int(circuit.ids[circuit.children[edge]]))  # fmt: skip
            union = union + flow[edge] * (pair in gone)
        if (union < 1.0).all():  # where the printed bound says anything, ours is no looser
            assert found.bound <= -np.log1p(-union).mean() + 1e-10


def test_spflow_95_em_with_shared_leaves():
    """SPFlow (issue 95) fails to learn leaves that two products share."""
    build = Builder([categorical("x", 2), categorical("y", 2)])
    shared = build.categorical(0, [0.4, 0.6])
    parts = [build.product([shared, build.categorical(1, p)]) for p in ([0.9, 0.1], [0.3, 0.7])]
    circuit = build.circuit(build.sum(parts, [0.5, 0.5]))
    random = np.random.default_rng(0)
    rows = np.stack([random.random(300) < 0.25, random.random(300) < 0.7], axis=1).astype(float)
    learnt = fit(circuit, rows, epochs=40, seed=0).circuit
    assert log_likelihood(learnt, rows).mean() > log_likelihood(circuit, rows).mean()
    chance = np.exp(marginal(learnt, {"x": 1}))[0]
    assert chance == pytest.approx(rows[:, 0].mean(), abs=0.02)


def test_colep_bounds_without_tables_of_all_assignments():
    """COLEP's released code enumerates 2^n factor tables; one interval pass needs none.

    On four variables the bounds are compared with all corners of the uncertain leaves; on
    sixty a table would have 10^18 entries.
    """
    small, slack = mixture([[0.2, 0.6, 0.7, 0.4], [0.9, 0.3, 0.5, 0.8]], [0.4, 0.6]), 0.1
    row = np.array([[1.0, 0.0, np.nan, 1.0]])
    lower, upper = evaluate(small, row, intervals(leaf_slack=slack))[0]
    leaves = np.flatnonzero(small.kinds == Kind.LEAF)
    values = []
    for signs in itertools.product([-slack, slack], repeat=len(leaves)):
        moved = small.leaf_parameters + np.repeat(signs, 2)
        engine = ReferenceEngine(
            with_parameters(small, log_weights=small.log_weights, leaf_parameters=moved)
        )
        values.append(engine.log_likelihood(np.where(np.isnan(row), np.nan, row))[0])
    assert lower == pytest.approx(min(values), abs=1e-10)
    assert upper == pytest.approx(max(values), abs=1e-10)
    wide = mixture(np.random.default_rng(0).uniform(0.1, 0.9, (3, 60)), [0.2, 0.3, 0.5])
    ends = evaluate(wide, np.ones((1, 60)), intervals(leaf_slack=0.01))[0]
    assert ends[0] == pytest.approx(log_likelihood(wide, np.ones((1, 60)))[0] - 0.6)
    assert ends[1] == pytest.approx(log_likelihood(wide, np.ones((1, 60)))[0] + 0.6)


def test_tdi_variance_of_products_of_three():
    """The released dropout layer raises NotImplementedError for its special products."""
    build = Builder([categorical(f"x{k}", 2) for k in range(3)])
    sums = [
        build.sum([build.categorical(k, p) for p in ([0.3, 0.7], [0.8, 0.2])], [0.5, 0.5])
        for k in range(3)
    ]
    circuit, rate, row = build.circuit(build.product(sums)), 0.3, np.ones((1, 3))
    edges, moments = np.flatnonzero(circuit.is_sum_edge), np.zeros(2)
    for kept in itertools.product([False, True], repeat=len(edges)):
        weights = circuit.log_weights.copy()
        weights[edges] = np.where(kept, weights[edges], -np.inf)
        engine = ReferenceEngine(
            with_parameters(circuit, log_weights=weights, leaf_parameters=circuit.leaf_parameters)
        )
        value = np.exp(engine.log_likelihood(row)[0])
        moments += np.prod(np.where(kept, 1 - rate, rate)) * np.array([value, value**2])
    found = np.exp(evaluate(circuit, row, mean_variance(rate))[0])
    np.testing.assert_allclose(found, [moments[0], moments[1] - moments[0] ** 2], rtol=1e-10)


@pytest.mark.parametrize("latents", [3, 5, 7])
def test_pyjuice_sizes_that_are_no_power_of_two(latents):
    """Odd sizes are slow or crash elsewhere (pyjuice issues 17 and 49); here they are exact."""
    rows = (np.random.default_rng(latents).random((40, 5)) < 0.4).astype(float)
    circuit = hclt(rows, latents=latents, seed=0)
    expected = ReferenceEngine(circuit).flows(rows)
    for name, tolerance, engine in every_engine(circuit):
        found = engine.flows(rows)
        np.testing.assert_allclose(
            found.edges, expected.edges, rtol=tolerance, atol=40 * tolerance, err_msg=name
        )


def test_pyjuice_a_category_that_does_not_exist_is_named():
    """Elsewhere it surfaces as an illegal memory access on the GPU (pyjuice issues 17 and 24)."""
    circuit = mixture([[0.2, 0.6]], [1.0])
    with pytest.raises(DataError, match=r"row 0, column 'x1': given 2"):
        log_likelihood(circuit, [[0.0, 2.0]])
    for _, _, engine in every_engine(circuit):
        with pytest.raises(DataError, match="'x1'"):
            engine.log_likelihood(np.array([[0.0, 2.0]]))


def test_cirkit_55_samples_given_evidence():
    """Conditional sampling is missing elsewhere (cirkit issues 55 and 344)."""
    circuit = mixture([[0.1, 0.2, 0.9], [0.8, 0.7, 0.3]], [0.5, 0.5])
    drawn = sample(circuit, 20_000, evidence={"x1": 1}, seed=0)
    for column in (0, 2):
        chance = np.exp(conditional(circuit, {f"x{column}": 1}, {"x1": 1}))[0]
        error = 4 * np.sqrt(chance * (1 - chance) / len(drawn))
        assert abs(drawn[:, column].mean() - chance) < error
    assert (drawn[:, 1] == 1).all()


def test_spflow_entropy_is_not_sampled():
    """SPFlow samples or enumerates entropies; of a deterministic circuit they are exact."""
    build = Builder([categorical(f"x{k}", 2) for k in range(30)])
    node = build.categorical(0, [0.3, 0.7])
    for k in range(1, 30):  # 2^30 rows, each possible
        sides = [build.product([node, build.categorical(k, p)]) for p in ([1, 0], [0, 1])]
        node = build.sum(sides, [0.2 + 0.02 * k, 0.8 - 0.02 * k])
    by_hand = sum(-p * np.log(p) - (1 - p) * np.log1p(-p)
                  for p in [0.3, *(0.2 + 0.02 * k for k in range(1, 30))])  # fmt: skip
    found = entropy(build.circuit(node))
    assert found.exact
    assert found.value == pytest.approx(by_hand, abs=1e-10)


def test_divergences_are_refused_where_others_estimate_them_without_saying_so():
    """The second circuit is not deterministic and too large to enumerate: named, not sampled."""
    rows = (np.random.default_rng(0).random((30, 20)) < 0.5).astype(float)
    circuit = hclt(rows, latents=3, seed=0)
    with pytest.raises(StructureError, match="both accept"):
        kl(circuit, circuit)
