"""Search trees as node-link figures: one glyph per node, its step beside it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np

from workbench.core.arrays import AnyArray, FloatArray, content_hash
from workbench.core.tables import Table
from workbench.core.versions import code_version
from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within
from workbench.reasoning.tree import NodeState, SearchTree
from workbench.views.layouts.tidy import Direction, Places, tidy
from workbench.views.node_link import Measure, cut, ranks, words
from workbench.views.spec import Encoding, FigureSpec, Provenance

MEASURES = MappingProxyType(
    {
        "score": Measure("score", scale="linear"),
        "log_probability": Measure("log-probability", "nats", scale="linear"),
        "tokens": Measure("tokens used", "tokens"),
        "value_to_go": Measure("value to go"),
    }
)
ASPECT = 1.6
LEAVES_WITH_TEXT = 80
UNITS_PER_CHAR = 0.27
SMALLEST_LEVEL_GAP = 1.6
TEXT_CHARS = 2_000
_GLYPHS = words([state.name.lower() for state in NodeState])


class HasTree(Protocol):
    """A finished or running search."""

    @property
    def tree(self) -> SearchTree:
        """The tree of the search."""


def tree_figure(
    tree_or_run: SearchTree | HasTree,
    colour: str = "score",
    *,
    direction: Direction | Literal["auto"] = "auto",
    title: str = "",
    caption: str = "",
) -> FigureSpec:
    """The figure of a search tree; siblings stand in the order of creation.

    Parameters
    ----------
    tree_or_run
        A SearchTree, or anything with one as `tree`.
    colour
        Which column fills the expanded nodes: "score", "log_probability" (nats),
        "tokens" or "value_to_go".
    direction
        "right" leaves room for the text of each step, "down" does not; "auto"
        is "right" for trees of up to 80 leaves.

    Raises
    ------
    ParameterError
        When `colour` is not such a column.
    LimitError
        When there is more than can be drawn.

    Notes
    -----
    Columns of ``nodes`` beyond those of :class:`FigureSpec`: kind (the state),
    level (depth), text (the whole step), ring ("path" on the way to the
    answer), tokens, log_probability, rank. ``edges`` also have path.

    Examples
    --------
    >>> from workbench.reasoning.events import EventLog, Node
    >>> root = Node(7, (), 0, 0, "root", "", None, 0, None, seq=0)
    >>> step = Node(9, (7,), 0, 1, "step", "", -0.5, 5, 1, seq=1)
    >>> spec = tree_figure(SearchTree.fold(EventLog((root, step), {"": "1 + 2 = 3"})))
    >>> spec.tables["nodes"]["glyph"].tolist()
    ['expanded', 'frontier']
    """
    tree = tree_or_run if isinstance(tree_or_run, SearchTree) else tree_or_run.tree
    require_within("nodes to draw", tree.n_nodes, LIMITS.drawn_nodes)
    if colour not in MEASURES:
        raise ParameterError(
            "cannot colour this tree", given=repr(colour), expected=f"one of {list(MEASURES)}"
        )
    texts = [tree.text(row) for row in range(tree.n_nodes)]
    towards = _direction(tree) if direction == "auto" else direction
    labels = [cut(text) for text in texts]
    placed = _placed(tree, labels, towards)
    value = _values(tree, colour)
    nodes = {"x": placed.x, "y": placed.y} | _nodes(tree, value, labels, texts)
    return FigureSpec(
        "tree",
        {"nodes": Table(nodes), "edges": Table(_edges(tree))},
        encodings=(
            MEASURES[colour].encoding(value),
            Encoding("direction", "nodes", "level", towards, "nominal"),
        ),
        title=title,
        caption=caption,
        provenance=Provenance((("tree", _hash(tree, texts)),), code_version()),
    )


def _direction(tree: SearchTree) -> Direction:
    n_leaves = tree.n_nodes - len(np.unique(tree.parents[tree.parents >= 0]))
    return "right" if n_leaves <= LEAVES_WITH_TEXT else "down"


def _placed(tree: SearchTree, labels: list[str], direction: Direction) -> Places:
    if direction == "right":
        longest = max(map(len, labels), default=0)
        gap = float(np.clip(1.5 + UNITS_PER_CHAR * longest, 4.0, 16.0))
        return tidy(tree.parents, direction=direction, level_gap=gap)
    flat = tidy(tree.parents, level_gap=1.0)
    deepest = max(int(tree.depth.max(initial=0)), 1)
    gap = max(SMALLEST_LEVEL_GAP, float(np.ptp(flat.x)) / (ASPECT * deepest))
    return flat._replace(y=flat.y * gap)


def _values(tree: SearchTree, colour: str) -> FloatArray:
    column = np.asarray(getattr(tree, colour), dtype=np.float64)
    return np.where(column < 0, np.nan, column) if colour == "tokens" else column


def _nodes(
    tree: SearchTree, value: FloatArray, labels: list[str], texts: list[str]
) -> dict[str, AnyArray]:
    state = _GLYPHS[tree.state]
    return {
        "id": tree.ids,
        "glyph": state,
        "size": np.ones(tree.n_nodes),
        "value": value,
        "label": words(labels),
        "kind": state,
        "level": tree.depth,
        "text": words([text[:TEXT_CHARS] for text in texts]),
        "ring": words(["path" if on_path else "" for on_path in tree.selected.tolist()]),
        "tokens": _values(tree, "tokens"),
        "log_probability": tree.log_probability,
        "rank": ranks(value),
    }


def _edges(tree: SearchTree) -> dict[str, AnyArray]:
    """An edge to every node from its parent, dashed into pruned nodes; then links of merges."""
    child = np.flatnonzero(tree.parents >= 0)
    merged, further = tree.merges[:, 0], tree.merges[:, 1]
    n_edges, n_links = len(child), len(merged)
    path = tree.selected[child] & tree.selected[tree.parents[child]]
    return {
        "source": np.concatenate([tree.parents[child], further]).astype(np.int32),
        "target": np.concatenate([child, merged]).astype(np.int32),
        "weight": np.full(n_edges + n_links, np.nan),
        "dashed": np.concatenate(
            [tree.state[child] == NodeState.PRUNED, np.ones(n_links, np.bool_)]
        ),
        "path": np.concatenate([path, np.zeros(n_links, np.bool_)]),
    }


def _hash(tree: SearchTree, texts: list[str]) -> str:
    columns: list[AnyArray] = [tree.ids, tree.parents, tree.state, tree.score]
    return content_hash([*columns, *texts])
