"""Programs cover circuits: every sum, every edge and every factor is somewhere, once."""

import numpy as np
from hypothesis import given, settings
from strategies import circuits
from wide import pruned, tree

from workbench.circuits import Builder, Kind
from workbench.compute.lowering import lower
from workbench.compute.program import COPY, DENSE, EDGES
from workbench.data.variables import categorical


@settings(max_examples=60)
@given(circuits(mixed=True))
def test_factors_come_from_earlier_units_and_every_edge_has_a_place_of_its_own(circuit):
    program = lower(circuit)
    units = program.units
    assert len(np.unique(program.slots)) == len(program.sum_edges) == circuit.is_sum_edge.sum()
    assert program.slots.max(initial=-1) < max(program.n_weights, 1)
    for unit in range(program.n_units):
        columns = slice(units.factors[units.columns[unit]], units.factors[units.columns[unit + 1]])
        assert (units.factor[columns] < units.rows[unit]).all()
    assert units.sums[units.mode != COPY].sum() == (circuit.kinds == Kind.SUM).sum()


@settings(max_examples=40)
@given(circuits(mixed=True))
def test_columns_have_as_many_factors_as_their_products(circuit):
    program = lower(circuit)
    leaves = (circuit.kinds == Kind.LEAF).sum()
    assert len(program.tables) + len(program.formulas) == leaves
    used = -1 - program.units.factor[program.units.factor < 0]
    assert set(used.tolist()) == set(range(len(program.tables)))


def test_whole_blocks_are_dense_and_thin_ones_are_lists():
    assert np.bincount(lower(tree(8)).units.mode, minlength=3)[DENSE] > 0
    thin = lower(pruned(tree(8), 0.2)).units
    assert (thin.mode == DENSE).sum() == 0
    assert (thin.mode == EDGES).sum() > 0


def test_blocks_of_a_tree_share_their_scales():
    assert lower(tree(8)).units.is_aligned.all()


def test_a_product_that_two_blocks_use_is_stored():
    build = Builder([categorical("x", 2), categorical("y", 2)])
    x, y = build.categorical(0, [0.5, 0.5]), build.categorical(1, [0.2, 0.8])
    shared = build.product([x, y])
    other = build.product([build.categorical(0, [0.3, 0.7]), y])
    low = build.sum([shared, other], [0.5, 0.5])
    circuit = build.circuit(build.sum([low, shared], [0.4, 0.6]))
    program = lower(circuit)
    assert (program.units.mode == COPY).sum() == 1
