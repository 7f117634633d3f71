"""SPFlow's modules: the same log-likelihoods there and here, in both directions."""

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits, rows_for

from workbench.circuits import Builder, hclt, normalised
from workbench.circuits.adapters import from_spflow, to_spflow
from workbench.circuits.leaves import (
    BINOMIAL,
    CATEGORICAL,
    DISCRETISED_LOGISTIC,
    GAUSSIAN,
    POISSON,
    UNIFORM,
    binomial_parameters,
    logistic_parameters,
    poisson_parameters,
    uniform_parameters,
)
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical, continuous
from workbench.errors import MissingDependency, ParameterError, StructureError

pytest.importorskip("spflow", reason="SPFlow is not installed: pip install -e '.[peers]'")


def theirs(module, rows):
    import torch

    found = module.log_likelihood(torch.tensor(np.asarray(rows)))
    assert found.shape == (len(rows), 1, 1, 1)
    return found.detach().numpy()[:, 0, 0, 0]


def ours(circuit, rows):
    return ReferenceEngine(circuit).log_likelihood(np.asarray(rows, dtype=np.float64))


def mixed_circuit():
    """A leaf of every family, a shared part, factors in crossed order, an edge that is dead."""
    names = [categorical(name, 4) for name in "abc"] + [continuous(name) for name in "def"]
    build = Builder(names)
    a = [
        build.leaf(0, CATEGORICAL, np.log(p)) for p in ([0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1])
    ]
    b = [build.leaf(1, BINOMIAL, binomial_parameters(names[1], p)) for p in (0.3, 1.0)]
    c = [build.leaf(2, DISCRETISED_LOGISTIC, logistic_parameters(names[2], m, 0.7)) for m in (0, 2)]
    d = [build.leaf(3, GAUSSIAN, [m, np.log(0.5)]) for m in (-1.0, 2.0)]
    e = [build.leaf(4, POISSON, poisson_parameters(rate)) for rate in (0.5, 3.0)]
    f = [build.leaf(5, UNIFORM, uniform_parameters(low, low + 2.0)) for low in (0.0, 1.0)]
    left = [build.product([a[i], b[1 - i], c[i]]) for i in (0, 1)]
    right = [build.product([d[i], e[0], f[1 - i]]) for i in (0, 1)]
    mixtures = [build.sum(left, w) for w in ([0.25, 0.75], [1.0, 0.0])]
    tops = [build.product([mixtures[i], right[1 - i]]) for i in (0, 1)]
    return build.circuit(
        build.sum([*tops, build.product([mixtures[0], right[0]])], [0.2, 0.3, 0.5])
    )


MIXED_ROWS = [
    [0, 3, 1, -0.5, 0, 1.5],
    [3, 1, 0, 2.5, 4, 1.25],
    [1, 2, 3, 0.0, 1, 0.5],
    [np.nan, 2, 3, 0.0, np.nan, 1.5],
    [np.nan] * 6,
]


def test_every_family_and_crossed_factors_survive_the_way_there_and_back():
    circuit = mixed_circuit()
    module = to_spflow(circuit)
    expected = ours(circuit, MIXED_ROWS)
    assert np.isfinite(expected).sum() >= 4
    np.testing.assert_allclose(theirs(module, MIXED_ROWS), expected, atol=1e-9)
    again = from_spflow(module, circuit.variables)
    np.testing.assert_allclose(ours(again, MIXED_ROWS), expected, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(circuits(max_variables=4))
def test_generated_circuits_have_the_same_log_likelihoods(circuit):
    n_categories = [variable.n_categories for variable in circuit.variables]
    rows = np.indices(n_categories).reshape(len(n_categories), -1).T.astype(np.float64)
    expected = ours(circuit, rows)
    module = to_spflow(circuit)
    np.testing.assert_allclose(theirs(module, rows), expected, atol=1e-10)
    again = from_spflow(module, circuit.variables)
    np.testing.assert_allclose(ours(again, rows), expected, atol=1e-10)


def test_a_hidden_tree_becomes_a_module_per_scope_without_picking():
    rows = np.random.default_rng(0).integers(0, 3, (60, 5)).astype(np.float64)
    circuit = hclt(rows, latents=4)
    module = to_spflow(circuit)
    kinds = [type(part).__name__ for part in module.modules()]
    sum_scopes = {circuit.scope_of(node) for node in np.flatnonzero(circuit.kinds == 1).tolist()}
    assert kinds.count("Sum") == len(sum_scopes)
    again = from_spflow(module)
    assert (again.n_nodes, again.n_edges) == (circuit.n_nodes, circuit.n_edges)


def test_learned_trees_of_theirs_are_taken():
    import torch
    from spflow.zoo.hclt import learn_hclt_binary, learn_hclt_categorical

    rows = np.random.default_rng(1).integers(0, 3, (40, 4)).astype(np.float64)
    for learn, data, options in (
        (learn_hclt_categorical, rows, {"num_cats": 3}),
        (learn_hclt_binary, rows % 2, {"num_trees": 2}),
    ):
        module = learn(torch.tensor(data).float(), num_hidden_cats=3, init="random", **options)
        circuit = from_spflow(module)
        found = theirs(module.double(), data)
        np.testing.assert_allclose(ours(circuit, data), found, atol=1e-9)


def test_products_over_features_outer_products_and_sums_by_element_are_taken():
    import torch
    from spflow.modules.leaves import Bernoulli, Normal
    from spflow.modules.products import OuterProduct, Product
    from spflow.modules.sums import ElementwiseSum, Sum

    torch.manual_seed(0)
    wide = [Normal([0, 1], out_channels=3, num_repetitions=1) for _ in range(2)]
    inner = Product(ElementwiseSum(wide, out_channels=2))
    module = Sum(OuterProduct([inner, Bernoulli(2, out_channels=2)]), out_channels=1).double()
    rows = np.array([[0.5, -1.0, 1.0], [2.0, 0.0, 0.0], [np.nan, 1.0, 1.0]])
    np.testing.assert_allclose(ours(from_spflow(module), rows), theirs(module, rows), rtol=1e-9)


def test_a_learned_structure_of_theirs_is_taken():
    import torch
    from spflow.learn import learn_spn
    from spflow.meta import Scope
    from spflow.modules.leaves import Normal

    torch.manual_seed(0)
    rows = np.random.default_rng(2).normal([0.0, 1.0, 2.0], size=(60, 3))
    rows[:30] += 4.0
    leaf = Normal(Scope([0, 1, 2]), out_channels=1)
    module = learn_spn(torch.tensor(rows).float(), leaf_modules=leaf, min_instances_slice=20)
    module = module.double()
    np.testing.assert_allclose(ours(from_spflow(module), rows), theirs(module, rows), rtol=1e-6)


def test_what_is_no_distribution_is_refused_with_the_node():
    build = Builder((categorical("x", 2),))
    leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [0.1, 0.9])]
    scaled = build.circuit(build.sum(leaves, [1.0, 3.0]))
    with pytest.raises(StructureError, match="sum #2 do not add to one"):
        to_spflow(scaled)
    rows = [[0.0], [1.0]]
    np.testing.assert_allclose(
        theirs(to_spflow(normalised(scaled)), rows), ours(normalised(scaled), rows), atol=1e-12
    )
    half = Builder((categorical("x", 2),))
    with pytest.raises(StructureError, match=r"leaf #0 adds to 0\.5"):
        to_spflow(half.circuit(half.leaf(0, CATEGORICAL, np.log([0.25, 0.25]))))
    rough = Builder((categorical("x", 2), categorical("y", 2)))
    x, y = (rough.categorical(column, [0.5, 0.5]) for column in (0, 1))
    with pytest.raises(StructureError, match="not smooth"):
        to_spflow(rough.circuit(rough.sum([x, rough.product([x, y])], [0.5, 0.5])))


def test_what_has_no_counterpart_here_is_refused_by_name():
    import torch
    from spflow.modules.leaves import Bernoulli, Gamma, Normal
    from spflow.modules.products import ElementwiseProduct
    from spflow.modules.sums import Sum

    with pytest.raises(StructureError, match="Gamma leaves have no counterpart"):
        from_spflow(Gamma(0))
    with pytest.raises(StructureError, match="2 outputs instead of one"):
        from_spflow(Bernoulli(0, out_channels=2))
    with pytest.raises(StructureError, match="SplitConsecutive has no counterpart"):
        from_spflow(Sum(ElementwiseProduct(Normal([0, 1], out_channels=2)), out_channels=1))
    with pytest.raises(ParameterError, match="column 0 without a leaf"):
        from_spflow(Bernoulli(1, probs=torch.tensor([[[0.5]]])))


def test_without_the_package_the_extra_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "spflow", None)
    with pytest.raises(MissingDependency, match=r"circuit-workbench\[peers\]"):
        to_spflow(mixed_circuit())


@settings(max_examples=10, deadline=None)
@given(circuits(max_variables=3, mixed=True).flatmap(lambda c: rows_for(c).map(lambda r: (c, r))))
def test_mixed_circuits_with_missing_cells(both):
    circuit, rows = both
    np.testing.assert_allclose(theirs(to_spflow(circuit), rows), ours(circuit, rows), atol=1e-8)
