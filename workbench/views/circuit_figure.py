"""Circuits as node-link figures: every unit, or one glyph per region and kind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import FAMILIES
from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.tables import Table
from workbench.core.versions import code_version
from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within
from workbench.views.layouts.layered import closest_levels, layered
from workbench.views.layouts.tidy import Direction
from workbench.views.node_link import (
    Measure,
    ranks,
    require_one_per,
    suggested_scale,
    summarised,
    words,
)
from workbench.views.spec import Encoding, FigureSpec, Provenance

Group = Literal["region"]

MEASURES = MappingProxyType(
    {
        "flow": Measure("flow", summary="largest"),  # the sum over a region is always 1
        "weight": Measure("weight", summary="largest"),
        "entropy": Measure("evenness of use", "nats", scale="linear", summary="sum"),
        "log-likelihood": Measure("log-likelihood", "nats", scale="linear"),
    }
)
SCOPE_NAMES = 64
TIMES = "\N{MULTIPLICATION SIGN}"
_KIND_NAMES = words(["leaf", "sum", "product"])


@dataclass(frozen=True, eq=False)
class _Units:
    """What is drawn: one row per unit or group, and the edges between rows."""

    ids: AnyArray
    kinds: AnyArray
    levels: AnyArray
    scope_codes: AnyArray
    width: AnyArray
    members: AnyArray  # (circuit nodes,) the row each belongs to
    source: AnyArray
    target: AnyArray
    circuit_edges: AnyArray  # (circuit edges,) the row of the drawn edge each belongs to

    @property
    def grouped(self) -> bool:
        """Whether a row may stand for several units."""
        return len(self.ids) < len(self.members)


def circuit_figure(
    circuit: Circuit,
    measure: str | None = None,
    values: ArrayLike | None = None,
    *,
    edge_flows: ArrayLike | None = None,
    removed: ArrayLike | None = None,
    failed: Collection[int] = (),
    group: Group | None = None,
    direction: Direction | Literal["auto"] = "auto",
    aspect: float = 1.6,
    title: str = "",
    caption: str = "",
) -> FigureSpec:
    """The figure of a circuit, children below their parents or to the right of them.

    Parameters
    ----------
    measure, values
        The name of a measure ("flow", "weight", "entropy", "log-likelihood" or
        your own word) and its value for every node, (n_nodes,); NaN where missing.
        Without them the fill shows the kind.
    edge_flows
        (n_edges,) shown on the edges; opacity and width then follow the flow.
    removed
        (n_edges,) true for edges drawn dashed: pruned, but still in place.
    failed
        Ids of nodes at which a structural check fails.
    group
        "region" draws one glyph for all units of one scope, kind and level. Its number
        is the largest flow or weight of its units, or the sum of their entropies; the flow
        of an edge between regions is the sum over its edges.
    direction
        Where children lie: "down" or "right"; "auto" is "right" for circuits so deep
        that glyphs come out at least a quarter larger that way.
    aspect
        Width divided by height to aim at.

    Raises
    ------
    ParameterError
        When a value per node or edge is missing, or no number stands for a region.
    LimitError
        When there is more than can be drawn.

    Notes
    -----
    Columns of ``nodes`` beyond those of :class:`FigureSpec`: kind, level,
    scope (names, a comma and a space between them), n_children, width (units
    in the glyph), ring (name in :mod:`workbench.views.style`), rank (1 =
    largest, 0 = missing).
    ``edges`` also have n_edges (edges of the circuit in the line) and flow.
    ``bends`` (edge, x, y) lists, from source to target, where edges that skip
    levels pass.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    >>> spec = circuit_figure(build.circuit(build.sum(leaves, [0.25, 0.75])))
    >>> spec.tables["nodes"]["glyph"].tolist()
    ['leaf_bernoulli', 'leaf_bernoulli', 'sum']
    >>> spec.tables["edges"]["weight"].tolist()
    [0.25, 0.75]
    """
    require_within("units to draw", circuit.n_nodes, LIMITS.drawn_nodes, 'Use group="region".')
    units = _UNITS[group](circuit)
    shown = _node_values(circuit, units, measure, values)
    flows = _edge_numbers(circuit, units, edge_flows)
    levels = closest_levels(units.levels, units.source, units.target)
    drawn = layered(
        levels,
        units.source,
        units.target,
        groups=_together(units),
        aspect=aspect,
        direction=direction,
    )
    rings = _rings(circuit, units, failed)
    places: dict[str, AnyArray] = {"x": drawn.x, "y": drawn.y}
    nodes = _nodes(circuit, units, shown, rings) | places
    edges = _edges(circuit, units, flows, removed)
    bends: dict[str, AnyArray] = {"edge": drawn.bend_edges, "x": drawn.bend_x, "y": drawn.bend_y}
    return FigureSpec(
        "circuit",
        {"nodes": Table(nodes), "edges": Table(edges), "bends": Table(bends)},
        encodings=(
            _fill(units, measure, shown),
            _line(flows),
            Encoding("direction", "nodes", "level", drawn.direction, "nominal"),
        ),
        title=title,
        caption=caption,
        provenance=Provenance((("circuit", circuit.hash),), code_version()),
    )


def _single_units(circuit: Circuit) -> _Units:
    nodes, edges = np.arange(circuit.n_nodes), np.arange(circuit.n_edges)
    return _Units(
        ids=circuit.ids,
        kinds=circuit.kinds,
        levels=circuit.levels,
        scope_codes=_scope_codes(circuit),
        width=np.ones(circuit.n_nodes, dtype=np.int32),
        members=nodes,
        source=circuit.edge_parents,
        target=circuit.children,
        circuit_edges=edges,
    )


def _regions(circuit: Circuit) -> _Units:
    """Units of one scope and kind; the level belongs to the key so that groups form no cycle."""
    keys = np.stack([circuit.levels, circuit.kinds.astype(np.int32), _scope_codes(circuit)])
    _, first, members, width = np.unique(
        keys, axis=1, return_index=True, return_inverse=True, return_counts=True
    )
    pairs = np.stack([members[circuit.edge_parents], members[circuit.children]])
    ends, lines = np.unique(pairs, axis=1, return_inverse=True)
    return _Units(
        ids=circuit.ids[first],
        kinds=circuit.kinds[first],
        levels=circuit.levels[first],
        scope_codes=keys[2][first],
        width=width.astype(np.int32),
        members=members,
        source=ends[0],
        target=ends[1],
        circuit_edges=lines,
    )


def _together(units: _Units) -> AnyArray | None:
    """The region of each unit, whose units stand together; None where regions are drawn."""
    if units.grouped:
        return None
    region = np.stack([units.scope_codes, units.kinds])
    numbers: AnyArray = np.unique(region, axis=1, return_inverse=True)[1]
    return numbers


_UNITS = MappingProxyType({None: _single_units, "region": _regions})


def _scope_codes(circuit: Circuit) -> AnyArray:
    codes: AnyArray = np.unique(circuit.packed_scopes, axis=0, return_inverse=True)[1]
    return codes.reshape(-1).astype(np.int32)


def _node_values(
    circuit: Circuit, units: _Units, measure: str | None, values: ArrayLike | None
) -> FloatArray | None:
    if (measure is None) != (values is None):
        raise ParameterError(
            "cannot colour this circuit",
            given=f"measure={measure!r} {'without' if values is None else 'with'} values",
            expected="a measure and its values, or neither",
        )
    if measure is None or values is None:
        return None
    array = np.asarray(values, dtype=np.float64)
    require_one_per("node", array, circuit.n_nodes)
    if not units.grouped:
        return array
    summary = _measure(measure).summary
    if summary is None:
        raise ParameterError(
            "cannot show this measure on groups",
            given=f"measure={measure!r}",
            expected=f"one of {[name for name, m in MEASURES.items() if m.summary]}",
            remedy="Draw every unit instead.",
        )
    return summarised(units.members, array, len(units.ids), summary)


def _measure(name: str) -> Measure:
    return MEASURES.get(name, Measure(name))


def _edge_numbers(circuit: Circuit, units: _Units, flows: ArrayLike | None) -> FloatArray | None:
    if flows is None:
        return None
    array = np.asarray(flows, dtype=np.float64)
    require_one_per("edge", array, circuit.n_edges)
    return summarised(units.circuit_edges, array, len(units.source), "sum")


def _nodes(
    circuit: Circuit, units: _Units, shown: FloatArray | None, rings: AnyArray
) -> dict[str, AnyArray]:
    n_rows = len(units.ids)
    kind = _KIND_NAMES[units.kinds]
    value = np.full(n_rows, np.nan) if shown is None else shown
    return {
        "id": units.ids,
        "glyph": _glyphs(circuit, units),
        "size": np.ones(n_rows),
        "value": value,
        "label": words(_labels(units, kind)),
        "kind": kind,
        "level": units.levels,
        "scope": _scope_words(circuit, units),
        "n_children": np.bincount(units.source, minlength=n_rows).astype(np.int32),
        "width": units.width,
        "ring": rings,
        "rank": ranks(value),
    }


def _labels(units: _Units, kind: AnyArray) -> list[str]:
    grouped = units.width.max() > 1
    suffixes = [f"{TIMES} {n}" for n in units.width.tolist()] if grouped else units.ids.tolist()
    return [f"{name} {suffix}" for name, suffix in zip(kind, suffixes, strict=True)]


def _glyphs(circuit: Circuit, units: _Units) -> AnyArray:
    glyph = _KIND_NAMES[units.kinds].copy()
    first = np.unique(units.members, return_index=True)[1]
    for row in np.flatnonzero(units.kinds == Kind.LEAF).tolist():
        node = int(first[row])
        family = FAMILIES[int(circuit.leaf_families[node])].name
        two = circuit.variables[circuit.leaf_variables[node]].n_categories == 2
        glyph[row] = _LEAF_GLYPHS.get((family, two), "leaf")
    return glyph


_LEAF_GLYPHS = MappingProxyType(
    {
        ("categorical", True): "leaf_bernoulli",
        ("categorical", False): "leaf_categorical",
        ("gaussian", False): "leaf_gaussian",
    }
)


def _scope_words(circuit: Circuit, units: _Units) -> AnyArray:
    codes, first = np.unique(units.scope_codes, return_index=True)
    node_of_row = np.unique(units.members, return_index=True)[1]
    text = words([""] * (int(codes.max()) + 1))
    for code, row in zip(codes.tolist(), first.tolist(), strict=True):
        text[code] = _scope_text(circuit, int(node_of_row[row]))
    return text[units.scope_codes]


def _scope_text(circuit: Circuit, node: int) -> str:
    scope = circuit.scope_of(node)
    names = [circuit.variables[variable].name for variable in scope[:SCOPE_NAMES]]
    more = [f"+{len(scope) - SCOPE_NAMES}"] if len(scope) > SCOPE_NAMES else []
    return ", ".join([*names, *more])


def _rings(circuit: Circuit, units: _Units, failed: Collection[int]) -> AnyArray:
    ring = words([""] * len(units.ids))
    ring[units.members[circuit.root]] = "root"
    for node_id in failed:
        ring[units.members[circuit.position(node_id)]] = "failed_check"
    return ring


def _edges(
    circuit: Circuit, units: _Units, flows: FloatArray | None, removed: ArrayLike | None
) -> dict[str, AnyArray]:
    n_lines = len(units.source)
    dashed = np.zeros(n_lines, dtype=np.bool_)
    if removed is not None:
        gone = np.asarray(removed, dtype=np.bool_)
        require_one_per("edge", gone, circuit.n_edges)
        kept = np.bincount(units.circuit_edges, ~gone, n_lines)
        dashed = kept == 0
    columns: dict[str, AnyArray] = {
        "source": units.source.astype(np.int32),
        "target": units.target.astype(np.int32),
        "weight": _edge_weights(circuit, units, flows),
        "dashed": dashed,
        "n_edges": np.bincount(units.circuit_edges, minlength=n_lines).astype(np.int32),
    }
    return columns if flows is None else {**columns, "flow": flows}


def _edge_weights(circuit: Circuit, units: _Units, flows: FloatArray | None) -> FloatArray:
    """In 0..1: the flow over the largest flow, else the share of its sum; NaN for plain edges."""
    if flows is not None:
        return flows / max(float(flows.max(initial=0.0)), np.finfo(np.float64).tiny)
    if len(units.source) != circuit.n_edges:
        return np.full(len(units.source), np.nan)
    weight = np.exp(circuit.log_weights)
    total = np.bincount(circuit.edge_parents, weight, circuit.n_nodes)[circuit.edge_parents]
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return np.where(circuit.is_sum_edge, share, np.nan)


def _fill(units: _Units, measure: str | None, shown: FloatArray | None) -> Encoding:
    if measure is None or shown is None:
        return Encoding("colour", "nodes", "kind", "unit", "nominal")
    named = _measure(measure)
    return (named.of_regions() if units.grouped else named).encoding(shown)


def _line(flows: FloatArray | None) -> Encoding:
    if flows is None:
        return Encoding("width", "edges", "weight", "weight")
    return Encoding("width", "edges", "flow", "edge flow", suggested_scale(flows))
