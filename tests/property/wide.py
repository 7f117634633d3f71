"""Tree-shaped circuits with wide blocks of sums, whole or pruned, and comparisons of engines."""

import numpy as np

from workbench.circuits import Builder, hclt
from workbench.circuits.removal import without_edges
from workbench.compute.plan import DenseLayer, plan
from workbench.data.variables import categorical, continuous

DTYPES = ("float64", "float32")
TOLERANCE = {"float64": 1e-10, "float32": 1e-4}
FIELDS = ("log_likelihood", "edges", "nodes", "leaf_statistics")


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


def pruned(circuit, keep, size=1, seed=0):
    """`circuit` with about a share `keep` of its edges, whole squares of `size` at a time."""
    random = np.random.default_rng(seed)
    removed = np.zeros(circuit.n_edges + 1, dtype=bool)
    for layer in plan(circuit).layers:
        if isinstance(layer, DenseLayer):
            for block in layer.edges:
                squares = random.random([-(-side // size) for side in block.shape]) >= keep
                squares[np.arange(len(squares)), np.arange(len(squares)) % squares.shape[1]] = False
                cells = np.kron(squares, np.ones((size, size), dtype=bool))
                removed[block[cells[: block.shape[0], : block.shape[1]]]] = True
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
