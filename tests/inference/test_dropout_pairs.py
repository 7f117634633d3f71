import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import _Grower

from workbench.circuits import Builder, hclt
from workbench.circuits.circuit import Kind
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical
from workbench.errors import LimitError, ParameterError, StructureError
from workbench.inference import dropout, dropout_samples, exact_dropout
from workbench.uncertainty import deviation

MOST_EDGES = 12


class _Halving(_Grower):
    """Splits every scope at one place, so that the circuit is structured."""

    def product(self, scope):
        halves = (scope[: len(scope) // 2], scope[len(scope) // 2 :])
        return self.build.product([int(self.random.choice(self.pool(half))) for half in halves])


@st.composite
def structured(draw):
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    variables = [categorical(f"v{k}", 2) for k in range(draw(st.integers(1, 4)))]
    has_zeros = draw(st.booleans())
    normalised = draw(st.booleans())
    return _Halving(random, variables, draw(st.integers(1, 3)), has_zeros, normalised).circuit()


def by_enumeration(circuit, row, rate, scale=1.0):
    """Mean and variance over every set of dropped edges, all sets at once."""
    edges = np.flatnonzero(circuit.is_sum_edge)
    kept = (np.arange(2 ** len(edges))[:, None] >> np.arange(len(edges))) % 2 == 1
    weights = np.ones((len(kept), circuit.n_edges))
    weights[:, edges] = kept * np.exp(circuit.log_weights[edges]) * scale
    leaves = np.exp(ReferenceEngine(circuit).node_values(row)[:, 0])
    values = np.empty((circuit.n_nodes, len(kept)))
    for node in range(circuit.n_nodes):
        span = slice(circuit.offsets[node], circuit.offsets[node + 1])
        below = values[circuit.children[span]]
        if circuit.kinds[node] == Kind.LEAF:
            values[node] = leaves[node]
        elif circuit.kinds[node] == Kind.SUM:
            values[node] = (weights[:, span].T * below).sum(axis=0)
        else:
            values[node] = below.prod(axis=0)
    chance = np.where(kept, 1 - rate, rate).prod(axis=1)
    mean = chance @ values[-1]
    return mean, chance @ (values[-1] - mean) ** 2


@settings(max_examples=60)
@given(structured(), st.sampled_from([0.0, 0.05, 0.4]), st.data())
def test_equals_every_set_of_dropped_edges(circuit, rate, data):
    assume(circuit.is_sum_edge.sum() <= MOST_EDGES)
    row = np.array(
        [data.draw(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=4, max_size=4))]
    )[:, : len(circuit.variables)]
    for rescale in (False, True):
        scale = 1 / (1 - rate) if rescale else 1.0
        mean, variance = by_enumeration(circuit, row, rate, scale)
        found = exact_dropout(circuit, row, rate, rescale=rescale)
        np.testing.assert_allclose(np.exp(found.log_mean), mean, rtol=1e-10)
        np.testing.assert_allclose(np.exp(found.log_variance), variance, rtol=1e-9, atol=1e-18)


@settings(max_examples=30)
@given(structured())
def test_the_pass_that_ignores_sharing_never_gives_more(circuit):
    row = np.full((1, len(circuit.variables)), 1.0)
    one_pass, exact = dropout(circuit, row, 0.1), exact_dropout(circuit, row, 0.1)
    np.testing.assert_allclose(one_pass.log_mean, exact.log_mean, atol=1e-10)
    assert one_pass.log_variance[0] <= exact.log_variance[0] + 1e-9
    if one_pass.exact:
        np.testing.assert_allclose(one_pass.log_variance, exact.log_variance, atol=1e-9)


def chain(latents=4, n_variables=8):
    random = np.random.default_rng(0)
    flips = random.random((400, n_variables)) < 0.2
    rows = (np.cumsum(flips, axis=1) % 2).astype(float)
    return hclt(rows, latents=latents, seed=0), rows


def test_equals_monte_carlo_on_shared_nodes_where_the_pass_does_not():
    circuit, rows = chain()
    found, one_pass = (verb(circuit, rows[:1], 0.05) for verb in (exact_dropout, dropout))
    samples = np.exp(dropout_samples(circuit, rows[0], 0.05, 100_000, seed=2) - found.log_mean)
    measured = deviation(samples)
    assert abs(found.relative_deviation[0] - measured.value) < 3 * measured.standard_error
    assert one_pass.relative_deviation[0] < measured.value - 10 * measured.standard_error
    assert found.exact
    assert not one_pass.exact


def test_rows_do_not_depend_on_each_other(monkeypatch):
    circuit, rows = chain(latents=2)
    together = exact_dropout(circuit, rows[:7], 0.1).log_variance
    monkeypatch.setattr("workbench.inference.dropout_pairs._ENTRIES_AT_ONCE", 1)
    apart = exact_dropout(circuit, rows[:7], 0.1).log_variance
    np.testing.assert_allclose(apart, together, atol=1e-12)
    assert exact_dropout(circuit, rows[:0], 0.1).log_mean.shape == (0,)


def test_circuits_that_split_differently_are_refused_with_a_witness():
    build = Builder([categorical(name, 2) for name in "xyz"])

    def mixed(*variables):
        pairs = [[build.categorical(v, p) for v in variables] for p in ([0.1, 0.9], [0.6, 0.4])]
        return build.sum([build.product(pair) for pair in pairs], [0.5, 0.5])

    single = [build.categorical(v, [0.5, 0.5]) for v in range(3)]
    parts = [build.product([mixed(0, 1), single[2]]), build.product([single[0], mixed(1, 2)])]
    circuit = build.circuit(build.sum(parts, [0.5, 0.5]))
    with pytest.raises(StructureError, match=r"#\d+ {z} x #\d+ {x, y} and .*inference\.dropout"):
        exact_dropout(circuit, [[0, 0, 0]], 0.1)


def test_bad_requests_are_errors(monkeypatch):
    circuit, rows = chain(latents=2, n_variables=3)
    with pytest.raises(ParameterError, match=r"dropout=1\.5"):
        exact_dropout(circuit, rows[:1], 1.5)
    monkeypatch.setattr("workbench.inference.dropout_pairs.MOST_PAIRS", 3)
    circuit, rows = chain(latents=2, n_variables=3)
    with pytest.raises(LimitError, match="pairs of nodes"):
        exact_dropout(circuit, rows[:1], 0.1)
