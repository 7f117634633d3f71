import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.circuits import Kind, poon_domingos, quad_tree, rat
from workbench.circuits.leaves import CATEGORICAL
from workbench.circuits.memory import size_of
from workbench.circuits.reference import ReferenceEngine
from workbench.circuits.structures.clusters import k_means_together
from workbench.circuits.structures.poon_domingos import grid_regions
from workbench.circuits.structures.quad_tree import CUTS, quad_regions
from workbench.circuits.structures.rat import random_regions
from workbench.circuits.structures.region_circuit import PRODUCTS, region_circuit, region_size
from workbench.circuits.structures.region_states import region_states
from workbench.circuits.structures.regions import Regions
from workbench.data import categorical, load
from workbench.errors import DataError, LimitError, ParameterError

PAIR = Regions(((0,), (1,), (0, 1)), ((), (), ((0, 1),)))


def images(n_rows, shape, seed=0, levels=2):
    rows = np.random.default_rng(seed).integers(levels, size=(n_rows, shape[0] * shape[1]))
    return rows.astype(float), tuple(categorical(f"x{k}", levels) for k in range(rows.shape[1]))


def assert_splits_well(regions):
    for scope, ways in zip(regions.scopes, regions.partitions, strict=True):
        assert len(set(ways)) == len(ways)
        for parts in ways:
            own = [variable for part in parts for variable in regions.scopes[part]]
            assert sorted(own) == list(scope)
            assert len(parts) > 1
    assert (regions.uses[:-1] > 0).all()
    assert len(set(regions.scopes)) == len(regions.scopes)


shapes = st.tuples(st.integers(1, 7), st.integers(1, 7))


@settings(max_examples=40)
@given(shape=shapes, cuts=st.sampled_from(sorted(CUTS)))
def test_blocks_are_cut_into_blocks_down_to_pixels(shape, cuts):
    regions = quad_regions(shape, cuts)
    assert_splits_well(regions)
    ends = [s for s, ways in zip(regions.scopes, regions.partitions, strict=True) if not ways]
    assert sorted(ends) == [(pixel,) for pixel in range(shape[0] * shape[1])]


@settings(max_examples=40)
@given(shape=shapes, delta=st.integers(1, 8))
def test_every_rectangle_of_the_grid_is_cut_at_every_line(shape, delta):
    regions = grid_regions(shape, delta)
    assert_splits_well(regions)
    rows, columns = (-(-length // delta) for length in shape)
    assert len(regions.scopes) == rows * (rows + 1) * columns * (columns + 1) // 4
    across = (rows + 1) * rows * (rows - 1) // 6 * (columns + 1) * columns // 2
    along = (columns + 1) * columns * (columns - 1) // 6 * (rows + 1) * rows // 2
    assert sum(map(len, regions.partitions)) == across + along


@settings(max_examples=40)
@given(n=st.integers(1, 20), depth=st.integers(0, 6), repetitions=st.integers(1, 5))
def test_random_halves_are_halves(n, depth, repetitions):
    regions = random_regions(n, depth, repetitions, seed=1)
    assert_splits_well(regions)
    for ways in regions.partitions:
        for first, second in ways:
            lengths = sorted((len(regions.scopes[first]), len(regions.scopes[second])))
            assert lengths[1] - lengths[0] <= 1


def test_the_counts_of_published_graphs():
    assert len(random_regions(16, 3, 1, seed=0).scopes) == 2**4 - 1
    assert len(quad_regions((28, 28), "two").scopes) == 2 * 784 - 1
    assert len(quad_regions((28, 28), "mixed").scopes) == (2 * 28 - 1) ** 2
    assert len(quad_regions((8, 8), "four").scopes) == 64 + 16 + 4 + 1


@settings(max_examples=30)
@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    kind=st.sampled_from(["mixed", "two", "grid", "random"]),
    sums=st.integers(1, 3),
    inputs=st.integers(1, 3),
    products=st.sampled_from(PRODUCTS),
)
def test_the_size_is_known_before(shape, kind, sums, inputs, products):
    rows, variables = images(20, shape)
    if kind == "random":
        regions = random_regions(len(variables), 2, 2, seed=0)
    else:
        regions = grid_regions(shape, 2) if kind == "grid" else quad_regions(shape, kind)
    circuit = region_circuit(regions, rows, variables, sums, inputs, products, seed=0)
    assert size_of(circuit) == region_size(regions, variables, sums, inputs, products)
    total = ReferenceEngine(circuit).log_likelihood(np.full((1, len(variables)), np.nan))
    assert total == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("products", PRODUCTS)
def test_two_variables_by_hand(products):
    """The table of a circuit of one partition, written out as sums of outer products."""
    rows, variables = images(50, (1, 2), levels=3)
    start = region_states(PAIR, rows, variables, (2, 2, 2), seed=0)
    x, y = (np.exp(start.leaf_tables(variable, variable)) for variable in (0, 1))
    if products == "pairs":
        weights = (start.shares(2) @ start.given(2, [0, 1])).reshape(2, 2)
        expected = x.T @ weights @ y
    else:
        own, other = start.given(2, [0]) @ x, start.given(2, [1]) @ y
        expected = np.einsum("s,sa,sb->ab", start.shares(2), own, other)
    circuit = region_circuit(PAIR, rows, variables, 2, 2, products, seed=0)
    every = np.array(list(itertools.product(range(3), repeat=2)), dtype=float)
    found = np.exp(ReferenceEngine(circuit).log_likelihood(every)).reshape(3, 3)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert expected.sum() == pytest.approx(1.0)


def test_joint_states_are_counted_with_the_last_part_fastest():
    rows, variables = images(200, (1, 2))
    start = region_states(PAIR, rows, variables, (2, 3, 2), seed=0)
    joint = start.given(2, [0, 1]).reshape(2, 2, 3)
    for whole, first, second in np.ndindex(2, 2, 3):
        members = start.states[2] == whole
        both = (start.states[0] == first) & (start.states[1] == second)
        share = ((members & both).sum() + both.mean()) / (members.sum() + 1.0)
        assert joint[whole, first, second] == pytest.approx(share, abs=1e-3)


def test_a_pixel_has_as_many_states_as_asked_though_it_has_two_values():
    rows, variables = images(300, (4, 4))
    regions = quad_regions((4, 4), "mixed")
    start = region_states(regions, rows, variables, (6,) * len(regions.scopes), seed=0)
    assert all(len(np.unique(states)) == 6 for states in start.states)


def test_starts_tell_rows_apart():
    """Three kinds of images with little noise: near their entropy before anything is learned."""
    random = np.random.default_rng(0)
    kinds = random.integers(2, size=(3, 16))
    rows = np.abs(kinds[random.integers(3, size=600)] - (random.random((600, 16)) < 0.05))
    rows = rows.astype(float)
    best = -np.log(3) - 16 * 0.2
    for circuit in (
        quad_tree(rows, 3, shape=(4, 4)),
        poon_domingos(rows, 3, delta=2, shape=(4, 4)),
        rat(rows, 3, repetitions=2),
    ):
        assert ReferenceEngine(circuit).log_likelihood(rows).mean() > best - 1.5
    assert np.log(0.5) * 16 < best - 5  # nothing known


def test_clusters_of_many_groups_are_those_of_each():
    random = np.random.default_rng(0)
    truth = random.integers(3, size=(5, 90))
    points = 20.0 * truth[:, :, None] + random.normal(size=(5, 90, 2))
    codes = k_means_together(points, 3, random)
    for own, found in zip(truth, codes, strict=True):
        pairs = set(zip(own.tolist(), found.tolist(), strict=True))
        assert len(pairs) == 3
    assert (k_means_together(np.zeros((2, 4, 1)), 3, random) < 3).all()


def test_leaves_are_shared_by_random_trees():
    rows, _ = images(40, (1, 4))
    circuit = rat(rows, latents=2, depth=2, repetitions=3)
    leaves = circuit.leaf_variables[circuit.kinds == Kind.LEAF]
    assert np.bincount(leaves).tolist() == [2, 2, 2, 2]
    assert (circuit.leaf_families[circuit.kinds == Kind.LEAF] == CATEGORICAL.code).all()


def test_one_cell_of_the_grid_is_a_mixture_of_products():
    rows, _ = images(40, (2, 2))
    for circuit in (poon_domingos(rows, 3, delta=5, shape=(2, 2)), rat(rows, 3, depth=0)):
        assert [(circuit.kinds == kind).sum() for kind in Kind] == [12, 1, 3]


def test_images_know_their_shape():
    digits = load("digits", bins=2)
    assert quad_tree(digits, 1, cuts="two").scope == tuple(range(64))
    with pytest.raises(DataError, match=r"4 variables without a shape.*take hclt or rat"):
        quad_tree(load("iris", bins=3))
    with pytest.raises(DataError, match="this structure is for images"):
        poon_domingos(np.zeros((3, 4)))


@pytest.mark.parametrize(
    ("build", "options", "message"),
    [
        (quad_tree, {"shape": (2, 3)}, r"given shape=\(2, 3\); expected .* equal to 4"),
        (quad_tree, {"shape": (-2, -2)}, "does not fit the variables"),
        (quad_tree, {"shape": (2, 2), "cuts": "round"}, "given 'round'; expected one of"),
        (quad_tree, {"shape": (2, 2), "products": "odd"}, "given 'odd'; expected one of"),
        (poon_domingos, {"shape": (2, 2), "delta": 0}, "delta=0"),
        (poon_domingos, {"shape": (2, 2), "inputs": 0}, "inputs=0"),
        (rat, {"depth": -1}, "depth=-1"),
        (rat, {"repetitions": 0}, "repetitions=0"),
        (rat, {"inputs": 0}, "inputs=0"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_bad_requests_are_named(build, options, message):
    with pytest.raises(ParameterError, match=message):
        build(np.zeros((3, 4)), **options)


def test_too_much_is_refused_before_it_is_built():
    rows = np.zeros((3, 10_000))
    with pytest.raises(LimitError, match=r"too many rectangles.*Take a larger delta"):
        poon_domingos(rows, delta=1, shape=(100, 100))
    with pytest.raises(LimitError, match="Take fewer latents or regions, or matched products"):
        rat(rows[:, :64], latents=400)
    with pytest.raises(LimitError, match="Take fewer repetitions"):
        rat(rows[:, :64], repetitions=10**9)
