"""Times of single queries and of edits: ``python tests/bench/bench_interactive.py``.

Prints microseconds of one query of a circuit of 168 nodes and 347 edges over 16
binary variables, and milliseconds from an edit to the new values and flows of
one row, the edit itself included: best, median and 95th percentile.
"""

import time

import numpy as np

from workbench.circuits import Builder, normalised, with_parameters, without_edges
from workbench.circuits.leaves import CATEGORICAL
from workbench.compute import engine, retrace, trace
from workbench.data.variables import categorical
from workbench.inference import log_likelihood

BINARY = tuple(categorical(f"x{number}", 2) for number in range(16))
QUERIES, EDITS = 5_000, 15
ARITY = 8


def small_circuit():
    """Two leaves per variable; five products and four sums per region of a binary tree."""
    random = np.random.default_rng(0)
    build = Builder(BINARY)
    regions = [
        [build.categorical(number, random.dirichlet([1, 1])) for _ in range(2)]
        for number in range(len(BINARY))
    ]
    n_wider = 12
    while len(regions) > 1:
        pairs = list(zip(regions[::2], regions[1::2], strict=True))
        n_products = 9 if len(pairs) == 1 else 5
        regions = []
        for left, right in pairs:
            products = [
                build.product([left[k % len(left)], right[(k + k // len(left)) % len(right)]])
                for k in range(n_products)
            ]
            if n_products == 9:
                regions.append([build.sum(products, random.dirichlet(np.ones(9)))])
                continue
            sums = []
            for first in range(4):
                width = 4 if n_wider > 0 else 3
                n_wider -= 1
                children = [products[(first + k) % 5] for k in range(width)]
                sums.append(build.sum(children, random.dirichlet(np.ones(width))))
            regions.append(sums)
    return build.circuit(regions[0][0])


def large_circuit(n_edges):
    """A binary tree of regions with equally many leaves, products and sums of eight children."""
    random = np.random.default_rng(0)
    n_units = n_edges // (15 * (ARITY + 2))
    build = Builder(BINARY)
    regions = [
        build.leaves(number, CATEGORICAL, np.log(random.dirichlet([1, 1], size=n_units)))
        for number in range(len(BINARY))
    ]
    while len(regions) > 1:
        pairs = zip(regions[::2], regions[1::2], strict=True)
        regions = [_joined(build, random, left, right) for left, right in pairs]
    return build.circuit(int(build.sum(regions[0].tolist(), np.ones(n_units))))


def _joined(build, random, left, right):
    products = build.products(np.stack([random.permutation(left), random.permutation(right)], 1))
    others = random.permuted(np.tile(products, (ARITY - 1, 1)), axis=1)
    children = np.concatenate([products[None], others]).T
    return build.sums(children, random.dirichlet(np.ones(ARITY), size=len(children)))


def times(function, n):
    """(n,) seconds of calls, after one that is not counted."""
    function()
    taken = np.empty(n)
    for number in range(n):
        started = time.perf_counter()
        function()
        taken[number] = time.perf_counter() - started
    return taken


def show(what, taken, unit):
    scale = {"us": 1e6, "ms": 1e3}[unit]
    best, median, high = scale * np.quantile(taken, [0, 0.5, 0.95])
    print(f"{what:<58}{best:9.1f} {median:9.1f} {high:9.1f} {unit}", flush=True)


def queries():
    circuit = small_circuit()
    running, row = engine(circuit, "cpu"), np.zeros((1, 16))
    name = f"{circuit.n_nodes} nodes, {circuit.n_edges} edges"
    show(f"{name}: log-likelihood", times(lambda: running.log_likelihood(row), QUERIES), "us")
    show(f"{name}: all node values", times(lambda: running.node_values(row), QUERIES), "us")
    show(f"{name}: all flows", times(lambda: running.flows(row), QUERIES), "us")
    show(f"{name}: by the query", times(lambda: log_likelihood(circuit, row), QUERIES), "us")


def edits(n_edges):
    circuit, row = large_circuit(n_edges), np.zeros(16)
    traced = trace(circuit, row)
    edges = iter(np.random.default_rng(1).permutation(np.flatnonzero(circuit.is_sum_edge)))

    def lighter():
        weights = circuit.log_weights.copy()
        weights[next(edges)] -= 1.0
        return with_parameters(
            circuit, log_weights=weights, leaf_parameters=circuit.leaf_parameters
        )

    def cut():
        return without_edges(circuit, np.arange(circuit.n_edges) == next(edges))

    ways = {
        "an edge removed": cut,
        "a weight changed": lighter,
        "a weight changed, all normalised": lambda: normalised(lighter()),
    }
    for name, edit in ways.items():
        taken = times(lambda edit=edit: retrace(traced, edit()), EDITS)
        show(f"{circuit.n_edges:,} edges: {name}", taken, "ms")
    show(f"{circuit.n_edges:,} edges: a fresh trace", times(lambda: trace(circuit, row), 5), "ms")


if __name__ == "__main__":
    print(f"{'':<58}{'best':>9} {'median':>9} {'p95':>9}")
    queries()
    edits(100_000)
    edits(1_000_000)
