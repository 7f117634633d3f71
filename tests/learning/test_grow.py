import importlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits, circuits_and_rows

from workbench.circuits import Builder, Kind, check, hclt
from workbench.data.variables import categorical
from workbench.errors import LimitError, ParameterError
from workbench.inference import log_likelihood
from workbench.learning import fit, grow, prune


@settings(max_examples=60)
@given(circuits_and_rows(mixed=True, normalised=False, max_rows=8), st.integers(0, 9))
def test_without_noise_no_likelihood_changes(case, seed):
    circuit, rows = case
    grown = grow(circuit, noise=0.0, seed=seed)
    np.testing.assert_allclose(
        log_likelihood(grown, rows), log_likelihood(circuit, rows), atol=1e-9
    )


@settings(max_examples=60)
@given(circuits(mixed=True), st.floats(0.0, 2.0))
def test_what_grew_is_a_normalised_circuit_with_the_ids_of_before(circuit, noise):
    grown = grow(circuit, noise=noise)
    nothing = np.full((1, len(circuit.variables)), np.nan)
    assert log_likelihood(grown, nothing)[0] == pytest.approx(0.0, abs=1e-9)
    properties = check(grown)
    assert properties.smooth
    assert properties.decomposable
    assert set(circuit.ids.tolist()) <= set(grown.ids.tolist())
    assert grown.next_id == grown.ids.max() + 1
    for node_id in circuit.ids.tolist():
        old, new = circuit.position(node_id), grown.position(node_id)
        assert circuit.kinds[old] == grown.kinds[new]
        assert circuit.scope_of(old) == grown.scope_of(new)


@settings(max_examples=40)
@given(circuits(mixed=True, zeros=False))
def test_every_sum_of_several_has_both_copies_of_each_child(circuit):
    grown = grow(circuit)
    arities = np.diff(circuit.offsets)
    for node in np.flatnonzero(circuit.kinds == Kind.SUM).tolist():
        m = arities[node]
        found = grown.position(int(circuit.ids[node]))
        assert len(grown.children_of(found)) == (2 * m if m > 1 else m)


def learned():
    random = np.random.default_rng(0)
    rows = random.integers(2, size=(400, 6)).astype(float)
    rows[:, 1], rows[:, 3] = rows[:, 0], 1 - rows[:, 2]
    return fit(hclt(rows, latents=4), rows, epochs=4).circuit, rows


def test_four_times_the_edges_and_the_same_size_after_pruning():
    circuit, rows = learned()
    grown = grow(circuit)
    roots = np.diff(circuit.offsets)[circuit.root]
    n_edges, n_grown = int(circuit.is_sum_edge.sum()), int(grown.is_sum_edge.sum())
    assert n_grown == 4 * (n_edges - roots) + 2 * roots
    kept = prune(grown, rows, keep=n_edges / n_grown).circuit
    assert kept.is_sum_edge.sum() <= n_edges


def test_seed_and_noise_decide_how_far_the_copies_are():
    circuit, rows = learned()
    assert grow(circuit, seed=1) == grow(circuit, seed=1) != grow(circuit, seed=2)
    before = log_likelihood(circuit, rows).mean()
    losses = [before - log_likelihood(grow(circuit, noise), rows).mean() for noise in (0.05, 1.0)]
    assert abs(losses[0]) < 0.05 < losses[1]


def test_copies_drift_apart_as_they_learn():
    circuit, rows = learned()
    better = fit(grow(circuit), rows, epochs=30, pseudocount=0.0).circuit
    sums = np.flatnonzero((better.kinds == Kind.SUM) & (np.diff(better.offsets) > 1))
    tables = {tuple(np.exp(better.log_weights[better.edge_parents == n]).round(6)) for n in sums}
    assert len(tables) == len(sums)


def test_indicators_are_shared():
    build = Builder((categorical("x", 2),))
    sides = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    soft = build.categorical(0, [0.3, 0.7])
    circuit = build.circuit(build.sum([*sides, soft], [0.2, 0.3, 0.5]))
    grown = grow(circuit, noise=0.0)
    assert (grown.kinds == Kind.LEAF).sum() == 4
    np.testing.assert_allclose(np.exp(grown.log_weights), [0.2, 0.3, 0.25, 0.25])


def test_a_sum_over_one_child_stays_such_in_both_copies():
    build = Builder((categorical("x", 2), categorical("y", 2)))
    below = [build.sum([build.categorical(0, [p, 1 - p])], [1.0]) for p in (0.2, 0.9)]
    parts = [build.product([node, build.categorical(1, [0.5, 0.5])]) for node in below]
    grown = grow(build.circuit(build.sum(parts, [0.4, 0.6])))
    arities = np.diff(grown.offsets)[grown.kinds == Kind.SUM]
    assert sorted(arities.tolist()) == [1, 1, 1, 1, 4]


def test_a_root_that_is_a_leaf_or_a_product_stays_as_it_is():
    build = Builder((categorical("x", 2), categorical("y", 2)))
    leaves = [build.categorical(v, [0.5, 0.5]) for v in (0, 1)]
    product = build.circuit(build.product(leaves))
    assert grow(product) == product
    alone = Builder((categorical("x", 2),))
    leaf = alone.circuit(alone.categorical(0, [0.1, 0.9]))
    assert grow(leaf) == leaf


def test_bad_requests_are_named(monkeypatch):
    circuit, _ = learned()
    for noise in (-0.1, np.inf, np.nan):
        with pytest.raises(ParameterError, match="noise"):
            grow(circuit, noise)
    module = importlib.import_module("workbench.learning.grow")
    monkeypatch.setattr(module, "LIMITS", replace(module.LIMITS, n_edges=10))
    with pytest.raises(LimitError, match="edges"):
        grow(circuit)
