"""Tree-shaped circuits with wide blocks of sums, whole or pruned, and comparisons of engines."""

import numpy as np
import pytest
import torch

from workbench.circuits import Builder, hclt
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
from workbench.circuits.removal import without_edges
from workbench.compute.plan import DenseLayer, plan
from workbench.data.variables import categorical, continuous

DTYPES = ("float64", "float32")
TOLERANCE = {"float64": 1e-10, "float32": 1e-4}
FIELDS = ("log_likelihood", "edges", "nodes", "leaf_statistics")


def need_triton():
    """Skip where Triton's kernels cannot run: not installed, or neither GPU nor interpreter."""
    pytest.importorskip("triton", reason="Triton has no package for this system")
    from workbench.compute.cuda.triton_kernels import product_kernel, tl

    made = {type(function).__name__ for function in (product_kernel, tl.max)}
    if made != {"InterpretedFunction"} and not torch.cuda.is_available():
        pytest.skip("Triton was imported before its interpreter was chosen; run tests first")


def rows_with_gaps(n_rows=70, n_variables=7, seed=0):
    """Codes 0..2, a tenth of the cells missing, the last row altogether."""
    random = np.random.default_rng(seed)
    rows = random.integers(3, size=(n_rows, n_variables)).astype(float)
    rows[random.random(rows.shape) < 0.1] = np.nan
    rows[-1] = np.nan
    return rows


def tree(latents=5, **options):
    """A hidden Chow-Liu tree over the variables of `rows_with_gaps`."""
    return hclt(np.nan_to_num(rows_with_gaps(**options)), latents=latents, seed=3)


def mask(shape, keep, size=1, seed=0):
    """Which cells of a block have an edge: whole squares of `size`, at least one in each stripe."""
    random = np.random.default_rng(seed)
    squares = random.random([-(-side // size) for side in shape]) < keep
    squares[np.arange(len(squares)), np.arange(len(squares)) % squares.shape[1]] = True
    return np.kron(squares, np.ones((size, size), dtype=bool))[: shape[0], : shape[1]]


def chain(latents, keep=1.0, size=1, n_variables=3, seed=0):
    """A hidden Markov chain over codes 0..2, whose blocks of transitions are masked."""
    random = np.random.default_rng(seed)
    build = Builder([categorical(f"v{k}", 3) for k in range(n_variables)])

    def leaves(variable):
        tables = np.log(random.dirichlet(np.ones(3), size=latents))
        return build.leaves(variable, CATEGORICAL, tables)

    units = leaves(0)
    for variable in range(1, n_variables):
        has_edge = mask((latents, latents), keep, size, seed + variable)
        sums = [
            build.sum(units[row], random.dirichlet(np.ones(int(row.sum())))) for row in has_edge
        ]
        units = build.products(np.stack([sums, leaves(variable)], axis=1))
    return build.circuit(build.sum(units, random.dirichlet(np.ones(latents))))


def pruned(circuit, keep, size=1, seed=0):
    """`circuit` with about a share `keep` of its edges, whole squares of `size` at a time."""
    removed = np.zeros(circuit.n_edges + 1, dtype=bool)
    for layer in plan(circuit).layers:
        if isinstance(layer, DenseLayer):
            for number, block in enumerate(layer.edges):
                removed[block[~mask(block.shape, keep, size, seed + number)]] = True
    return without_edges(circuit, removed[:-1])


def far_apart():
    """A circuit whose children differ by more than the range of any float."""
    build = Builder((continuous("x"), categorical("y", 2)))
    near, far = build.gaussian(0, 0.0, 1.0), build.gaussian(0, 100.0, 1.0)
    sums = [
        build.sum([near, far], [0.5, 0.5]),
        build.sum([far], [1.0]),
        build.sum([near, far], [1e-60, 1.0]),
    ]
    sides = [build.categorical(1, p) for p in ([0.5, 0.5], [0.1, 0.9], [0.8, 0.2])]
    pairs = [build.product(pair) for pair in zip(sums, sides, strict=True)]
    return build.circuit(build.sum(pairs, [0.2, 0.3, 0.5]))


def at_odds():
    """A mixture whose components each find one variable of (0, 100) all but impossible."""
    build = Builder((continuous("x"), continuous("y")))
    components = [
        build.product([build.gaussian(variable, mean, 1.0) for variable in (0, 1)])
        for mean in (0.0, 100.0)
    ]
    return build.circuit(build.sum(components, [0.3, 0.7]))


def every_family():
    """A mixture with leaves of all families, whose rows are partly impossible for some."""
    first, second, third = categorical("a", 5), categorical("b", 2), continuous("c")
    build = Builder((first, second, third))
    tables = [
        (CATEGORICAL, np.log([0.1, 0.2, 0.3, 0.3, 0.1]), GAUSSIAN, [1.5, 0.2]),
        (BINOMIAL, binomial_parameters(first, 0.3), POISSON, poisson_parameters(2.0)),
        (
            DISCRETISED_LOGISTIC,
            logistic_parameters(first, 2.0, 0.8),
            UNIFORM,
            uniform_parameters(0, 3),
        ),
    ]
    parts = []
    for number, (family, table, other, moments) in enumerate(tables):
        sure = build.categorical(1, np.eye(2)[number % 2])
        leaves = [build.leaf(0, family, table), sure, build.leaf(2, other, moments)]
        parts.append(build.product(leaves))
    return build.circuit(build.sum(parts, [0.2, 0.5, 0.3]))


FAMILY_ROWS = np.array(
    [[0, 0, 2.0], [4, 1, 3.0], [2, 1, 2.5], [1, 0, -1.0], [np.nan, 1, 0.0], [3, np.nan, np.nan]]
)
ODD_ROWS = np.array([[0.0, 0.0], [0.0, 100.0], [90.0, 20.0], [np.nan, 99.0]])
FAR_ROWS = np.array(
    [[0.0, 0.0], [0.0, 1.0], [100.0, 0.0], [50.0, 1.0], [-40.0, 1.0], [np.nan, np.nan]]
)


def assert_same_flows(found, expected, tolerance):
    """Every field of two flow passes agrees, and nothing is NaN."""
    for name in FIELDS:
        actual, wanted = getattr(found, name), getattr(expected, name)
        assert not np.isnan(actual).any(), name
        np.testing.assert_allclose(actual, wanted, rtol=tolerance, atol=tolerance, err_msg=name)


def assert_same(found, expected, rows, tolerance):
    """Two engines agree on likelihoods, values of nodes and weighted flows of `rows`."""
    weights = np.linspace(0.5, 2.0, len(rows))
    for name in ("log_likelihood", "node_values"):
        actual, wanted = getattr(found, name)(rows), getattr(expected, name)(rows)
        np.testing.assert_allclose(actual, wanted, rtol=tolerance, atol=tolerance, err_msg=name)
    assert_same_flows(found.flows(rows), expected.flows(rows), tolerance)
    assert_same_flows(found.flows(rows, weights), expected.flows(rows, weights), 2 * tolerance)
