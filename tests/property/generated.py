"""Generated circuits of every kind, and the truth about them by plain enumeration.

A continuous variable is enumerated too: at points with weights at which sums are the
integrals of its leaves (to rounding: the trapezoid rule for Gaussians, whole numbers for
Poisson leaves, midpoints of unit cells for uniform leaves with whole ends).
"""

import itertools
from dataclasses import dataclass

import numpy as np
from deterministic import Decisions, Mixtures
from scipy import stats

from workbench.circuits import Builder, Kind, without_edges
from workbench.circuits.leaves import (
    BINOMIAL,
    DISCRETISED_LOGISTIC,
    FAMILIES,
    GAUSSIAN,
    POISSON,
    UNIFORM,
    binomial_parameters,
    logistic_parameters,
    poisson_parameters,
    uniform_parameters,
)
from workbench.data.variables import categorical, continuous

POINTS = {
    GAUSSIAN.code: (np.linspace(-17.0, 17.0, 171), 0.2),
    POISSON.code: (np.arange(45.0), 1.0),
    UNIFORM.code: (np.arange(-4.0, 5.0) + 0.5, 1.0),
}


def variables_of(random):
    """Up to 12 binary ones, or fewer with more values; now and then a continuous one."""
    if random.random() < 0.4:
        return [categorical(f"v{k}", 2) for k in range(int(random.integers(1, 13)))], None
    sizes = random.integers(2, 4, size=int(random.integers(1, 6)))
    variables = [categorical(f"v{k}", int(size)) for k, size in enumerate(sizes)]
    if random.random() < 0.5:
        return variables, None
    family = [GAUSSIAN, POISSON, UNIFORM][int(random.integers(3))]
    return [*variables[:3], continuous("height")], family


def leaf_of_any_family(build, random, variable, family, allowed=None):
    """A leaf of a family that fits; `allowed` categories make it a table."""
    known = build.variables[variable]
    if known.kind == "continuous":
        return build.leaf(variable, family, _continuous(random, family))
    kind = random.random()
    if allowed is None and kind < 0.15:
        return build.leaf(variable, BINOMIAL, binomial_parameters(known, random.uniform(0.1, 0.9)))
    if allowed is None and kind < 0.3:
        mean, scale = random.uniform(-0.5, 2.0), random.uniform(0.2, 1.0)
        return build.leaf(variable, DISCRETISED_LOGISTIC, logistic_parameters(known, mean, scale))
    table = random.dirichlet(np.ones(known.n_categories))
    if allowed is not None:
        table = table * np.isin(np.arange(len(table)), allowed)
    elif random.random() < 0.25:
        table = np.eye(len(table))[random.integers(len(table))]
    return build.categorical(variable, table)


def _continuous(random, family):
    if family is GAUSSIAN:
        return [random.normal(), np.log(random.uniform(0.6, 1.5))]
    if family is POISSON:
        return poisson_parameters(random.uniform(0.2, 5.0))
    low = int(random.integers(-4, 3))
    return uniform_parameters(low, low + int(random.integers(1, 4)))


class Shared:
    """Regions whose few units are shared by all parents; some regions are split in two ways."""

    def __init__(self, random, variables, family):
        self.random, self.variables, self.family = random, variables, family
        self.build, self.pools = Builder(variables), {}
        self.twice = 0.3 if len(variables) <= 6 else 0.1

    def circuit(self):
        everything = self.pool(tuple(range(len(self.variables))))
        return self.build.circuit(self.mixture(everything, everything))

    def pool(self, scope):
        if scope not in self.pools:
            units = self.leaves(scope[0]) if len(scope) == 1 else self.products(scope)
            sums = [self.mixture(units, units) for _ in range(self.random.integers(0, 3))]
            self.pools[scope] = units + sums
        return self.pools[scope]

    def leaves(self, variable):
        count = int(self.random.integers(1, 4))
        return [
            leaf_of_any_family(self.build, self.random, variable, self.family) for _ in range(count)
        ]

    def products(self, scope):
        found = []
        for _ in range(1 + (self.random.random() < self.twice)):
            cut = max(1, min(len(scope) - 1, round(self.random.normal(len(scope) / 2, 0.7))))
            parts = np.split(self.random.permutation(scope), [cut])
            pools = [self.pool(tuple(sorted(part.tolist()))) for part in parts]
            for _ in range(self.random.integers(1, 4)):
                factors = [int(self.random.choice(pool)) for pool in pools]
                found.append(self.build.product(factors))
        return found

    def mixture(self, units, among):
        chosen = self.random.choice(among, size=self.random.integers(1, len(among) + 1),
                                    replace=False)  # fmt: skip
        weights = self.random.dirichlet(np.ones(len(chosen)))
        if len(chosen) > 1 and self.random.random() < 0.15:
            weights[self.random.integers(len(chosen))] = 0.0
        return self.build.sum(chosen.tolist(), weights / weights.sum())


def _with_any_leaf(base, family):
    class Any(base):
        def leaf(self, variable, allowed=None):
            return leaf_of_any_family(self.build, self.random, variable, family, allowed)

    return Any


def pruned(circuit, random):
    """Without a third of the edges of its sums; every sum keeps one."""
    removed = circuit.is_sum_edge & (random.random(circuit.n_edges) < 0.35)
    live = ~removed & (circuit.log_weights > -np.inf)
    left = np.bincount(circuit.edge_parents[live], minlength=circuit.n_nodes)
    removed &= (left > 0)[circuit.edge_parents]
    return without_edges(circuit, removed) if removed.any() else circuit


def generated(seed):
    """A possible circuit of one of five kinds: shared, pruned, along one tree, deterministic."""
    random = np.random.default_rng(seed)
    variables, family = variables_of(random)
    kind = seed % 5
    if kind in {0, 1, 4}:
        circuit = Shared(random, variables, family).circuit()
        circuit = pruned(circuit, random) if kind == 1 else circuit
        return random, scaled(circuit, random) if kind == 4 else circuit
    base = Mixtures if kind == 2 or len(variables) > 6 else Decisions
    if base is Decisions and family is not None and len(variables) == 1:
        base = Mixtures
    maker = _with_any_leaf(base, family)
    return random, maker(random, variables, free=bool(random.integers(2))).circuit()


def scaled(circuit, random):
    """The same with weights that no longer add to one."""
    from workbench.circuits import with_parameters

    factors = random.uniform(-0.5, 0.5, circuit.n_nodes)[circuit.edge_parents]
    weights = circuit.log_weights + np.where(circuit.is_sum_edge, factors, 0.0)
    return with_parameters(circuit, log_weights=weights, leaf_parameters=circuit.leaf_parameters)


def leaf_values(circuit, rows, intervals=None):
    """(n_nodes, rows) densities of leaves, 1 where a value is missing; masses of intervals."""
    values = np.ones((circuit.n_nodes, len(rows)))
    for node in np.flatnonzero(circuit.kinds == Kind.LEAF).tolist():
        column = int(circuit.leaf_variables[node])
        family, table = FAMILIES[int(circuit.leaf_families[node])], circuit.table_of(node)
        if intervals is not None and column in intervals:
            values[node] = _mass(family, table, *intervals[column])
            continue
        seen = ~np.isnan(rows[:, column])
        values[node, seen] = np.exp(family.log_density(table, rows[seen, column]))
    return values


def _mass(family, table, low, high):
    if family is GAUSSIAN:
        return np.diff(stats.norm(table[0], np.exp(table[1])).cdf([low, high]))[0]
    points, weight = POINTS[family.code]
    inside = (points >= low) & (points <= high)
    return weight * np.exp(family.log_density(table, points[inside])).sum()


def values_by_hand(circuit, rows, intervals=None):
    """(n_nodes, rows) values of all nodes, in numbers as they are: no logarithms, no layers."""
    values = leaf_values(circuit, rows, intervals)
    weights = np.exp(circuit.log_weights)
    for node in np.flatnonzero(circuit.kinds != Kind.LEAF).tolist():
        span = slice(circuit.offsets[node], circuit.offsets[node + 1])
        below = values[circuit.children[span]]
        is_sum = circuit.kinds[node] == Kind.SUM
        values[node] = weights[span] @ below if is_sum else below.prod(axis=0)
    return values


def edge_flows_by_hand(circuit, row):
    """(n_edges,) of sums: what share of the row's value is lost when the edge is cut."""
    values = np.repeat(leaf_values(circuit, row[None]), circuit.n_edges + 1, axis=1)
    weights = np.exp(circuit.log_weights)
    for node in np.flatnonzero(circuit.kinds != Kind.LEAF).tolist():
        span = range(circuit.offsets[node], circuit.offsets[node + 1])
        below = values[circuit.children_of(node)]
        if circuit.kinds[node] == Kind.PRODUCT:
            values[node] = below.prod(axis=0)
            continue
        terms = weights[span.start : span.stop, None] * below
        terms[np.arange(len(span)), np.array(span)] = 0.0
        values[node] = terms.sum(axis=0)
    root = values[-1]
    return (root[-1] - root[:-1]) / root[-1]


@dataclass
class Truth:
    """All joint values of a circuit's variables, with weights, and their masses."""

    rows: np.ndarray
    weights: np.ndarray
    values: np.ndarray

    @property
    def masses(self):
        return self.values * self.weights


def truth_of(circuit):
    """The masses of all joint values, one by one."""
    found = []
    for column, variable in enumerate(circuit.variables):
        if variable.n_categories:
            found.append((np.arange(variable.n_categories, dtype=float), 1.0))
        else:
            leaves = circuit.leaf_variables == column
            found.append(POINTS[int(circuit.leaf_families[leaves][0])])
    rows = np.array(list(itertools.product(*(points for points, _ in found))))
    weights = np.full(len(rows), float(np.prod([weight for _, weight in found])))
    return Truth(rows, weights, values_by_hand(circuit, rows)[-1])
