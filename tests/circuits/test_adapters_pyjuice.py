"""pyjuice's node vectors: the same structure and parameters, by a plain walk over its graph.

Its own forward pass needs a GPU, so the walk below stands in for it.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits

from workbench.circuits import Builder, hclt
from workbench.circuits.adapters import from_pyjuice, to_pyjuice
from workbench.circuits.leaves import (
    BINOMIAL,
    DISCRETISED_LOGISTIC,
    GAUSSIAN,
    POISSON,
    binomial_parameters,
    logistic_parameters,
    poisson_parameters,
)
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical, continuous
from workbench.errors import MissingDependency, ParameterError, StructureError

pytest.importorskip("pyjuice", reason="pyjuice is not installed: pip install -e '.[pyjuice]'")
pytestmark = pytest.mark.filterwarnings("ignore:Sparse invariant checks")  # of its own tensors
SINGLE = {"rtol": 2e-6, "atol": 2e-6}  # it keeps parameters in single precision


def theirs(root, row):
    """The probability of one complete row, node by node, from what pyjuice says of its nodes."""
    values = {}
    for vector in root:
        below = [values[child] for child in vector.chs]
        if vector.is_input():
            values[vector] = leaf_values(vector, row[next(iter(vector.scope))])
        elif vector.is_prod():
            values[vector] = product_values(vector, below)
        else:
            flat = [value for part in below for value in part]
            weights = vector.get_source_ns().get_params(as_matrix=True).tolist()
            values[vector] = [sum(w * v for w, v in zip(r, flat, strict=True)) for r in weights]
    return values[root][0]


def product_values(vector, below):
    found = []
    for node in range(vector.num_nodes):
        entry = node // vector.block_size if vector.is_block_sparse() else node
        value = 1.0
        for part, place in zip(below, vector.edge_ids[entry].tolist(), strict=True):
            offset = node % vector.block_size if vector.is_block_sparse() else 0
            scale = vector.block_size if vector.is_block_sparse() else 1
            value *= part[place * scale + offset]
        found.append(value)
    return found


def leaf_values(vector, value):
    name, count = type(vector.dist).__name__, vector.num_nodes
    parameters = vector.get_source_ns().get_params().reshape(count, -1).tolist()
    if name == "Categorical":
        return [row[int(value)] if int(value) < len(row) else 0.0 for row in parameters]
    if name == "Bernoulli":
        return [p if value > 0 else 1.0 - p for (p,) in parameters]
    if name == "Gaussian":
        return [
            math.exp(-0.5 * ((value - mean) / s) ** 2) / (s * math.sqrt(2.0 * math.pi))
            for mean, s in parameters
        ]
    low, high = vector.dist.val_range
    width, last = (high - low) / vector.dist.num_cats, vector.dist.num_cats - 1
    return [
        (1.0 if value == last else logistic((low + (value + 1) * width - mean) / s))
        - (0.0 if value == 0 else logistic((low + value * width - mean) / s))
        for mean, s in parameters
    ]


def logistic(x):
    return 1.0 / (1.0 + math.exp(-x))


def ours(circuit, rows):
    return np.exp(ReferenceEngine(circuit).log_likelihood(np.asarray(rows, dtype=np.float64)))


def every_row(circuit):
    sizes = [variable.n_categories for variable in circuit.variables]
    return np.indices(sizes).reshape(len(sizes), -1).T.astype(np.float64)


@settings(max_examples=25, deadline=None)
@given(circuits(max_variables=4))
def test_generated_circuits_survive_the_way_there_and_back(circuit):
    rows = every_row(circuit)
    root = to_pyjuice(circuit)
    expected = ours(circuit, rows)
    np.testing.assert_allclose([theirs(root, row) for row in rows], expected, **SINGLE)
    again = from_pyjuice(root, circuit.variables)
    np.testing.assert_allclose(ours(again, rows), expected, **SINGLE)


def test_a_hidden_tree_keeps_its_structure_and_its_parameters():
    rows = np.random.default_rng(0).integers(0, 3, (60, 5)).astype(np.float64)
    circuit = hclt(rows, latents=4)
    again = from_pyjuice(to_pyjuice(circuit))
    assert (again.n_nodes, again.n_edges) == (circuit.n_nodes, circuit.n_edges)
    assert sorted(again.kinds.tolist()) == sorted(circuit.kinds.tolist())
    for name in ("log_weights", "leaf_parameters"):
        found, expected = np.sort(getattr(again, name)), np.sort(getattr(circuit, name))
        np.testing.assert_allclose(np.exp(found), np.exp(expected), rtol=1e-6)


def test_leaves_of_every_family_that_it_has():
    names = [categorical("a", 4), continuous("b"), categorical("c", 4)]
    build = Builder(names)
    a = build.leaf(0, DISCRETISED_LOGISTIC, logistic_parameters(names[0], 1.2, 0.6))
    b = build.leaf(1, GAUSSIAN, [0.5, math.log(1.5)])
    c = build.leaf(2, BINOMIAL, binomial_parameters(names[2], 0.3))
    circuit = build.circuit(build.product([a, b, c]))
    rows = [[0, 0.5, 3], [3, -1.0, 0], [1, 2.0, 1]]
    root = to_pyjuice(circuit)
    assert root.is_sum()
    np.testing.assert_allclose([theirs(root, row) for row in rows], ours(circuit, rows), rtol=1e-6)
    again = from_pyjuice(root)
    np.testing.assert_allclose(ours(again, rows), ours(circuit, rows), rtol=1e-6)
    assert [variable.n_categories for variable in again.variables] == [4, 0, 4]


def test_their_own_structures_are_taken_with_blocks_and_shared_parameters():
    import pyjuice as juice
    import torch

    torch.manual_seed(0)
    rows = torch.randint(0, 3, (200, 5))
    for root in (
        juice.structures.HCLT(rows.float(), num_latents=4, input_node_params={"num_cats": 3}),
        juice.structures.HCLT(
            rows.float(), num_latents=8, block_size=4, input_node_params={"num_cats": 3}
        ),
        juice.structures.HMM(seq_length=4, num_latents=4, num_emits=3, homogeneous=True),
    ):
        root.init_parameters()
        circuit = from_pyjuice(root)
        rows_here = every_row(circuit)
        expected = [theirs(root, row) for row in rows_here]
        assert sum(expected) == pytest.approx(1.0, abs=1e-5)
        np.testing.assert_allclose(ours(circuit, rows_here), expected, rtol=1e-5)


def test_their_sparse_edges_of_unequal_number_are_taken():
    import pyjuice as juice
    import torch

    torch.manual_seed(0)
    coins = juice.inputs(0, num_nodes=3, dist=juice.distributions.Bernoulli())
    dice = juice.inputs(1, num_nodes=3, dist=juice.distributions.Categorical(num_cats=3))
    pairs = juice.multiply(coins, dice, edge_ids=torch.tensor([[0, 2], [1, 1], [2, 0]]))
    mixed = juice.summate(pairs, num_nodes=2, edge_ids=torch.tensor([[0, 0, 1], [0, 2, 1]]))
    root = juice.summate(juice.multiply(mixed), num_nodes=1)
    root.init_parameters()
    circuit = from_pyjuice(root)
    expected = [theirs(root, row) for row in every_row(circuit)]
    np.testing.assert_allclose(ours(circuit, every_row(circuit)), expected, rtol=1e-5)
    assert sorted(np.diff(circuit.offsets)[circuit.kinds == 1].tolist()) == [1, 2, 2]


def test_literals_and_indicators_accept_one_category():
    import pyjuice as juice
    import torch

    yes = juice.inputs(0, num_nodes=1, dist=juice.distributions.Literal(lit=True))
    codes = juice.inputs(1, num_nodes=3, dist=juice.distributions.Indicator(num_states=3))
    codes.set_params(torch.arange(3.0), normalize=False)
    both = juice.multiply(yes, codes, edge_ids=torch.tensor([[0, 2]]))
    root = juice.summate(both, num_nodes=1)
    root.init_parameters()
    circuit = from_pyjuice(root)
    rows = every_row(circuit)
    assert [variable.n_categories for variable in circuit.variables] == [2, 3]
    assert ours(circuit, rows).tolist() == [float(row.tolist() == [1.0, 2.0]) for row in rows]


def test_what_it_cannot_express_is_refused_with_the_node():
    build = Builder((continuous("x"),))
    with pytest.raises(StructureError, match="leaf #0 is poisson"):
        to_pyjuice(build.circuit(build.leaf(0, POISSON, poisson_parameters(2.0))))
    scaled = Builder((categorical("x", 2),))
    leaves = [scaled.categorical(0, p) for p in ([0.5, 0.5], [0.1, 0.9])]
    with pytest.raises(StructureError, match="sum #2 do not add to one"):
        to_pyjuice(scaled.circuit(scaled.sum(leaves, [1.0, 3.0])))


def test_what_has_no_counterpart_here_is_refused_by_name():
    import pyjuice as juice

    coins = juice.inputs(0, num_nodes=2, dist=juice.distributions.Bernoulli())
    with pytest.raises(StructureError, match="2 nodes instead of one"):
        from_pyjuice(juice.summate(coins, num_nodes=2))
    with pytest.raises(StructureError, match=r"no parameters yet.*init_parameters"):
        from_pyjuice(juice.summate(coins, num_nodes=1))
    far = juice.inputs(1, num_nodes=1, dist=juice.distributions.Bernoulli())
    with pytest.raises(ParameterError, match="column 0 without a leaf"):
        from_pyjuice(juice.summate(far, num_nodes=1))
    soft = juice.inputs(0, num_nodes=1, dist=juice.distributions.SoftEvidenceCategorical(2))
    with pytest.raises(StructureError, match="SoftEvidenceCategorical leaves have no counterpart"):
        from_pyjuice(juice.summate(soft, num_nodes=1))


def test_without_the_package_the_extra_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyjuice", None)
    build = Builder((categorical("x", 2),))
    with pytest.raises(MissingDependency, match=r"circuit-workbench\[pyjuice\]"):
        to_pyjuice(build.circuit(build.categorical(0, [0.5, 0.5])))
