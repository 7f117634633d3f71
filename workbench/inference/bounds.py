"""Proved upper bounds of all completions of partial assignments, discrete and continuous.

A partial assignment fixes some queried variables, leaves others free, and holds
continuous ones within intervals. Put the largest density in place of each free leaf,
and keep sums and products as they are: the value U of the root is an upper bound of
every completion, because the maximum of a sum is at most the sum of the maxima, and
the maximum of a product over disjoint scopes is the product of the maxima. U is linear
in the leaves of one variable (smooth and decomposable: each induced tree has exactly
one), so one backward pass gives the same bound with any one free variable set to any of
its values. When every variable is fixed, U is the value itself.

U closes with the width r of intervals, which near a maximum leaves very many of them to
look at. A second bound closes with r^2: every leaf is a value, a linear term and a rest
(:mod:`workbench.inference.peaks`); sums add the three and products multiply them, so that
the root has its value at the centre, its gradient there, and a bound on the rest.

Source: Mei, Jiang and Tu 2018, "Maximum a posteriori inference in sum-product networks"
(discrete bound and forward checking); Moore, Kearfott and Cloud 2009, "Introduction to
interval analysis", section 6.4 (mean value forms).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import FAMILIES, POISSON, Family
from workbench.compute.evaluation import Semiring, add_inner_elements, leaf_of
from workbench.compute.schedule import schedule
from workbench.compute.semirings import SUM_PRODUCT
from workbench.core.arrays import AnyArray, FloatArray, IdArray
from workbench.inference.peaks import SHAPES, Expansion, Shape

_LOST = 1e-290  # more flow than underflow can lose on the way to a leaf; keeps bounds above


def _expanded_times(first: AnyArray, second: AnyArray) -> AnyArray:
    """(v + a + R)(v' + a' + R') with |a|, |R| bounded: all three kept as logarithms."""
    (v, a, r), (v_2, a_2, r_2) = np.moveaxis(first, -1, 0), np.moveaxis(second, -1, 0)
    mixed = np.logaddexp(a, r) + np.logaddexp(a_2, r_2)
    rest = np.logaddexp(np.logaddexp(v + r_2, v_2 + r), mixed)
    return np.stack([v + v_2, np.logaddexp(v + a_2, v_2 + a), rest], axis=-1)


def _only_value(log_values: FloatArray) -> AnyArray:
    return np.pad(log_values[..., None], [(0, 0), (0, 2)], constant_values=-np.inf)


EXPANSION = Semiring(
    "expansion",
    np.logaddexp,
    _expanded_times,
    zero=-np.inf,
    one=(0.0, -np.inf, -np.inf),
    weight=_only_value,
    leaf=lambda leaf, values: _only_value(leaf.log_density(values)),
    shape=(3,),
)
"""Logs of a value, of a bound on its linear term and of a bound on the rest."""


@dataclass(frozen=True, eq=False)
class Regions:
    """Partial assignments: rows, and an interval for every continuous variable that is split.

    Parameters
    ----------
    rows
        (batch, variable); NaN where free or summed out.
    low, high
        (batch, split) both ends belong to the interval.
    """

    rows: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, eq=False)
class Bound:
    """What one pass says of some regions.

    Parameters
    ----------
    upper
        (batch,) no completion in the region has more, in nats.
    tables
        For each branching categorical variable (batch, values): the bound with the
        variable set to each value; meaningless where it is fixed.
    rows
        (candidates, variable) complete rows that are worth trying.
    spread
        (batch, split) how wide each interval is, in deviations of the leaves inside.
    """

    upper: FloatArray
    tables: list[FloatArray]
    rows: FloatArray
    spread: FloatArray


@dataclass(frozen=True, eq=False)
class _Family:
    """Leaves of one column and family."""

    family: Family
    leaves: IdArray
    parameters: FloatArray
    shape: Shape


class Bounds:
    """Upper bounds over the columns `query` of a circuit; see the module."""

    def __init__(self, circuit: Circuit, row: FloatArray, query: IdArray) -> None:
        self.circuit = circuit
        columns = query.tolist()
        self.branching = [v for v in columns if circuit.variables[v].n_categories]
        continuous = [v for v in columns if not circuit.variables[v].n_categories]
        self.split = [v for v in continuous if _is_known(circuit, v)]
        self.families = {v: _families(circuit, v) for v in self.split}
        self.whole = {v: _tops(circuit, v) for v in continuous if v not in self.split}
        self.tops = {v: _tops(circuit, v) for v in self.split}
        self.tables = {v: _Tables(circuit, v) for v in self.branching}
        self.base = _base(circuit, row, {*self.branching, *self.split}, set(self.whole))
        self.scatter = [_scatter(circuit, group.edges) for group in schedule(circuit)]
        self.is_counted = np.array([self._counts(v) for v in self.split], dtype=np.bool_)

    def start(self, row: FloatArray) -> Regions:
        """The region of everything: outside the hull of the modes every leaf falls off."""
        hulls = [self.tops[v][1] for v in self.split]
        low, high = (np.array([[end(h) for h in hulls]]) for end in (np.min, np.max))
        return Regions(row[None], low.reshape(1, -1), high.reshape(1, -1))

    def __call__(self, regions: Regions) -> Bound:
        """Bounds and what else can be read off the same passes."""
        values = self._values(regions)
        add_inner_elements(self.circuit, values, SUM_PRODUCT)
        upper, flows = values[-1], self._flows(values)
        rows = self._greedy(regions, flows)
        if self.split:
            closer, better = self._expanded(regions)
            upper, rows = np.minimum(upper, closer), np.concatenate([rows, better])
        tables = [self.tables[v].bounds(flows) + values[-1][:, None] for v in self.branching]
        return Bound(upper, tables, rows, self._spread(regions, flows))

    def ends(self, place: int) -> FloatArray:
        """Where leaves of a split column jump, ascending."""
        found = [f.shape.ends(f.parameters).ravel() for f in self.families[self.split[place]]]
        return np.unique(np.concatenate(found))

    def _counts(self, column: int) -> bool:
        return all(f.family is POISSON for f in self.families[column])

    def _values(self, regions: Regions) -> FloatArray:
        values = np.repeat(self.base[:, None], len(regions.rows), axis=1)
        for column, table in self.tables.items():
            values[table.leaves] = table.values(regions.rows[:, column])
        for place, column in enumerate(self.split):
            low, high = regions.low[:, place], regions.high[:, place]
            for family in self.families[column]:
                values[family.leaves] = family.shape.log_peak(family.parameters, low, high)
        return values

    def _expanded(self, regions: Regions) -> tuple[FloatArray, FloatArray]:
        """The bound that closes with the square of the widths, and rows from it."""
        elements = np.full((self.circuit.n_nodes, len(regions.rows), 3), -np.inf)
        elements[..., 0] = self._values(regions)
        half = 0.5 * regions.high - 0.5 * regions.low
        found: list[list[tuple[_Family, Expansion]]] = []
        for place, column in enumerate(self.split):
            low, high = regions.low[:, place], regions.high[:, place]
            pairs = [(f, f.shape.expand(f.parameters, low, high)) for f in self.families[column]]
            for family, expansion in pairs:
                elements[family.leaves] = _triples(expansion, half[:, place])
            found.append(pairs)
        add_inner_elements(self.circuit, elements, EXPANSION)
        flows = self._flows(elements[..., 0])
        slopes = np.stack([_slope(pairs, flows) for pairs in found], axis=1)
        value, rest = elements[-1, :, 0], elements[-1, :, 2]
        with np.errstate(divide="ignore"):  # a flat centre
            linear = value + np.log((np.abs(slopes) * half).sum(axis=1))
        upper = np.logaddexp(np.logaddexp(value, linear), rest)
        return upper, self._around(regions, flows, np.sign(slopes) * half)

    def _around(self, regions: Regions, flows: FloatArray, steps: FloatArray) -> FloatArray:
        """Rows at the centres of the intervals, and at the corners that the slopes point to."""
        centres = self._greedy(regions, flows)
        middle = self._rounded(0.5 * regions.low + 0.5 * regions.high)
        corners = centres.copy()
        centres[:, self.split] = middle
        corners[:, self.split] = np.clip(self._rounded(middle + steps), regions.low, regions.high)
        return np.concatenate([centres, corners])

    def _rounded(self, values: FloatArray) -> FloatArray:
        return np.where(self.is_counted, np.floor(values), values)

    def _greedy(self, regions: Regions, flows: FloatArray) -> FloatArray:
        """Rows with the value that has most flow for each variable, on its own."""
        rows = regions.rows.copy()
        for column in self.branching:
            is_free = np.isnan(rows[:, column])
            best = self.tables[column].bounds(flows).argmax(axis=1)
            rows[is_free, column] = best[is_free]
        for column, (leaves, tops) in (self.whole | self.tops).items():
            rows[:, column] = tops[flows[leaves].argmax(axis=0)]
        rows[:, self.split] = np.clip(rows[:, self.split], regions.low, regions.high)
        return rows

    def _spread(self, regions: Regions, flows: FloatArray) -> FloatArray:
        half = 0.5 * regions.high - 0.5 * regions.low
        found = [
            sum(f.shape.precision(f.parameters) @ flows[f.leaves] for f in self.families[v])
            for v in self.split
        ]
        spread: FloatArray = half * np.sqrt(np.array(found).reshape(half.shape[::-1]).T)
        return spread

    def _flows(self, values: FloatArray) -> FloatArray:
        """(n_nodes, batch) the share of the root that goes through each node."""
        circuit = self.circuit
        flows = np.zeros_like(values)
        flows[-1] = values[-1] > -np.inf
        base = np.where(values > -np.inf, values, 0.0)
        for group, (children, scatter) in zip(
            reversed(schedule(circuit)), reversed(self.scatter), strict=True
        ):
            shares = np.broadcast_to(flows[group.nodes], (*group.edges.shape, values.shape[1]))
            if group.kind == Kind.SUM:
                below = circuit.log_weights[group.edges][..., None]
                below = below + values[circuit.children[group.edges]]
                shares = shares * np.exp(below - base[group.nodes])
            flows[children] += scatter @ shares.reshape(-1, values.shape[1])
        return flows


class _Tables:
    """Log-densities of all leaves of one categorical column."""

    def __init__(self, circuit: Circuit, column: int) -> None:
        self.leaves = np.flatnonzero(circuit.leaf_variables == column)
        logs = np.stack([leaf_of(circuit, node).log_table for node in self.leaves.tolist()])
        peaks = logs.max(axis=1, keepdims=True)
        self.logs = np.concatenate([logs, peaks], axis=1)
        self.ratios = np.exp(logs - np.where(peaks > -np.inf, peaks, 0.0))

    def values(self, cells: FloatArray) -> FloatArray:
        """(leaves, batch) of known cells the log-density, of free ones the largest there is."""
        n_values = self.logs.shape[1] - 1
        return self.logs[:, np.where(np.isnan(cells), n_values, cells).astype(np.int64)]

    def bounds(self, flows: FloatArray) -> FloatArray:
        """(batch, values) the log of what is left of the bound when a value is chosen."""
        with np.errstate(divide="ignore"):  # an impossible value
            logs: FloatArray = np.log(self.ratios.T @ (flows[self.leaves] + _LOST)).T
        return logs


def _families(circuit: Circuit, column: int) -> list[_Family]:
    leaves = np.flatnonzero(circuit.leaf_variables == column)
    found = []
    for code in np.unique(circuit.leaf_families[leaves]).tolist():
        chosen = leaves[circuit.leaf_families[leaves] == code]
        parameters = np.stack([circuit.table_of(node) for node in chosen.tolist()])
        found.append(_Family(FAMILIES[code], chosen, parameters, SHAPES[code]))
    return found


def _is_known(circuit: Circuit, column: int) -> bool:
    codes = np.unique(circuit.leaf_families[circuit.leaf_variables == column])
    return all(code in SHAPES for code in codes.tolist())


def _tops(circuit: Circuit, column: int) -> tuple[IdArray, FloatArray]:
    """The leaves of a column, and their modes."""
    leaves = np.flatnonzero(circuit.leaf_variables == column)
    found = [leaf_of(circuit, node) for node in leaves.tolist()]
    return leaves, np.array([leaf.family.mode(leaf.parameters) for leaf in found])


def _base(circuit: Circuit, row: FloatArray, changing: set[int], whole: set[int]) -> FloatArray:
    """(n_nodes,) log-densities of leaves that no region changes; of `whole` at their modes."""
    base = np.zeros(circuit.n_nodes)
    for node in np.flatnonzero(circuit.kinds == Kind.LEAF).tolist():
        column = int(circuit.leaf_variables[node])
        if column in whole:
            base[node] = leaf_of(circuit, node).log_peak
        elif column not in changing and not np.isnan(row[column]):
            base[node] = leaf_of(circuit, node).log_density(row[[column]])[0]
    return base


def _triples(expansion: Expansion, half: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):  # no slope, or an interval of one point
        linear = expansion.log_value + np.log(np.abs(expansion.slope) * half)
    return np.stack([expansion.log_value, linear, expansion.log_rest], axis=-1)


def _slope(pairs: list[tuple[_Family, Expansion]], flows: FloatArray) -> FloatArray:
    """(batch,) the derivative of the root's logarithm at the centre."""
    total: FloatArray = np.sum([(flows[f.leaves] * e.slope).sum(axis=0) for f, e in pairs], axis=0)
    return total


def _scatter(circuit: Circuit, edges: IdArray) -> tuple[IdArray, csr_matrix]:
    children, place = np.unique(circuit.children[edges.ravel()], return_inverse=True)
    n_edges = edges.size
    ones = (np.ones(n_edges), (place.ravel(), np.arange(n_edges)))
    return children.astype(np.int64), csr_matrix(ones, shape=(len(children), n_edges))
