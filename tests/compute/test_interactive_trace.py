"""Traces kept up to date under edits equal fresh ones bit by bit."""

import numpy as np
import pytest
from families import every_family
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits_and_rows

from workbench.circuits import Builder, Circuit, Kind, hclt, normalised, with_parameters
from workbench.circuits.removal import without_edges
from workbench.compute.devices import choose
from workbench.compute.interactive import InteractiveEngine
from workbench.compute.interactive_trace import retrace, trace
from workbench.data.variables import categorical
from workbench.errors import DataError, ParameterError


def other_weights(circuit, random):
    """Some weights of some sums are other ones, rarely zero."""
    chosen = circuit.is_sum_edge & (random.random(circuit.n_edges) < 0.3)
    weights = circuit.log_weights.copy()
    weights[chosen] = np.log(random.uniform(0.1, 1.0, size=int(chosen.sum())))
    weights[chosen & (random.random(circuit.n_edges) < 0.1)] = -np.inf
    return with_parameters(circuit, log_weights=weights, leaf_parameters=circuit.leaf_parameters)


def other_leaves(circuit, random):
    """Some leaves have other parameters."""
    leaf = random.choice(np.flatnonzero(circuit.kinds == Kind.LEAF))
    parameters = circuit.leaf_parameters.copy()
    span = slice(circuit.leaf_offsets[leaf], circuit.leaf_offsets[leaf + 1])
    parameters[span] = np.log(random.dirichlet(np.ones(len(parameters[span]))))
    return with_parameters(circuit, log_weights=circuit.log_weights, leaf_parameters=parameters)


def fewer_edges(circuit, random):
    """Some edges of sums are gone, and with them what hung on them alone."""
    removed = circuit.is_sum_edge & (random.random(circuit.n_edges) < 0.3)
    removed[circuit.offsets[:-1][circuit.kinds == Kind.SUM]] = False
    return without_edges(circuit, removed)


def a_leaf_becomes_a_mixture(circuit, random):
    """A sum over a leaf and a new leaf takes the place of the leaf."""
    leaf = int(random.choice(np.flatnonzero(circuit.kinds == Kind.LEAF)))
    table = circuit.table_of(leaf)
    shift = 2 * (np.arange(circuit.n_nodes) > leaf)
    moved = circuit.children + shift[circuit.children] + 2 * (circuit.children == leaf)
    edge, entry = int(circuit.offsets[leaf]), int(circuit.leaf_offsets[leaf + 1])
    at = [leaf + 1, leaf + 1]

    def with_two(values, new):
        return np.insert(values, at, new)

    return Circuit(
        variables=circuit.variables,
        kinds=with_two(circuit.kinds, [Kind.LEAF, Kind.SUM]),
        offsets=np.append(0, np.cumsum(with_two(np.diff(circuit.offsets), [0, 2]))),
        children=np.insert(moved, [edge, edge], [leaf, leaf + 1]),
        log_weights=np.insert(circuit.log_weights, [edge, edge], np.log([0.25, 0.75])),
        leaf_variables=with_two(circuit.leaf_variables, [circuit.leaf_variables[leaf], -1]),
        leaf_families=with_two(circuit.leaf_families, [circuit.leaf_families[leaf], -1]),
        leaf_offsets=np.append(
            0, np.cumsum(with_two(np.diff(circuit.leaf_offsets), [len(table), 0]))
        ),
        leaf_parameters=np.insert(circuit.leaf_parameters, [entry] * len(table), np.roll(table, 1)),
        ids=with_two(circuit.ids, [circuit.next_id, circuit.next_id + 1]),
        next_id=circuit.next_id + 2,
    )


def a_root_above(circuit, random):
    """The old root is twice the child of a new one."""
    return Circuit(
        variables=circuit.variables,
        kinds=np.append(circuit.kinds, Kind.SUM),
        offsets=np.append(circuit.offsets, circuit.n_edges + 2),
        children=np.append(circuit.children, [circuit.root, circuit.root]),
        log_weights=np.append(circuit.log_weights, np.log([0.5, 0.25])),
        leaf_variables=np.append(circuit.leaf_variables, -1),
        leaf_families=np.append(circuit.leaf_families, -1),
        leaf_offsets=np.append(circuit.leaf_offsets, circuit.leaf_offsets[-1]),
        leaf_parameters=circuit.leaf_parameters,
        ids=np.append(circuit.ids, circuit.next_id),
        next_id=circuit.next_id + 1,
    )


def another_order(circuit, random):
    """The same nodes, sorted by level and by chance within a level."""
    order = np.lexsort([random.random(circuit.n_nodes), circuit.levels])
    place = np.argsort(order)
    spans = [np.arange(circuit.offsets[n], circuit.offsets[n + 1]) for n in order]
    entries = [np.arange(circuit.leaf_offsets[n], circuit.leaf_offsets[n + 1]) for n in order]
    edges = np.concatenate(spans).astype(np.int64)
    return Circuit(
        variables=circuit.variables,
        kinds=circuit.kinds[order],
        offsets=np.append(0, np.cumsum(np.diff(circuit.offsets)[order])),
        children=place[circuit.children[edges]],
        log_weights=circuit.log_weights[edges],
        leaf_variables=circuit.leaf_variables[order],
        leaf_families=circuit.leaf_families[order],
        leaf_offsets=np.append(0, np.cumsum(np.diff(circuit.leaf_offsets)[order])),
        leaf_parameters=circuit.leaf_parameters[np.concatenate(entries).astype(np.int64)],
        ids=circuit.ids[order],
        next_id=circuit.next_id,
    )


def children_change_places(circuit, random):
    """The first two children of some sums have each other's weight."""
    arity = np.diff(circuit.offsets)
    first = circuit.offsets[:-1][(circuit.kinds == Kind.SUM) & (arity > 1)]
    chosen = first[random.random(len(first)) < 0.5]
    children = circuit.children.copy()
    children[chosen], children[chosen + 1] = children[chosen + 1], children[chosen]
    arrays = {name: getattr(circuit, name) for name in circuit.__dataclass_fields__}
    return Circuit(**{**arrays, "children": children})


def nothing(circuit, random):
    return circuit


EDITS = (
    other_weights,
    other_leaves,
    fewer_edges,
    a_leaf_becomes_a_mixture,
    a_root_above,
    another_order,
    children_change_places,
    nothing,
)


def assert_same(found, fresh):
    for name in ("values", "node_flows", "edge_flows"):
        assert getattr(found, name).tobytes() == getattr(fresh, name).tobytes(), name
    assert found.circuit is fresh.circuit


@settings(max_examples=150, deadline=None)
@given(
    case=circuits_and_rows(max_rows=1, normalised=False),
    seed=st.integers(0, 2**32 - 1),
    edits=st.lists(st.sampled_from(EDITS), min_size=1, max_size=3),
)
def test_after_any_edits_it_equals_a_fresh_trace_bit_by_bit(case, seed, edits):
    circuit, rows = case
    random = np.random.default_rng(seed)
    kept = trace(circuit, rows[0])
    for edit in edits:
        circuit = edit(circuit, random)
        kept = retrace(kept, circuit)
        assert_same(kept, trace(circuit, rows[0]))


@settings(max_examples=40, deadline=None)
@given(
    case=circuits_and_rows(max_rows=1, normalised=False),
    seed=st.integers(0, 2**32 - 1),
    edits=st.lists(st.sampled_from(EDITS), min_size=2, max_size=4),
)
def test_several_edits_may_be_traced_at_once(case, seed, edits):
    circuit, rows = case
    random = np.random.default_rng(seed)
    kept = trace(circuit, rows[0])
    for edit in edits:
        circuit = edit(circuit, random)
    assert_same(retrace(kept, circuit), trace(circuit, rows[0]))


@settings(max_examples=30, deadline=None)
@given(circuits_and_rows(max_rows=1, zeros=False, normalised=False))
def test_normalising_is_an_edit_like_any_other(case):
    circuit, rows = case
    scaled = normalised(circuit)
    assert_same(retrace(trace(circuit, rows[0]), scaled), trace(scaled, rows[0]))


@settings(max_examples=30, deadline=None)
@given(circuits_and_rows(max_rows=1, mixed=True))
def test_a_trace_is_what_the_engine_finds(case):
    circuit, rows = case
    traced = trace(circuit, rows[0])
    engine = InteractiveEngine(circuit, choose(circuit, "cpu"))
    flows = engine.flows(rows[:1])
    assert traced.values.tolist() == engine.node_values(rows[:1])[:, 0].tolist()
    assert traced.log_likelihood == flows.log_likelihood[0]
    np.testing.assert_allclose(traced.node_flows, flows.nodes, atol=1e-15)
    np.testing.assert_allclose(traced.edge_flows, flows.edges, atol=1e-15)


@pytest.mark.parametrize("leaf", range(12))
def test_leaves_of_every_family_are_traced_anew(leaf):
    circuit, rows = every_family()
    parameters = circuit.leaf_parameters.copy()
    node = np.flatnonzero(circuit.kinds == Kind.LEAF)[leaf]
    parameters[circuit.leaf_offsets[node + 1] - 1] -= 0.125
    edited = with_parameters(circuit, log_weights=circuit.log_weights, leaf_parameters=parameters)
    for row in rows[:6]:
        assert_same(retrace(trace(circuit, row), edited), trace(edited, row))


def test_only_ancestors_of_an_edit_are_evaluated():
    rows = np.random.default_rng(2).integers(3, size=(200, 30)).astype(float)
    circuit = hclt(rows, latents=4)
    traced = trace(circuit, rows[0])
    assert traced.n_evaluated == np.count_nonzero(circuit.kinds != Kind.LEAF)
    assert retrace(traced, circuit).n_evaluated == 0
    for node in np.flatnonzero(circuit.kinds == Kind.SUM)[::7]:
        weights = circuit.log_weights.copy()
        weights[circuit.offsets[node]] -= 1.0
        edited = with_parameters(
            circuit, log_weights=weights, leaf_parameters=circuit.leaf_parameters
        )
        found = retrace(traced, edited)
        above = np.zeros(circuit.n_nodes, dtype=bool)
        above[node] = True
        for parent, child in zip(circuit.edge_parents, circuit.children, strict=True):
            above[parent] |= above[child]
        assert 1 <= found.n_evaluated <= above.sum()
        assert_same(found, trace(edited, rows[0]))


def test_an_edit_that_changes_no_value_stops_where_it_is():
    build = Builder((categorical("x", 2),))
    leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [0.0, 1.0])]
    inner = build.sum(leaves, [0.5, 0.5])
    circuit = build.circuit(build.sum([inner, leaves[0]], [0.5, 0.5]))
    weights = circuit.log_weights.copy()
    weights[1] = np.log(0.125)  # of a leaf that gives the row no probability
    edited = with_parameters(circuit, log_weights=weights, leaf_parameters=circuit.leaf_parameters)
    row = np.array([0.0])
    found = retrace(trace(circuit, row), edited)
    assert found.n_evaluated == 1
    assert_same(found, trace(edited, row))


def test_a_node_that_loses_a_parent_without_changing_its_value_loses_flow():
    """The value of a missing variable is 0, so a product without that factor has the same value."""
    build = Builder((categorical("x", 2), categorical("y", 2)))
    shared = build.categorical(1, [0.5, 0.5])
    products = [build.product([build.categorical(0, p), shared]) for p in ([1, 3], [3, 1])]
    circuit = build.circuit(build.sum(products, [0.5, 0.5]))
    arrays = {name: getattr(circuit, name) for name in circuit.__dataclass_fields__}
    node = int(np.flatnonzero(circuit.kinds == Kind.PRODUCT)[0])
    edge = int(circuit.offsets[node]) + 1
    arrays |= {
        "offsets": circuit.offsets - (np.arange(circuit.n_nodes + 1) > node),
        "children": np.delete(circuit.children, edge),
        "log_weights": np.delete(circuit.log_weights, edge),
    }
    row, cut = np.array([0.0, np.nan]), Circuit(**arrays)
    found = retrace(trace(circuit, row), cut)
    assert found.values[-1] == trace(circuit, row).values[-1]
    assert_same(found, trace(cut, row))


def test_a_former_inner_node_may_be_the_root():
    build = Builder((categorical("x", 2),))
    leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [0.25, 0.75])]
    inner = build.sum(leaves, [0.5, 0.5])
    circuit = build.circuit(build.sum([inner, leaves[0]], [0.5, 0.5]))
    below = build.circuit(inner)
    row = np.array([1.0])
    assert_same(retrace(trace(circuit, row), below), trace(below, row))


def test_another_order_of_nodes_adds_flows_in_another_order():
    random = np.random.default_rng(5)
    build = Builder((categorical("x", 2), categorical("y", 2)))
    shared = build.categorical(1, [0.5, 0.5])
    sides = [build.categorical(0, random.dirichlet([1, 1])) for _ in range(40)]
    products = [build.product([side, shared]) for side in sides]
    circuit = build.circuit(build.sum(products, random.dirichlet(np.ones(40))))
    row = np.array([0.0, 1.0])
    fresh = trace(circuit, row)
    orders = [another_order(circuit, np.random.default_rng(seed)) for seed in range(8)]
    flows = {trace(order, row).node_flows[order.ids == shared][0] for order in orders}
    assert len(flows) > 1
    for order in orders:
        assert_same(retrace(fresh, order), trace(order, row))


def test_ids_may_be_sparse():
    build = Builder((categorical("x", 2),))
    leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [0.25, 0.75])]
    circuit = build.circuit(build.sum(leaves, [0.5, 0.5]))
    arrays = {name: getattr(circuit, name) for name in circuit.__dataclass_fields__}
    sparse = Circuit(**{**arrays, "ids": circuit.ids * 10**9, "next_id": 10**10})
    cut = without_edges(sparse, np.array([True, False]))
    row = np.array([1.0])
    assert_same(retrace(trace(sparse, row), cut), trace(cut, row))


def test_a_row_that_does_not_fit_is_refused():
    circuit, _ = every_family()
    with pytest.raises(DataError, match="bad category code"):
        trace(circuit, np.array([7.0, 0, 0, 0, 0, 0]))
    with pytest.raises(DataError, match="do not fit the variables"):
        trace(circuit, np.zeros(3))


def test_a_circuit_over_other_variables_is_refused():
    circuit, rows = every_family()
    build = Builder((categorical("x", 2),))
    other = build.circuit(build.categorical(0, [0.5, 0.5]))
    with pytest.raises(ParameterError, match="other variables"):
        retrace(trace(circuit, rows[0]), other)


def test_traces_are_read_only_and_share_nothing_with_the_row():
    circuit, rows = every_family()
    row = rows[0].copy()
    traced = trace(circuit, row)
    row[:] = 0.0
    assert np.array_equal(traced.row, rows[0], equal_nan=True)
    with pytest.raises(ValueError, match="read-only"):
        traced.values[0] = 1.0
