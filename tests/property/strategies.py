"""Random small circuits and rows for property tests, small enough to enumerate."""

import numpy as np
from hypothesis import strategies as st

from workbench.circuits.build import Builder
from workbench.data.variables import categorical, continuous


@st.composite
def circuits(draw, max_variables=5, mixed=False, zeros=None, normalised=True):
    """A smooth, decomposable circuit with shared subgraphs, rarely deterministic.

    `mixed` lets the last variable be continuous; `zeros` allows impossible
    categories and dead edges.
    """
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_variables = draw(st.integers(1, max_variables))
    n_units = draw(st.integers(1, 4))
    has_zeros = draw(st.booleans()) if zeros is None else zeros
    variables = [categorical(f"v{k}", int(random.integers(2, 4))) for k in range(n_variables)]
    if mixed and draw(st.booleans()):
        variables[-1] = continuous("height")
    return _Grower(random, variables, n_units, has_zeros, normalised).circuit()


class _Grower:
    """Grows a circuit whose regions hold about `n_units` units that all parents share."""

    def __init__(self, random, variables, n_units, has_zeros, normalised):
        self.random, self.variables, self.n_units = random, variables, n_units
        self.has_zeros, self.normalised = has_zeros, normalised
        self.build = Builder(variables)
        self.pools = {}

    def circuit(self):
        everything = self.pool(tuple(range(len(self.variables))))
        return self.build.circuit(self.build.sum(everything, self.weights(len(everything))))

    def pool(self, scope):
        if scope not in self.pools:
            make = self.leaf if len(scope) == 1 else self.product
            units = [make(scope) for _ in range(self.n_units)]
            n_sums = int(self.random.integers(0, self.n_units + 1))
            self.pools[scope] = units + [self.mixture(units) for _ in range(n_sums)]
        return self.pools[scope]

    def leaf(self, scope):
        (variable,) = scope
        if self.variables[variable].kind == "continuous":
            mean, deviation = self.random.normal(), self.random.uniform(0.3, 2.0)
            return self.build.gaussian(variable, mean, deviation)
        size = self.variables[variable].n_categories
        probabilities = self.random.dirichlet(np.ones(size))
        if self.has_zeros and self.random.random() < 0.4:
            probabilities = np.eye(size)[self.random.integers(size)]
        return self.build.categorical(variable, probabilities)

    def product(self, scope):
        cut = len(scope) // 2
        if self.random.random() < 0.7:
            cut = int(self.random.integers(1, len(scope)))
        parts = np.split(self.random.permutation(scope), [cut])
        regions = [tuple(sorted(part.tolist())) for part in parts]
        return self.build.product([int(self.random.choice(self.pool(r))) for r in regions])

    def mixture(self, units):
        count = int(self.random.integers(1, len(units) + 1))
        chosen = self.random.choice(units, size=count, replace=False).tolist()
        return self.build.sum(chosen, self.weights(count))

    def weights(self, n):
        values = self.random.dirichlet(np.ones(n))
        if self.has_zeros and n > 1 and self.random.random() < 0.3:
            values[self.random.integers(n)] = 0.0
        return values / values.sum() * (1.0 if self.normalised else self.random.uniform(0.5, 3.0))


@st.composite
def rows_for(draw, circuit, max_rows=6, missing=0.3, keep_continuous=True):
    """Rows that fit `circuit`; a continuous cell is never missing unless that is wanted."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_rows = draw(st.integers(1, max_rows))
    columns = []
    for variable in circuit.variables:
        if variable.kind == "continuous":
            column = random.normal(size=n_rows) * 2.0
            drop = np.zeros(n_rows, bool) if keep_continuous else random.random(n_rows) < missing
        else:
            column = random.integers(variable.n_categories, size=n_rows).astype(float)
            drop = random.random(n_rows) < missing
        columns.append(np.where(drop, np.nan, column))
    return np.stack(columns, axis=1)


@st.composite
def circuits_and_rows(draw, max_rows=6, missing=0.3, **options):
    """A circuit and rows for it."""
    circuit = draw(circuits(**options))
    return circuit, draw(rows_for(circuit, max_rows=max_rows, missing=missing))


def every_row(circuit):
    """All assignments of a categorical circuit, ``(assignments, variable)``."""
    from workbench.circuits.reference import completions

    return completions(circuit, np.full(len(circuit.variables), np.nan))
