import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.circuits import Builder, Kind, hclt
from workbench.data import categorical, load
from workbench.errors import ParameterError
from workbench.inference import marginal, sample
from workbench.studies import excerpt, portrait


@pytest.fixture(scope="module")
def circuit():
    return hclt(load("iris", bins=3), latents=3, seed=0)


@settings(max_examples=25)
@given(st.data())
def test_an_excerpt_is_a_part_of_the_circuit(circuit, data):
    node = data.draw(st.integers(0, circuit.n_nodes - 1))
    width = data.draw(st.integers(1, 4))
    unit = int(circuit.ids[node])
    part = excerpt(circuit, unit, (width,))
    assert part.ids[part.root] == unit
    assert set(part.ids.tolist()) <= set(circuit.ids.tolist())
    assert part.scope_of(part.root) == circuit.scope_of(node)
    whole = dict(zip(edges(circuit), circuit.log_weights.tolist(), strict=True))
    for edge, weight in zip(edges(part), part.log_weights.tolist(), strict=True):
        assert whole[edge] == weight


def edges(circuit):
    parents = circuit.ids[circuit.edge_parents].tolist()
    return list(zip(parents, circuit.ids[circuit.children].tolist(), strict=True))


def test_the_heaviest_children_are_kept(circuit):
    root = int(circuit.ids[circuit.root])
    part = excerpt(circuit, root, (2,))
    kept = part.log_weights[part.edge_parents == part.root]
    own = circuit.log_weights[circuit.edge_parents == circuit.root]
    assert sorted(kept.tolist()) == sorted(own.tolist())[-2:]


def test_an_unknown_unit_is_refused(circuit):
    with pytest.raises(ParameterError, match="no such node"):
        excerpt(circuit, 10**9)


def test_a_portrait_is_the_mean_of_the_marginals(circuit):
    expected = []
    for variable in range(len(circuit.variables)):
        rows = np.full((3, len(circuit.variables)), np.nan)
        rows[:, variable] = range(3)
        p = np.exp(marginal(circuit, rows))
        expected.append(float(p @ np.arange(3)))
    assert portrait(circuit, circuit.root) == pytest.approx(expected, abs=1e-9)


def test_a_portrait_is_near_the_mean_of_samples(circuit):
    rows = sample(circuit, 20_000, seed=1)
    assert portrait(circuit, circuit.root) == pytest.approx(rows.mean(axis=0), abs=0.05)


def test_outside_the_scope_there_is_nothing(circuit):
    leaf = int(np.flatnonzero(circuit.kinds == Kind.LEAF)[0])
    found = portrait(circuit, leaf)
    known = np.flatnonzero(~np.isnan(found)).tolist()
    assert known == list(circuit.scope_of(leaf))


def test_children_named_stay_whatever_their_weight():
    build = Builder((categorical("x", 2),))
    leaves = [build.categorical(0, [p, 1 - p]) for p in (0.1, 0.3, 0.5, 0.9)]
    circuit = build.circuit(build.sum(leaves, [0.05, 0.5, 0.3, 0.15]))
    assert excerpt(circuit, circuit.root, (1,)).ids.tolist() == [1, 4]
    assert excerpt(circuit, circuit.root, (1,), keep=(0, 3)).ids.tolist() == [0, 1, 3, 4]
