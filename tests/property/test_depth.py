"""Circuits as deep as they are long: nothing recurses, and nothing is quadratic."""

import numpy as np
import pytest

from workbench.circuits import Builder, Circuit, Kind, check, load, normalised, save, without_edges
from workbench.compute import engine, retrace, trace
from workbench.data.variables import categorical
from workbench.inference import (
    conditional,
    entropy,
    flows,
    log_likelihood,
    marginal,
    marginal_map,
    mpe,
    node_values,
    posteriors,
    sample,
)

VARIABLES = (categorical("x", 2), categorical("y", 2))
STAY = 0.9  # weight of the chain at each sum; the rest goes to one and the same product


def built(depth):
    """A chain of sums and products by turns, node by node: `depth` inner nodes deep."""
    build = Builder(VARIABLES)
    side = build.categorical(1, [0.5, 0.5])
    sides = [build.categorical(0, p) for p in ([0.3, 0.7], [0.6, 0.4])]
    ends = [build.product([one, side]) for one in sides]
    here = ends[0]
    for _ in range(depth // 2):
        here = build.product([build.sum([here, ends[1]], [STAY, 1.0 - STAY])])
    return build.circuit(here)


def from_arrays(depth):
    """The same chain as flat arrays."""
    n_pairs = depth // 2
    first = 5 + 2 * np.arange(n_pairs)
    before = np.concatenate([[3], first[:-1] + 1])
    links = np.stack([before, np.full(n_pairs, 4), first], axis=1).ravel()
    weights = np.tile(np.log([STAY, 1.0 - STAY, 1.0]), n_pairs)
    n_nodes = 5 + depth
    arities = np.concatenate([[0, 0, 0, 2, 2], np.tile([2, 1], n_pairs)])
    leaf = np.arange(n_nodes) < 3
    return Circuit(
        variables=VARIABLES,
        kinds=np.concatenate([[0, 0, 0, 2, 2], np.tile([Kind.SUM, Kind.PRODUCT], n_pairs)]),
        offsets=np.append(0, np.cumsum(arities)),
        children=np.concatenate([[1, 0, 2, 0], links]),
        log_weights=np.concatenate([np.zeros(4), weights]),
        leaf_variables=np.where(leaf, np.arange(n_nodes) == 0, -1),
        leaf_families=np.where(leaf, 0, -1),
        leaf_offsets=2 * np.minimum(np.arange(n_nodes + 1), 3),
        leaf_parameters=np.log([0.5, 0.5, 0.3, 0.7, 0.6, 0.4]),
        ids=np.arange(n_nodes),
        next_id=n_nodes,
    )


def expected(depth, rows):
    """The closed form: a geometric mixture of the two ends."""
    stay = STAY ** (depth // 2)
    x = np.array([[0.3, 0.7], [0.6, 0.4]])
    codes = np.nan_to_num(rows[:, 0]).astype(int)
    of_x = np.where(np.isnan(rows[:, 0]), 1.0, stay * x[0][codes] + (1 - stay) * x[1][codes])
    return np.log(of_x * np.where(np.isnan(rows[:, 1]), 1.0, 0.5))


ROWS = np.array([[0, 1], [1, 0], [1, np.nan], [np.nan, 0], [np.nan, np.nan]])
DEPTHS = [
    pytest.param(100_000, id="1e5"),
    pytest.param(1_000_000, id="1e6", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", params=DEPTHS)
def chain(request):
    return from_arrays(request.param)


def test_a_chain_is_the_same_node_by_node_and_from_arrays():
    for depth in (2, 10, 20_000):
        assert built(depth) == from_arrays(depth)


@pytest.mark.slow
def test_a_million_nodes_are_built_one_by_one():
    assert built(1_000_000) == from_arrays(1_000_000)


def test_its_height_is_its_depth(chain):
    assert chain.levels[-1] == chain.n_nodes - 4
    assert chain.scope == (0, 1)


def test_its_properties_are_decided(chain):
    found = check(chain)
    assert found.smooth
    assert found.decomposable
    assert not found.deterministic
    assert "both accept every x" in found.deterministic.witness.sentence


@pytest.mark.parametrize("n_rows", [1, 40])
def test_its_likelihoods_are_those_of_the_closed_form(chain, n_rows):
    rows = np.resize(ROWS, (n_rows, 2))
    depth = chain.n_nodes - 5
    found = engine(chain, "cpu").log_likelihood(rows)
    np.testing.assert_allclose(found, expected(depth, rows), atol=1e-9)


@pytest.mark.parametrize("n_rows", [1, 40])
def test_its_flows_reach_the_ends(chain, n_rows):
    found = engine(chain, "cpu").flows(np.resize(ROWS, (n_rows, 2)))
    assert found.nodes[-1] == pytest.approx(n_rows)
    assert found.nodes[3] + found.nodes[4] == pytest.approx(n_rows)


def test_it_comes_back_from_a_file(chain, tmp_path):
    assert load(save(chain, tmp_path / "deep.wbc")) == chain


def test_it_may_be_cut_normalised_and_traced(chain):
    row = np.array([1.0, np.nan])
    removed = np.zeros(chain.n_edges, dtype=bool)
    removed[chain.offsets[5] + 1] = True  # the lowest sum keeps the chain only
    cut = without_edges(chain, removed)
    found, fresh = retrace(trace(chain, row), cut), trace(cut, row)
    assert found.values.tobytes() == fresh.values.tobytes()
    assert found.node_flows.tobytes() == fresh.node_flows.tobytes()
    np.testing.assert_allclose(normalised(cut).log_weights, cut.log_weights, atol=1e-12)


def test_questions_about_it_recurse_nowhere(chain):
    evidence = np.array([np.nan, 1.0])
    np.testing.assert_allclose(
        log_likelihood(chain, ROWS), expected(chain.n_nodes - 5, ROWS), atol=1e-9
    )
    assert marginal(chain, {"y": 1}) == pytest.approx(np.log(0.5))
    assert conditional(chain, {"x": 1}, {"y": 1}) == pytest.approx(marginal(chain, {"x": 1}))
    assert sample(chain, 3, seed=1).shape == (3, 2)
    assert (sample(chain, 3, evidence=evidence)[:, 1] == 1.0).all()
    assert node_values(chain, ROWS[:1]).shape == (chain.n_nodes, 1)
    assert flows(chain, ROWS[:1]).shape == (chain.n_edges,)
    assert posteriors(chain, evidence) is not None


def test_questions_that_go_level_by_level_recurse_nowhere():
    chain = from_arrays(2_000)  # twice as deep as Python's stack
    best = mpe(chain, np.array([np.nan, 1.0]))
    assert best.assignment.tolist() == [0.0, 1.0]
    assert marginal_map(chain, ["x"], {"y": 1}) is not None
    assert entropy(chain) is not None
