"""Strategies and enumeration shared by the tests of theories."""

import itertools

import numpy as np
import pytest
from hypothesis import strategies as st

from workbench.circuits.build import Builder
from workbench.data.variables import categorical
from workbench.theories import FALSE, TRUE, And, Literal, Or, Theory

SIZES = (2, 3, 4, 3)


def _literals(sizes):
    def on(variable):
        codes = st.frozensets(st.integers(0, sizes[variable] - 1))
        return st.builds(
            Literal, st.just(variable), codes, st.lists(st.integers(0, 20), max_size=2).map(tuple)
        )

    return st.integers(0, len(sizes) - 1).flatmap(on)


@st.composite
def _theories(draw, sizes=SIZES):
    leaves = _literals(sizes) | st.sampled_from([TRUE, FALSE])
    branch = lambda inner: st.one_of(  # noqa: E731  # hypothesis extends with a function
        st.lists(inner, max_size=4).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=4).map(lambda parts: Or(tuple(parts))),
    )
    tree = draw(st.recursive(leaves, branch, max_leaves=12))
    variables = tuple(categorical(f"v{i}", size) for i, size in enumerate(sizes))
    return Theory(variables, tree)


@st.composite
def _circuits(draw, sizes=SIZES):
    """Smooth decomposable circuits: sums over products of two parts of the scope."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    build = Builder(tuple(categorical(f"v{i}", size) for i, size in enumerate(sizes)))

    def grow(scope):
        if len(scope) == 1:
            return build.categorical(scope[0], random.dirichlet(np.ones(sizes[scope[0]])))
        parts = []
        for _ in range(int(random.integers(1, 4))):
            order = random.permutation(scope).tolist()
            cut = int(random.integers(1, len(order)))
            parts.append(build.product([grow(order[:cut]), grow(order[cut:])]))
        return build.sum(parts, random.dirichlet(np.ones(len(parts))))

    return build.circuit(grow(list(range(len(sizes)))))


def _all_rows(sizes=SIZES, *, missing=False):
    values = [[*range(size), np.nan] if missing else range(size) for size in sizes]
    return np.array(list(itertools.product(*values)), dtype=np.float64)


def _holds(node, row):
    """The obvious evaluator."""
    if isinstance(node, Literal):
        return row[node.variable] in node.allowed  # NaN is in no set of codes
    if isinstance(node, And):
        return all(_holds(child, row) for child in node.children)
    if isinstance(node, Or):
        return any(_holds(child, row) for child in node.children)
    return node.value


@pytest.fixture(scope="session")
def theories():
    return _theories


@pytest.fixture(scope="session")
def circuits():
    return _circuits


@pytest.fixture(scope="session")
def all_rows():
    return _all_rows


@pytest.fixture(scope="session")
def truth():
    return lambda theory, rows: np.array([_holds(theory.tree, row) for row in rows])
