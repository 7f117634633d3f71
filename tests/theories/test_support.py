import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import inference
from workbench.circuits.build import Builder
from workbench.data.variables import categorical
from workbench.errors import StructureError
from workbench.theories import Support, Theory, significance
from workbench.theories.layers import layers_of
from workbench.theories.nodes import count_literals
from workbench.theories.rows import encoded
from workbench.theories.support import (
    kept_edges,
    kept_values,
    leaf_bits,
    require_categorical,
    root_bits,
    tree_of,
    written_size,
)

QUICK = settings(max_examples=50, deadline=None)
THRESHOLDS = st.tuples(st.floats(0, 0.6), st.floats(0, 0.6))


def support_of(circuit, thresholds):
    edges = kept_edges(circuit, significance(circuit), thresholds[0])
    values = kept_values(circuit, thresholds[1])
    return Support(circuit, edges, values, layers_of(circuit))


@QUICK
@given(data=st.data())
def test_the_bits_of_the_support_are_the_mask_of_its_tree(data, circuits, all_rows):
    support = support_of(data.draw(circuits()), data.draw(THRESHOLDS))
    variables, rows = support.circuit.variables, all_rows(missing=True)
    codes = encoded(variables, rows, range(len(variables)))
    bits = root_bits(support, leaf_bits(support.circuit, support.values, codes))
    mask = np.unpackbits(bits, count=len(rows)).astype(bool)
    assert np.array_equal(mask, Theory(variables, tree_of(support)).mask(rows))


@QUICK
@given(data=st.data())
def test_keeping_everything_keeps_every_row_of_positive_probability(data, circuits, all_rows):
    circuit = data.draw(circuits())
    theory = Theory(circuit.variables, tree_of(support_of(circuit, (0.0, 0.0))))
    assert theory.mask(all_rows()).all()


@QUICK
@given(data=st.data())
def test_higher_thresholds_never_add_rows(data, circuits, all_rows):
    circuit = data.draw(circuits())
    low = data.draw(THRESHOLDS)
    high = tuple(t + data.draw(st.floats(0, 0.3)) for t in low)
    masks = [
        Theory(circuit.variables, tree_of(support_of(circuit, t))).mask(all_rows())
        for t in (low, high)
    ]
    assert (masks[1] <= masks[0]).all()


@QUICK
@given(data=st.data())
def test_the_written_size_bounds_rules_and_literals(data, circuits):
    support = support_of(data.draw(circuits()), data.draw(THRESHOLDS))
    theory = Theory(support.circuit.variables, tree_of(support))
    rules, literals = written_size(support)
    assert theory.n_rules <= rules
    assert literals <= count_literals(theory.tree)


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_significance_is_the_mean_flow_of_samples(data, circuits):
    circuit = data.draw(circuits())
    rows = inference.sample(circuit, 20_000, seed=0)
    flow = inference.flows(circuit, rows) / len(rows)
    assert significance(circuit) == pytest.approx(flow, abs=0.03)


def test_the_best_edge_of_every_sum_is_kept():
    build = Builder((categorical("x", 2),))
    leaves = [build.categorical(0, [p, 1 - p]) for p in (0.1, 0.2, 0.3, 0.4)]
    inner = build.sum(leaves[:2], [0.6, 0.4])
    circuit = build.circuit(build.sum([inner, *leaves[2:]], [0.2, 0.7, 0.1]))
    scores = significance(circuit)
    assert scores == pytest.approx([0.12, 0.08, 0.2, 0.7, 0.1])
    assert kept_edges(circuit, scores, 0.15).tolist() == [True, False, True, True, False]
    assert kept_edges(circuit, scores, 0.9).tolist() == [True, False, False, True, False]


def test_values_between_kept_ones_are_kept_for_ordered_variables_only():
    build = Builder((categorical("x", 4), categorical("y", list("abcd"))))
    table = [0.4, 0.01, 0.4, 0.19]
    parts = [build.categorical(v, table) for v in (0, 1)]
    circuit = build.circuit(build.product(parts))
    assert kept_values(circuit, 0.3).tolist() == [1, 1, 1, 0, 1, 0, 1, 0]
    assert kept_values(circuit, 0.3, intervals=False).tolist() == [1, 0, 1, 0] * 2
    assert kept_values(circuit, 0.15, "mass", intervals=False).tolist() == [1, 0, 1, 1] * 2
    assert kept_values(circuit, 0.9).tolist() == [1, 0, 0, 0] * 2


def test_units_are_the_stable_ids_of_the_nodes():
    build = Builder((categorical("x", 2), categorical("y", 2)))
    parts = [build.categorical(v, [0.1, 0.9]) for v in (0, 1)]
    circuit = build.circuit(build.product(parts))
    tree = tree_of(support_of(circuit, (0.5, 0.5)))
    assert tree.units == (int(circuit.ids[circuit.root]),)
    assert [child.units for child in tree.children] == [(0,), (1,)]


def test_gaussian_leaves_are_refused_with_a_remedy():
    from workbench.data.variables import continuous

    build = Builder((continuous("height"),))
    with pytest.raises(StructureError, match=r"'height'.*Bin the continuous columns"):
        require_categorical(build.circuit(build.gaussian(0, 0.0, 1.0)))
