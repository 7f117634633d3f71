import importlib
import itertools

import numpy as np
import pytest

from workbench.circuits import Kind, check
from workbench.circuits.memory import size_of
from workbench.circuits.reference import ReferenceEngine, enumerate_log_likelihood
from workbench.circuits.structures.hmm import _Chain, _Model, hmm, hmm_size
from workbench.core import memory
from workbench.data.variables import categorical, continuous
from workbench.errors import LimitError, ParameterError

MODULE = importlib.import_module("workbench.circuits.structures.hmm")
SYMBOLS = tuple(categorical(f"t{k}", 3) for k in range(4))


def model(n_states=2, n_steps=4, n_symbols=3, seed=0):
    random = np.random.default_rng(seed)
    return _Model(
        random.dirichlet(np.ones(n_states)),
        random.dirichlet(np.ones(n_states), size=(n_steps - 1, n_states)),
        [np.log(random.dirichlet(np.ones(n_symbols), size=n_states)) for _ in range(n_steps)],
    )


def sequences(n_rows=300, n_steps=6, seed=0):
    """Two hidden states that like to stay, each with its own symbols of three."""
    random = np.random.default_rng(seed)
    state = random.integers(2, size=n_rows)
    columns = []
    for _ in range(n_steps):
        state = np.where(random.random(n_rows) < 0.1, 1 - state, state)
        shares = np.array([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])[state]
        columns.append((random.random((n_rows, 1)) > shares.cumsum(axis=1)).sum(axis=1))
    return np.stack(columns, axis=1).astype(float)


def likelihood(circuit, rows):
    return ReferenceEngine(circuit).log_likelihood(rows)


def paths(found, row):
    """The probability of a row with each path of states: (path, probability)."""
    n_states, n_steps = len(found.first), len(row)
    for path in itertools.product(range(n_states), repeat=n_steps):
        value = found.first[path[0]]
        for step in range(n_steps):
            if step:
                value *= found.transitions[step - 1][path[step - 1], path[step]]
            if not np.isnan(row[step]):
                value *= np.exp(found.tables[step][path[step], int(row[step])])
        yield path, value


def test_expected_counts_are_those_of_all_paths():
    truth = model()
    rows = np.array([[0, 1, 2, 1], [2, 2, np.nan, 0], [np.nan, np.nan, np.nan, np.nan]])
    found = _Chain(rows, SYMBOLS, homogeneous=False).expect(truth)
    first, pairs = np.zeros(2), np.zeros((3, 2, 2))
    cells = np.zeros((4, 2, 3))
    for row in rows:
        known = list(paths(truth, row))
        total = sum(value for _, value in known)
        for path, value in known:
            first[path[0]] += value / total
            for step in range(4):
                if step:
                    pairs[step - 1][path[step - 1], path[step]] += value / total
                if not np.isnan(row[step]):
                    cells[step, path[step], int(row[step])] += value / total
    np.testing.assert_allclose(found.first, first)
    np.testing.assert_allclose(found.pairs, pairs)
    np.testing.assert_allclose(np.stack(found.cells), cells)


def test_pieces_of_the_rows_add_up(monkeypatch):
    truth, rows = model(), sequences(50, 4)
    whole = _Chain(rows, SYMBOLS, homogeneous=False).expect(truth)
    monkeypatch.setattr(MODULE, "AT_ONCE", 500)
    pieces = _Chain(rows, SYMBOLS, homogeneous=False).expect(truth)
    np.testing.assert_allclose(pieces.pairs, whole.pairs)
    np.testing.assert_allclose(np.stack(pieces.cells), np.stack(whole.cells))


def test_the_circuit_is_the_sum_over_paths(monkeypatch):
    truth = model(3)
    monkeypatch.setattr(_Chain, "maximise", lambda self, counts: truth)
    circuit = hmm(sequences(20, 4), latents=3, rounds=0, variables=SYMBOLS)
    rows = np.array([[0, 1, 2, 1], [2, np.nan, 0, 0]])
    expected = [np.log(sum(value for _, value in paths(truth, row))) for row in rows]
    np.testing.assert_allclose(likelihood(circuit, rows), expected)
    np.testing.assert_allclose(enumerate_log_likelihood(circuit, rows), expected)


def test_a_homogeneous_model_has_equal_steps():
    circuit = hmm(sequences(), latents=3)
    tables = [circuit.table_of(n) for n in np.flatnonzero(circuit.leaf_variables == 0)]
    for step in range(6):
        mine = [circuit.table_of(n) for n in np.flatnonzero(circuit.leaf_variables == step)]
        np.testing.assert_array_equal(mine, tables)
    sums = np.flatnonzero(circuit.kinds == Kind.SUM)[:-1].reshape(5, 3)
    weights = [[circuit.log_weights[slice(*circuit.offsets[n : n + 2])] for n in s] for s in sums]
    assert np.ptp(np.array(weights), axis=0).max() == 0.0


def test_otherwise_each_step_is_its_own():
    rows = np.repeat([[0, 1, 0, 1], [1, 0, 0, 0]], 20, axis=0).astype(float)
    one = hmm(rows, latents=2, homogeneous=False, variables=[categorical(n, 2) for n in "abcd"])
    assert likelihood(one, rows).mean() == pytest.approx(np.log(0.5), abs=0.3)
    alike = hmm(rows, latents=2, homogeneous=True, variables=[categorical(n, 2) for n in "abcd"])
    assert likelihood(alike, rows).mean() < likelihood(one, rows).mean()


@pytest.mark.parametrize("homogeneous", [True, False])
def test_rounds_raise_the_likelihood(homogeneous, monkeypatch):
    monkeypatch.setattr(MODULE, "SMOOTHING", 1e-9)
    rows = sequences()
    rows[::7, 2] = np.nan
    scores = [
        likelihood(hmm(rows, 3, n, homogeneous, variables=[categorical("s", 3)] * 6), rows).mean()
        for n in range(6)
    ]
    assert (np.diff(scores) > 0).all()


def test_hidden_states_are_found():
    """Close to the model that made the rows, and better than columns on their own."""
    rows = sequences(1500)
    test = sequences(500, seed=1)
    found = likelihood(hmm(rows, latents=2, rounds=30), test).mean()
    shares = np.bincount(rows.ravel().astype(int)) / rows.size
    alone = np.log(shares[test.astype(int)]).sum(axis=1).mean()
    stay, emit = np.array([[0.9, 0.1], [0.1, 0.9]]), [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]]
    truth = _Model(np.full(2, 0.5), np.tile(stay, (5, 1, 1)), [np.log(emit)] * 6)
    best = np.mean([np.log(sum(value for _, value in paths(truth, row))) for row in test])
    assert alone + 0.4 < found
    assert best - 0.02 < found <= best + 0.02


def test_columns_of_different_kinds_have_their_own_leaves():
    random = np.random.default_rng(0)
    group = random.integers(2, size=400)
    rows = np.stack([group, 10.0 * group + random.normal(size=400), 2 * group], axis=1)
    variables = (categorical("a", 2), continuous("x"), categorical("b", 3))
    circuit = hmm(rows, latents=2, variables=variables)
    assert likelihood(circuit, rows).mean() > -2.3
    with pytest.raises(ParameterError, match="columns of different kinds or categories"):
        hmm(rows, latents=2, homogeneous=True, variables=variables)


@pytest.mark.parametrize("n_steps", [1, 2, 5])
@pytest.mark.parametrize("latents", [1, 3])
def test_sizes_are_exact(n_steps, latents):
    rows = sequences(30, n_steps)
    variables = [categorical(f"t{k}", 3) for k in range(n_steps)]
    circuit = hmm(rows, latents, 1, variables=variables)
    assert size_of(circuit) == hmm_size(variables, latents)
    found = check(circuit)
    assert found.smooth
    assert found.structured


def test_long_sequences_do_not_leave_the_range_of_numbers():
    rows = np.tile(sequences(4, 50), (1, 20))
    circuit = hmm(rows, latents=2, rounds=2)
    assert np.isfinite(likelihood(circuit, rows)).all()


def test_bad_requests_are_named():
    with pytest.raises(ParameterError, match="latents=0 and rounds=1"):
        hmm(sequences(), latents=0, rounds=1)
    with pytest.raises(ParameterError, match="rounds=-1"):
        hmm(sequences(), rounds=-1)
    with pytest.raises(LimitError, match="too many edges"):
        hmm(sequences(), latents=6000)


def test_what_does_not_fit_in_memory_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 100 * 2**20)
    with pytest.raises(LimitError, match="too little memory to build a circuit of"):
        hmm(sequences(), latents=900)
