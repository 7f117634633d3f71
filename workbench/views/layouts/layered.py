"""Layered layout of a directed acyclic graph: levels given, order and coordinates found here.

Edges that skip levels run through one chain of invisible points per target, so
edges to the same node join instead of crossing. The order inside each level
comes from barycentre sweeps, the coordinates from a least-squares fit that
keeps the order and the distances (isotonic regression). Everything is
deterministic and works on whole arrays; nothing recurses.

Source: Sugiyama, Tagawa & Toda (1981), "Methods for visual understanding of
hierarchical system structures"; Gansner et al. (1993), "A technique for
drawing directed graphs", for the virtual points on skipping edges.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, frozen
from workbench.errors import StructureError
from workbench.views.layouts.tidy import Direction

POINTS_PER_NODE = 20
FREE_POINTS = 20_000
POINT_WIDTH = 0.3
GROUP_GAP = 1.0
SMALLEST_LEVEL_GAP = MappingProxyType({"down": 1.6, "right": 1.2})  # labels stand below glyphs
LARGEST_STRETCH = 1.5
LARGEST_LEVEL_GAP = 40.0
MARGIN = 0.8
RIGHT_IF_LARGER_BY = 1.25
ROOMY = 14.0  # layout units that a common canvas shows with glyphs at their size at rest
SWEEP_STEPS, MOST_SWEEPS, FEWEST_SWEEPS = 6_000, 8, 2
SEQUENTIAL_LEVELS = 600
SMOOTHINGS = 12
STRAIGHTNESS = 4.0


@dataclass(frozen=True, eq=False)
class Layered:
    """Where nodes lie, and where edges that skip levels bend.

    Parameters
    ----------
    x, y
        (n_nodes,) layout units: neighbours in a level are at least 1 apart, y grows downwards.
    direction
        Where the lower levels lie, seen from the higher ones: "down" or "right".
    bend_edges, bend_x, bend_y
        (n_bends,) the edge that each bend belongs to, from source to target, and its place.
    """

    x: FloatArray
    y: FloatArray
    direction: Direction
    bend_edges: IntArray
    bend_x: FloatArray
    bend_y: FloatArray


@dataclass(frozen=True, eq=False)
class _Graph:
    """Nodes and chain points together; every segment joins two of them."""

    levels: AnyArray
    upper: AnyArray
    lower: AnyArray
    widths: FloatArray
    groups: AnyArray
    grouped: bool
    n_nodes: int
    chain_starts: AnyArray


def layered(
    levels: ArrayLike,
    sources: ArrayLike,
    targets: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    aspect: float = 1.6,
    direction: Direction | Literal["auto"] = "down",
) -> Layered:
    """Coordinates of a graph whose edges point from higher to lower `levels`.

    Nodes of one level and of the same `groups` number stand together, with a
    wider gap to the next group when `groups` are given. The distance between levels is chosen so
    that width / height comes close to `aspect`.

    Raises
    ------
    StructureError
        When an edge does not point to a lower level.

    Source: see the module; the fit is L2 isotonic regression by pool adjacent violators.

    Examples
    --------
    >>> drawn = layered([0, 0, 1], [2, 2], [0, 1])
    >>> drawn.x.tolist(), drawn.y.tolist()
    ([-0.5, 0.5, 0.0], [1.6, 1.6, 0.0])
    """
    level = np.asarray(levels, dtype=np.int64)
    source, target = np.asarray(sources, dtype=np.int64), np.asarray(targets, dtype=np.int64)
    if np.any(level[source] <= level[target]):
        raise StructureError(
            "cannot lay out this graph in levels",
            given="an edge to the same or a higher level",
            expected="edges that point to lower levels",
        )
    group = np.arange(len(level)) if groups is None else np.asarray(groups, dtype=np.int64)
    graph = _with_chains(level, source, target, group, grouped=groups is not None)
    breadth = _coordinates(graph, _ordered(graph))
    depth = graph.levels.max(initial=0) - graph.levels
    towards = _direction(breadth, depth, aspect) if direction == "auto" else direction
    along = depth * _level_gap(breadth, depth, towards, aspect)
    across = breadth * _breadth_stretch(breadth, along, towards, aspect)
    x, y = (across, along) if towards == "down" else (along, across)
    edges, points = _bends(graph, source, target)
    return Layered(
        frozen(x[: len(level)]),
        frozen(y[: len(level)]),
        towards,
        frozen(edges, np.int32),
        frozen(x[points]),
        frozen(y[points]),
    )


def closest_levels(levels: ArrayLike, sources: ArrayLike, targets: ArrayLike) -> IntArray:
    """The levels, from above or from below, for which the edges skip the least, (n_nodes,).

    From below is `levels`, the height above the leaves; from above puts each
    node right under its lowest parent. Both are valid for :func:`layered`.

    Examples
    --------
    >>> closest_levels([0, 0, 1, 2], [2, 3, 3], [0, 1, 2]).tolist()
    [0, 1, 1, 2]
    """
    below = np.asarray(levels, dtype=np.int64)
    source, target = np.asarray(sources, dtype=np.int64), np.asarray(targets, dtype=np.int64)
    depth = np.zeros(len(below), dtype=np.int64)
    by_level = np.argsort(-below[source], kind="stable")
    cuts = np.flatnonzero(np.diff(below[source][by_level])) + 1
    for start, stop in pairwise([0, *cuts.tolist(), len(source)]):
        edges = by_level[start:stop]
        np.maximum.at(depth, target[edges], depth[source[edges]] + 1)
    above = depth.max(initial=0) - depth
    skipped_below = (below[source] - below[target]).sum()
    skipped_above = (above[source] - above[target]).sum()
    return frozen(above if skipped_above < skipped_below else below, np.int32)


def _with_chains(
    level: AnyArray, source: AnyArray, target: AnyArray, group: AnyArray, *, grouped: bool
) -> _Graph:
    n_nodes = len(level)
    highest = level.copy()
    np.maximum.at(highest, target, level[source])
    lengths = np.maximum(highest - level - 1, 0)
    if lengths.sum() > FREE_POINTS + POINTS_PER_NODE * n_nodes:
        lengths[:] = 0  # too many to help anybody: edges that skip are drawn straight
    starts = n_nodes + np.concatenate([[0], np.cumsum(lengths)])
    owner = np.repeat(np.arange(n_nodes), lengths)
    point = n_nodes + np.arange(len(owner))
    point_level = level[owner] + 1 + point - starts[owner]
    below = np.where(point == starts[owner], owner, point - 1)
    through = (level[source] - level[target] > 1) & (lengths[target] > 0)
    top = starts[target] + level[source] - level[target] - 2
    return _Graph(
        levels=np.concatenate([level, point_level]),
        upper=np.concatenate([source, point]),
        lower=np.concatenate([np.where(through, top, target), below]),
        widths=np.concatenate([np.ones(n_nodes), np.full(len(owner), POINT_WIDTH)]),
        groups=np.concatenate([group, group.max(initial=0) + 1 + np.arange(len(owner))]),
        grouped=grouped,
        n_nodes=n_nodes,
        chain_starts=starts,
    )


@dataclass(frozen=True, eq=False)
class _Side:
    """The segments that link the nodes of one level to nodes above, or below, it."""

    local: AnyArray
    other: AnyArray
    counts: AnyArray
    weights: FloatArray

    def means(self, place: FloatArray, own: FloatArray) -> FloatArray:
        """The weighted mean place of each node's neighbours; its own where it has none."""
        total = np.bincount(self.local, self.weights * place[self.other], len(self.counts))
        linked = self.counts > 0
        return np.where(linked, total / np.where(linked, self.counts, 1.0), own)


def _sides(graph: _Graph, members: list[AnyArray], near: AnyArray, far: AnyArray) -> list[_Side]:
    """One side per level, for nodes `near` and their neighbours `far`."""
    local_of = np.zeros(len(graph.levels), dtype=np.int64)
    for nodes in members:
        local_of[nodes] = np.arange(len(nodes))
    by_level = np.argsort(graph.levels[near], kind="stable")
    sizes = np.bincount(graph.levels[near], minlength=len(members))
    weight = _segment_weights(graph)
    sides = []
    for nodes, segments in zip(members, np.split(by_level, np.cumsum(sizes)[:-1]), strict=True):
        local = local_of[near[segments]]
        counts = np.bincount(local, weight[segments], len(nodes))
        sides.append(_Side(local, far[segments], counts, weight[segments]))
    return sides


def _segment_weights(graph: _Graph) -> FloatArray:
    """Segments between two chain points pull harder, so that long edges come out straight."""
    both = (graph.upper >= graph.n_nodes) & (graph.lower >= graph.n_nodes)
    return np.where(both, STRAIGHTNESS, 1.0)


def _members(levels: AnyArray) -> list[AnyArray]:
    by_level = np.argsort(levels, kind="stable")
    sizes = np.bincount(levels)
    return np.split(by_level, np.cumsum(sizes)[:-1])


def _ordered(graph: _Graph) -> list[AnyArray]:
    """The nodes of each level, left to right, lowest level first."""
    members = _members(graph.levels)
    place = np.zeros(len(graph.levels))
    for nodes in members:
        place[nodes] = _centred(len(nodes))
    above = _sides(graph, members, graph.lower, graph.upper)
    below = _sides(graph, members, graph.upper, graph.lower)
    wide = [level for level, nodes in enumerate(members) if len(nodes) > 1]
    best, shortest = place.copy(), np.inf
    for sweep in range(_n_sweeps(len(wide))):
        if sweep:
            for level in wide:
                _sort_level(members[level], below[level], place, graph.groups)
        for level in reversed(wide):  # downwards last: it leaves a tree without crossings
            _sort_level(members[level], above[level], place, graph.groups)
        length = float(np.abs(place[graph.upper] - place[graph.lower]).sum())
        if length < shortest:
            best, shortest = place.copy(), length
    return [nodes[np.argsort(best[nodes], kind="stable")] for nodes in members]


def _n_sweeps(n_levels: int) -> int:
    return max(FEWEST_SWEEPS, min(MOST_SWEEPS, SWEEP_STEPS // max(n_levels, 1)))


def _centred(n: int) -> FloatArray:
    return np.arange(n, dtype=np.float64) - (n - 1) / 2


def _sort_level(nodes: AnyArray, side: _Side, place: FloatArray, groups: AnyArray) -> None:
    own = place[nodes]
    mean = side.means(place, own)
    member = np.unique(groups[nodes], return_inverse=True)[1]
    sizes = np.bincount(member)
    group_mean = np.bincount(member, mean) / sizes
    group_own = np.bincount(member, own) / sizes
    order = np.lexsort((own, mean, member, group_own[member], group_mean[member]))
    place[nodes[order]] = _centred(len(nodes))


def _coordinates(graph: _Graph, order: list[AnyArray]) -> FloatArray:
    sequence = np.concatenate(order)
    starts = np.cumsum([0, *map(len, order)])
    ideal = _packed(graph, sequence, starts)
    x = np.empty(len(sequence))
    x[sequence] = ideal
    above = _sides(graph, order, graph.lower, graph.upper)
    below = _sides(graph, order, graph.upper, graph.lower)
    pull = _Pull(order, ideal, starts)
    if len(order) <= SEQUENTIAL_LEVELS:
        for _ in range(_n_sweeps(len(order)) // 2):
            pull.along(reversed(range(len(order))), above, x)
            pull.along(range(len(order)), below, x)
    _smooth(graph, sequence, x, ideal)
    if len(order) <= SEQUENTIAL_LEVELS:
        pull.along(range(len(order)), below, x)  # parents centred over their children
    centred: FloatArray = x - (x.min() + x.max()) / 2
    return centred


@dataclass(frozen=True, eq=False)
class _Pull:
    """Pulls one level after the other towards its neighbours on one side."""

    order: list[AnyArray]
    ideal: FloatArray
    starts: AnyArray

    def along(self, levels: Iterable[int], sides: list[_Side], x: FloatArray) -> None:
        """Change `x` in place."""
        for level in levels:
            nodes = self.order[level]
            packed = self.ideal[self.starts[level] : self.starts[level + 1]]
            x[nodes] = _spread(sides[level].means(x, x[nodes]), packed)


def _packed(graph: _Graph, sequence: AnyArray, starts: AnyArray) -> FloatArray:
    """Each level packed as tightly as allowed around 0, in the order of `sequence`."""
    width, group = graph.widths[sequence], graph.groups[sequence]
    apart = (sequence[1:] < graph.n_nodes) & (group[1:] != group[:-1]) & graph.grouped
    gaps = (width[1:] + width[:-1]) / 2 + GROUP_GAP * apart
    along = np.concatenate([[0.0], np.cumsum(gaps)])
    first, last = along[starts[:-1]], along[starts[1:] - 1]
    centred: FloatArray = along - np.repeat((first + last) / 2, np.diff(starts))
    return centred


def _spread(wanted: FloatArray, packed: FloatArray) -> FloatArray:
    """The places closest to `wanted` (least squares) at least as far apart as `packed`."""
    if len(wanted) == 1:
        return wanted
    from scipy.optimize import isotonic_regression

    fitted: FloatArray = isotonic_regression(wanted - packed).x
    return fitted + packed


def _smooth(graph: _Graph, sequence: AnyArray, x: FloatArray, ideal: FloatArray) -> None:
    """Pull every other level towards all its neighbours, all levels of one parity at once."""
    weight = _segment_weights(graph)
    ends = np.concatenate([graph.upper, graph.lower])
    others = np.concatenate([graph.lower, graph.upper])
    weights = np.concatenate([weight, weight])
    total = np.bincount(ends, weights, len(x))
    linked = total > 0
    step = 4.0 * (np.abs(x).max() + np.abs(ideal).max() + 1.0)
    apart = ideal + step * graph.levels[sequence]
    for parity in np.arange(2 * SMOOTHINGS) % 2:
        mean = np.bincount(ends, weights * x[others], len(x))
        wanted = np.where(linked, mean / np.where(linked, total, 1.0), x)
        moving: BoolArray = graph.levels[sequence] % 2 == parity
        nodes = sequence[moving]
        shift = step * graph.levels[nodes]
        x[nodes] = _spread(wanted[nodes] + shift, apart[moving]) - shift


def _direction(breadth: FloatArray, depth: AnyArray, aspect: float) -> Direction:
    down, right = (
        max(_canvas_height(breadth, depth, towards, aspect), ROOMY)
        for towards in get_args(Direction)
    )
    return "right" if down >= RIGHT_IF_LARGER_BY * right else "down"


def _canvas_height(
    breadth: FloatArray, depth: AnyArray, direction: Direction, aspect: float
) -> float:
    """The height in layout units of the canvas of this `aspect` that shows the whole graph."""
    wide = float(np.ptp(breadth)) + 2 * MARGIN
    deepest = int(depth.max(initial=0))
    deep = deepest * _level_gap(breadth, depth, direction, aspect) + 2 * MARGIN
    return max(deep, wide / aspect) if direction == "down" else max(wide, deep / aspect)


def _breadth_stretch(
    breadth: FloatArray, along: FloatArray, direction: Direction, aspect: float
) -> float:
    """How far neighbours can move apart at no cost: words stand below the nodes of one column."""
    wide = float(np.ptp(breadth)) if len(breadth) else 0.0
    if direction == "down" or wide == 0.0:
        return 1.0
    return float(np.clip(np.ptp(along) / aspect / wide, 1.0, LARGEST_STRETCH))


def _level_gap(breadth: FloatArray, depth: AnyArray, direction: Direction, aspect: float) -> float:
    wide, deepest = float(np.ptp(breadth)) + 1.0, max(int(depth.max(initial=0)), 1)
    gap = wide / (aspect * deepest) if direction == "down" else wide * aspect / deepest
    return float(np.clip(gap, SMALLEST_LEVEL_GAP[direction], LARGEST_LEVEL_GAP))


def _bends(graph: _Graph, source: AnyArray, target: AnyArray) -> tuple[AnyArray, AnyArray]:
    """The edge and the chain point of every bend, edge by edge, from source to target."""
    has_chain = np.diff(graph.chain_starts)[target] > 0
    counts = np.where(has_chain, graph.levels[source] - graph.levels[target] - 1, 0)
    edges = np.repeat(np.arange(len(source)), counts)
    within = np.arange(len(edges)) - np.repeat(np.cumsum(counts) - counts, counts)
    return edges, graph.chain_starts[target][edges] + (counts[edges] - 1 - within)
