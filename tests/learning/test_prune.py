import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits, rows_for

from workbench.circuits import Builder, Kind, hclt
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical
from workbench.errors import DataError, ParameterError, StructureError
from workbench.inference import log_likelihood
from workbench.learning import fit, prune


def removed_edges(circuit, table):
    pairs = set(zip(table["parent"].tolist(), table["child"].tolist(), strict=True))
    ends = zip(circuit.ids[circuit.edge_parents], circuit.ids[circuit.children], strict=True)
    return np.array([(int(parent), int(child)) in pairs for parent, child in ends])


@settings(max_examples=60)
@given(st.data())
def test_loss_never_exceeds_the_bound(data):
    circuit = data.draw(circuits(mixed=True))
    rows = data.draw(rows_for(circuit, max_rows=12))
    by = data.draw(st.sampled_from(["flow", "weight", "random"]))
    blocks = data.draw(st.booleans())
    pruned = prune(circuit, rows, keep=data.draw(st.floats(0.05, 1.0)), by=by, blocks=blocks)
    before, after = log_likelihood(circuit, rows), log_likelihood(pruned.circuit, rows)
    possible = before > -np.inf
    loss = float((before[possible] - after[possible]).mean()) if possible.any() else 0.0
    assert pruned.loss == pytest.approx(loss, abs=1e-9)
    assert pruned.loss <= pruned.bound + 1e-9


@pytest.mark.slow
def test_a_thousand_random_prunings_keep_the_bound():
    random = np.random.default_rng(0)
    rows = random.integers(3, size=(60, 5)).astype(float)
    rows[:, 1], rows[random.random(rows.shape) < 0.1] = rows[:, 0], np.nan
    circuit = fit(hclt(rows, latents=3), rows, epochs=4, device="cpu").circuit
    engine, before = ReferenceEngine(circuit), log_likelihood(circuit, rows)
    for seed in range(1000):
        keep = float(random.uniform(0.1, 1.0))
        pruned = prune(circuit, rows, keep=keep, by="random", seed=seed, blocks=seed % 4 == 0)
        gone = removed_edges(circuit, pruned.removed)
        engine.set_parameters(np.where(gone, -np.inf, circuit.log_weights), circuit.leaf_parameters)
        bound = (before - engine.log_likelihood(rows)).mean()
        loss = (before - ReferenceEngine(pruned.circuit).log_likelihood(rows)).mean()
        assert pruned.bound == pytest.approx(bound, abs=1e-9)
        assert pruned.loss == pytest.approx(loss, abs=1e-9)
        assert loss <= bound + 1e-9


@settings(max_examples=30)
@given(st.data())
def test_what_a_loss_allows_is_all_that_goes(data):
    circuit = data.draw(circuits(zeros=False))
    rows = data.draw(rows_for(circuit, max_rows=8))
    allowed = data.draw(st.floats(0.0, 2.0))
    blocks = data.draw(st.booleans())
    pruned = prune(circuit, rows, loss=allowed, blocks=blocks)
    assert pruned.loss <= pruned.bound + 1e-9
    assert pruned.bound <= allowed
    if not blocks:
        one_more = pruned.removed.n_rows + 1
        if one_more <= circuit.is_sum_edge.sum():
            further = prune(circuit, rows, remove=one_more)
            assert further.removed.n_rows < one_more or further.bound > allowed


def test_size_is_the_number_of_sum_edges():
    circuit, rows = learned()
    n_edges = int(circuit.is_sum_edge.sum())
    pruned = prune(circuit, rows, size=n_edges - 10)
    assert pruned.removed.n_rows == 10
    assert prune(circuit, rows, size=n_edges + 5).circuit == circuit


def test_blocks_stay_dense():
    circuit, rows = learned()
    pruned = prune(circuit, rows, keep=0.5, blocks=True)
    n_edges = int(circuit.is_sum_edge.sum())
    assert 0 < pruned.removed.n_rows <= n_edges - round(0.5 * n_edges)
    below = {}
    for node in np.flatnonzero(circuit.kinds == Kind.SUM).tolist():
        key = tuple(circuit.children_of(node).tolist())
        below.setdefault(key, []).append(int(circuit.ids[node]))
    for ids in below.values():
        left = [k for k in ids if k in pruned.circuit.ids]
        children = {
            tuple(
                pruned.circuit.ids[pruned.circuit.children_of(pruned.circuit.position(k))].tolist()
            )
            for k in left
        }
        assert len(children) <= 1


@settings(max_examples=30)
@given(st.data())
def test_bound_is_at_most_the_union_bound(data):
    circuit = data.draw(circuits(zeros=False))
    rows = data.draw(rows_for(circuit, max_rows=8))
    pruned = prune(
        circuit,
        rows,
        remove=data.draw(st.integers(0, 3).filter(lambda n: n <= circuit.is_sum_edge.sum())),
    )
    gone = removed_edges(circuit, pruned.removed)
    flow = ReferenceEngine(circuit).edge_flows(rows)[gone].sum(axis=0)
    union = np.mean(-np.log(1.0 - flow)) if (flow < 1.0).all() else np.inf
    assert pruned.bound <= union + 1e-9


@settings(max_examples=40)
@given(st.data())
def test_what_remains_is_a_normalised_circuit_with_its_ids(data):
    circuit = data.draw(circuits(mixed=True))
    rows = data.draw(rows_for(circuit, max_rows=5))
    pruned = prune(circuit, rows, keep=0.3).circuit
    nothing = np.full((1, len(circuit.variables)), np.nan)
    assert log_likelihood(pruned, nothing)[0] == pytest.approx(0.0, abs=1e-9)
    assert pruned.scope == circuit.scope
    assert set(pruned.ids.tolist()) <= set(circuit.ids.tolist())
    assert pruned.next_id == circuit.next_id
    for node_id in pruned.ids.tolist():
        old, new = circuit.position(node_id), pruned.position(node_id)
        assert circuit.kinds[old] == pruned.kinds[new]
        assert circuit.scope_of(old) == pruned.scope_of(new)
        np.testing.assert_array_equal(circuit.table_of(old), pruned.table_of(new))


def learned():
    random = np.random.default_rng(0)
    rows = random.integers(2, size=(500, 6)).astype(float)
    rows[:, 1], rows[:, 3] = rows[:, 0], 1 - rows[:, 2]
    return fit(hclt(rows, latents=4), rows, epochs=8).circuit, rows


def test_keep_is_the_share_of_sum_edges():
    circuit, rows = learned()
    for keep in (0.9, 0.5):
        pruned = prune(circuit, rows, keep=keep)
        gone = pruned.removed.n_rows
        assert gone == circuit.is_sum_edge.sum() - round(keep * circuit.is_sum_edge.sum())
        assert pruned.circuit.is_sum_edge.sum() <= circuit.is_sum_edge.sum() - gone


def test_keeping_everything_changes_nothing():
    circuit, rows = learned()
    pruned = prune(circuit, rows, keep=1.0)
    assert pruned.circuit == circuit
    assert (pruned.bound, pruned.loss, pruned.removed.n_rows) == (0.0, 0.0, 0)


def test_a_sum_never_loses_its_last_child():
    circuit, rows = learned()
    n_edges = int(circuit.is_sum_edge.sum())
    pruned = prune(circuit, rows, remove=n_edges)
    assert (np.diff(pruned.circuit.offsets)[pruned.circuit.kinds == Kind.SUM] == 1).all()
    assert pruned.removed.n_rows == n_edges - (circuit.kinds == Kind.SUM).sum()


def test_flow_removes_what_the_rows_use_least():
    circuit, rows = learned()
    pruned = prune(circuit, rows, keep=0.6)
    flows = ReferenceEngine(circuit).flows(rows).edges
    gone = removed_edges(circuit, pruned.removed)
    np.testing.assert_allclose(np.sort(pruned.removed["score"]), np.sort(flows[gone]), atol=1e-8)
    kept = circuit.is_sum_edge & ~gone
    best = np.full(circuit.n_nodes, -np.inf)
    np.maximum.at(best, circuit.edge_parents[kept], flows[kept])
    not_protected = kept & (flows < best[circuit.edge_parents])
    assert flows[gone].max() <= flows[not_protected].min() + 1e-8


def test_flow_costs_less_than_chance():
    circuit, rows = learned()
    assert prune(circuit, rows, keep=0.5).loss < prune(circuit, rows, keep=0.5, by="random").loss


def test_a_row_without_any_way_left_makes_bound_and_loss_infinite():
    build = Builder((categorical("x", 2),))
    leaves = [build.categorical(0, [1, 0]), build.categorical(0, [0, 1])]
    circuit = build.circuit(build.sum(leaves, [0.9, 0.1]))
    pruned = prune(circuit, [[0.0], [1.0]], remove=1, by="weight")
    assert (pruned.bound, pruned.loss) == (np.inf, np.inf)


def test_bad_requests_are_named():
    circuit, rows = learned()
    for options, message in (
        ({"keep": 0.0}, "keep=0.0"),
        ({"keep": 1.5}, "keep=1.5"),
        ({"by": "luck"}, "'luck'"),
        ({"remove": -1}, "remove=-1"),
        ({"size": 0}, "size=0"),
        ({"loss": -0.5}, "loss=-0.5"),
    ):
        with pytest.raises(ParameterError, match=message):
            prune(circuit, rows, **options)
    with pytest.raises(DataError, match="no rows"):
        prune(circuit, np.empty((0, 6)))
    build = Builder((categorical("x", 2),))
    leaf = build.categorical(0, [0.5, 0.5])
    with pytest.raises(StructureError, match="sum #1"):
        prune(build.circuit(build.sum([leaf], [2.0])), [[0.0]])
