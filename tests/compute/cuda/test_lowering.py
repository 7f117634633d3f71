"""The steps as data: every node and edge is there once, groups scale together."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits
from wide import chain, every_family, mask, pruned, rows_with_gaps, tree

from workbench.circuits import Builder, Kind
from workbench.compute.cuda.formats import DENSE, EDGES, TILES, Block, choose
from workbench.compute.cuda.formats import blocks as blocks_of
from workbench.compute.cuda.fusing import fused
from workbench.compute.cuda.lowering import MOST_FACTORS, lower
from workbench.compute.cuda.steps import (
    Dense,
    EdgeList,
    FusedStep,
    LeafStep,
    ProductStep,
    SumStep,
    Tiles,
)
from workbench.compute.plan import DenseLayer, SparseLayer, plan
from workbench.data.variables import categorical


def lowered(circuit):
    return lower(plan(circuit), circuit)


def of_kind(steps, kind):
    return [step for step in steps if isinstance(step, kind)]


def forms(circuit):
    """The formats that the blocks of `circuit` are given."""
    layers = [
        layer for layer in plan(circuit).layers if isinstance(layer, DenseLayer | SparseLayer)
    ]
    found = [choose(block)[0] for layer in layers for block in blocks_of(layer, circuit.n_edges)]
    return Counter((form.name, form.padded_to if form.name == TILES else 0) for form in found)


@settings(max_examples=40)
@given(circuits(mixed=True))
def test_every_node_has_a_slot_and_every_edge_of_a_sum_a_weight(circuit):
    steps = lowered(circuit)
    assert len(np.unique(steps.slots)) == circuit.n_nodes
    assert steps.slots.min() > 0
    sums = of_kind(steps.steps, SumStep)
    edges = np.concatenate([np.zeros(0, int), *(step.matrix.edges.ravel() for step in sums)])
    stored = np.sort(edges[edges < circuit.n_edges])
    np.testing.assert_array_equal(stored, np.flatnonzero(circuit.is_sum_edge))


@settings(max_examples=40)
@given(circuits(mixed=True))
def test_every_edge_leads_from_its_sum_to_its_child(circuit):
    steps = lowered(circuit)
    for step in of_kind(steps.steps, SumStep):
        assert isinstance(step.matrix, Dense)
        for block, row, column in np.argwhere(step.matrix.edges < circuit.n_edges):
            edge = step.matrix.edges[block, row, column]
            parent = step.start + block * step.n_sums + row
            assert steps.slots[circuit.edge_parents[edge]] == parent
            assert steps.slots[circuit.children[edge]] == step.children[block, column]


@settings(max_examples=40)
@given(circuits(mixed=True))
def test_groups_are_runs_of_slots_below_their_readers(circuit):
    steps = lowered(circuit)
    assert (np.diff(steps.groups) >= 0).all()
    for step in steps.steps:
        if isinstance(step, ProductStep):
            below = np.broadcast_to(step.below[:, :, None], step.children.shape)
            np.testing.assert_array_equal(steps.groups[step.children], below)
        if isinstance(step, SumStep):
            below = np.broadcast_to(step.below, step.children.shape)
            np.testing.assert_array_equal(steps.groups[step.children], below)
        if not isinstance(step, LeafStep):
            assert step.children.max() < step.start


def test_leaves_of_one_variable_share_a_group():
    circuit = tree(5)
    leaves = np.flatnonzero(circuit.kinds == Kind.LEAF)
    steps = lowered(circuit)
    pairs = {
        (circuit.leaf_variables[leaf], steps.groups[steps.slots[leaf]]) for leaf in leaves.tolist()
    }
    assert len(pairs) == len(set(circuit.leaf_variables[leaves]))


def test_leaves_that_pad_a_group_count_nothing():
    circuit = tree(5)
    (step,) = of_kind(lowered(circuit).steps, LeafStep)
    assert step.width == 8
    pads = (step.leaves.statistics == lowered(circuit).n_statistics).all(axis=1)
    assert pads.sum() == step.n_groups * 3


def test_families_are_steps_of_their_own():
    assert len(of_kind(lowered(every_family()).steps, LeafStep)) >= 6


def test_products_of_many_factors_are_taken_in_turns():
    build = Builder([categorical(f"v{k}", 2) for k in range(100)])
    leaves = [build.categorical(k, [0.5, 0.5]) for k in range(100)]
    steps = of_kind(lowered(build.circuit(build.product(leaves))).steps, ProductStep)
    assert max(len(step.children) for step in steps) <= MOST_FACTORS
    assert sum(step.counts.sum() for step in steps) == 13 + 2 + 1


@pytest.mark.parametrize(
    ("latents", "keep", "size", "name", "side"),
    [
        (96, 1.0, 1, DENSE, 0),
        (96, 0.8, 1, DENSE, 0),
        (96, 0.1, 1, EDGES, 0),
        (128, 0.25, 16, TILES, 16),
        (96, 0.1, 32, TILES, 32),
        (192, 0.1, 64, TILES, 64),
        (20, 0.1, 1, DENSE, 0),
    ],
)
def test_the_form_follows_density_and_occupancy(latents, keep, size, name, side):
    found = forms(chain(latents, keep, size))
    assert (name, side) in found
    if name != DENSE:
        widest = {form for form in found if form[0] != DENSE}
        assert widest == {(name, side)}


def test_shuffled_stripes_are_found_again():
    """Tiles survive a renumbering of sums and of children."""
    random = np.random.default_rng(0)
    has_edge = mask((128, 128), 0.1, 16)[random.permutation(128)][:, random.permutation(128)]
    rows, columns = np.nonzero(has_edge)
    block = Block(np.arange(128), np.arange(128), rows, columns, np.arange(len(rows)))
    form, ordered = choose(block)
    assert (form.name, form.padded_to) == (TILES, 16)
    again = np.zeros((128, 128), dtype=bool)
    again[ordered.sums[ordered.rows], ordered.children[ordered.columns]] = True
    np.testing.assert_array_equal(again, has_edge)


def test_parallel_edges_are_kept_apart():
    build = Builder([categorical("x", 2)])
    leaf = build.categorical(0, [0.5, 0.5])
    circuit = build.circuit(build.sum([leaf, leaf], [0.25, 0.75]))
    (step,) = of_kind(lowered(circuit).steps, SumStep)
    assert isinstance(step.matrix, EdgeList)
    assert len(step.matrix.edges) == 2


@pytest.mark.parametrize(("keep", "size"), [(0.1, 1), (0.25, 16)])
def test_compressed_layouts_find_the_same_by_row_and_by_column(keep, size):
    steps = of_kind(lowered(chain(128, keep, size)).steps, SumStep)
    sparse = [step.matrix for step in steps if isinstance(step.matrix, Tiles | EdgeList)]
    assert sparse
    for matrix in sparse:
        assert (np.diff(matrix.rows) >= 0).all()
        assert matrix.row_offsets[-1] == matrix.column_offsets[-1] == len(matrix.rows)
        for first, last in zip(matrix.column_offsets, matrix.column_offsets[1:], strict=False):
            assert len(np.unique(matrix.columns[matrix.by_column[first:last]])) <= 1


def test_products_join_the_sums_that_alone_read_them():
    steps = fused(lowered(tree(12))).steps
    assert {type(step) for step in steps} == {LeafStep, FusedStep}
    for step in of_kind(steps, FusedStep):
        own = step.products.start + np.arange(step.sums.children.size)
        np.testing.assert_array_equal(step.sums.children.ravel(), own)


def test_products_stay_apart_where_blocks_are_wide_or_sparse():
    for circuit in (tree(140), pruned(tree(96), 0.1)):
        kinds = Counter(type(step) for step in fused(lowered(circuit)).steps)
        assert kinds[ProductStep] > 0


@settings(max_examples=30)
@given(circuits(mixed=True))
def test_joining_keeps_every_step_once_and_in_order(circuit):
    before = lowered(circuit)
    after = []
    for step in fused(before).steps:
        after += [step.products, step.sums] if isinstance(step, FusedStep) else [step]
    assert sorted(step.start for step in after) == [step.start for step in before.steps]
    made = set()
    for step in after:
        if not isinstance(step, LeafStep):
            assert set(np.unique(step.below)) <= made
        n_groups = step.n_groups if isinstance(step, LeafStep) else step.children.shape[-2]
        made |= set(range(step.first_group, step.first_group + n_groups))


def test_rows_of_the_tests_have_gaps():
    assert np.isnan(rows_with_gaps()[-1]).all()
