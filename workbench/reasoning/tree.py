"""SearchTree: a search as columns, folded from its event log.

One row for each node, in the order of creation, so a parent comes before its
children and the tree at an earlier moment is a prefix of the rows. Prunes, ends
and scores are kept as columns too, so :meth:`SearchTree.at` needs no replay.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from workbench.core.arrays import BoolArray, FloatArray, IdArray, IntArray, frozen
from workbench.errors import ParameterError, StructureError
from workbench.reasoning.events import (
    Answer,
    Event,
    EventLog,
    Node,
    Prune,
    Score,
    Select,
    Stop,
    UserEdit,
)

NAN = float("nan")
CodeArray = NDArray[np.uint8]


class NodeState(IntEnum):
    """What has become of a node.

    A later one of these counts before an earlier one, whatever the order of events:
    an end that was reached stays solved or failed when its node is dropped.
    """

    FRONTIER = 0
    EXPANDED = 1
    PRUNED = 2
    SOLVED = 3
    FAILED = 4


_OUTCOMES = MappingProxyType({True: NodeState.SOLVED, False: NodeState.FAILED})


@dataclass(frozen=True, eq=False)
class _History:
    """The columns of a whole log; rows and changes are in the order of `seq`."""

    ids: IdArray
    parents: IntArray
    depth: IntArray
    born: IntArray
    log_probability: FloatArray
    tokens: IntArray
    terminal: BoolArray
    text_codes: IntArray
    texts: tuple[str, ...]
    merges: tuple[NDArray[Any], ...]  # row, row of a further parent
    prunes: tuple[NDArray[Any], ...]  # seq, row
    ends: tuple[NDArray[Any], ...]  # seq, row, state
    scores: tuple[NDArray[Any], ...]  # seq, row, value, exact value
    selections: tuple[NDArray[Any], ...]  # seq, row


@dataclass(frozen=True, eq=False)
class SearchTree:
    """A search tree as columns; every column has one entry for each node.

    Attributes
    ----------
    ids
        Stable ids, int64.
    parents
        Rows of the parents, int32; -1 for the root.
    depth
        Steps from the root, int32.
    state
        Codes of :class:`NodeState`, uint8.
    score
        The last score of a verifier; NaN where there is none.
    log_probability
        Of the step under the proposer, in nats; NaN where unknown.
    tokens
        Generated for the step, int32; -1 where unknown.
    value_to_go
        The exact value; NaN where unknown.
    selected
        Whether the node lies on the path to the selected answer.

    Examples
    --------
    >>> root = Node(7, (), 0, 0, "root", "", None, 0, None, seq=0)
    >>> step = Node(9, (7,), 0, 1, "step", "", -0.5, 5, 1, seq=1)
    >>> tree = SearchTree.fold(EventLog((root, step), {"": "1 + 2 = 3"}))
    >>> tree.n_nodes, tree.text(1), tree.state.tolist()
    (2, '1 + 2 = 3', [1, 0])
    """

    ids: IdArray
    parents: IntArray
    depth: IntArray
    state: CodeArray
    score: FloatArray
    log_probability: FloatArray
    tokens: IntArray
    terminal: BoolArray
    value_to_go: FloatArray
    selected: BoolArray
    seq: int
    _history: _History

    @classmethod
    def fold(cls, log: EventLog) -> SearchTree:
        """The tree that a `log` describes; :class:`StructureError` for unknown nodes."""
        builder = TreeFold()
        builder.extend(log)
        return builder.tree(log.texts)

    @property
    def n_nodes(self) -> int:
        """How many nodes the tree has, the root included."""
        return len(self.ids)

    def __repr__(self) -> str:
        counts = np.bincount(self.state, minlength=len(NodeState))
        states = ", ".join(f"{counts[state]:,} {state.name.lower()}" for state in NodeState)
        return f"SearchTree({self.n_nodes:,} nodes: {states})"

    def at(self, seq: int) -> SearchTree:
        """The tree as it was just after event `seq`."""
        return _tree_at(self._history, seq)

    def text(self, node: int) -> str:
        """The text of the step that made the node in row `node`."""
        return self._history.texts[int(self._history.text_codes[node])]

    def path(self, node: int) -> IntArray:
        """The rows from the root to `node`, both included."""
        rows = []
        while node >= 0:
            rows.append(node)
            node = int(self.parents[node])
        return np.array(rows[::-1], dtype=np.int32)

    def children(self, node: int) -> IntArray:
        """The rows of the children of row `node`, in order of creation."""
        offsets, rows = self._children
        return rows[offsets[node] : offsets[node + 1]]

    def row(self, node_id: int) -> int:
        """The row of the node with an id; :class:`ParameterError` when there is none."""
        order = self._order
        place = int(np.searchsorted(self.ids, node_id, sorter=order))
        if place == len(order) or self.ids[order[place]] != node_id:
            raise ParameterError(
                "no such node",
                given=f"id {node_id}",
                expected="an id of this tree",
                remedy="Ids are in the column ids.",
            )
        return int(order[place])

    @property
    def merges(self) -> IntArray:
        """Further parents of merged nodes as (node row, parent row), shape (n_merges, 2)."""
        merges = np.stack(self._history.merges, axis=1)
        return frozen(merges[merges[:, 0] < self.n_nodes], np.int32)

    @property
    def born(self) -> IntArray:
        """The seq of the event that created each node."""
        return self._history.born[: self.n_nodes]

    @cached_property
    def _order(self) -> IdArray:
        return np.argsort(self.ids, kind="stable")

    @cached_property
    def _children(self) -> tuple[IdArray, IntArray]:
        order = np.argsort(self.parents, kind="stable").astype(np.int32)
        counts = np.bincount(self.parents + 1, minlength=self.n_nodes + 1)
        return np.concatenate([[0], np.cumsum(counts[1:])]), frozen(order[counts[0] :])


class TreeFold:
    """Folds events into columns as they arrive; appends cost constant time on average.

    Examples
    --------
    >>> fold = TreeFold()
    >>> fold.extend([Node(7, (), 0, 0, "root", "", None, 0, None, seq=0)])
    >>> fold.tree({"": ""}).n_nodes
    1
    """

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}
        self._codes: dict[str, int] = {}
        self._seq = -1
        self._nodes = _columns("qiiidiBi")
        self._merges = _columns("ii")
        self._prunes = _columns("ii")
        self._ends = _columns("iiB")
        self._scores = _columns("iidd")
        self._selections = _columns("ii")

    def extend(self, events: Iterable[Event]) -> None:
        """Nothing; adds `events`, whose `seq` must go on where the last ones ended."""
        batches: dict[Any, list[Any]] = {handler: [] for handler in self._handlers.values()}
        by_type = {kind: batches[handler] for kind, handler in self._handlers.items()}
        others: list[Any] = []
        event = None
        for event in events:
            by_type.get(type(event), others).append(event)
        for handler, batch in batches.items():
            if batch:
                handler(self, batch)
        if event is not None:
            self._seq = event.seq

    def tree(self, texts: Mapping[str, str]) -> SearchTree:
        """The tree of everything folded so far."""
        return _tree_at(self._history(texts), self._seq)

    def _history(self, texts: Mapping[str, str]) -> _History:
        ids, parents, depth, born, logp, tokens, terminal, codes = self._nodes
        return _History(
            ids=_array(ids, np.int64),
            parents=_array(parents, np.int32),
            depth=_array(depth, np.int32),
            born=_array(born, np.int32),
            log_probability=_array(logp, np.float64),
            tokens=_array(tokens, np.int32),
            terminal=_array(terminal, np.bool_),
            text_codes=_array(codes, np.int32),
            texts=tuple(texts.get(ref, "") for ref in self._codes),
            merges=_arrays(self._merges, "i4", "i4"),
            prunes=_arrays(self._prunes, "i4", "i4"),
            ends=_arrays(self._ends, "i4", "i4", "u1"),
            scores=_arrays(self._scores, "i4", "i4", "f8", "f8"),
            selections=_arrays(self._selections, "i4", "i4"),
        )

    def _on_nodes(self, events: Sequence[Node]) -> None:
        first = len(self._rows)
        ids, _, _, depth, _, text, logp, tokens, _, terminal, seq = zip(*events, strict=True)
        self._rows.update(zip(ids, range(first, first + len(ids)), strict=True))
        if len(self._rows) != first + len(ids):
            raise StructureError(
                "cannot fold the event log",
                given="a node that is created for the second time",
                expected="each id once",
            )
        codes = self._codes
        fields = (
            ids,
            self._parent_rows(events, first),
            depth,
            seq,
            [NAN if value is None else value for value in logp],
            [-1 if value is None else value for value in tokens],
            terminal,
            [codes.setdefault(ref, len(codes)) for ref in text],
        )
        _extend(self._nodes, fields)

    def _parent_rows(self, events: Sequence[Node], first: int) -> list[int]:
        find, nobody = self._rows.get, len(self._rows)
        rows = [find(event.parents[0], nobody) if event.parents else -1 for event in events]
        for row, (event, parent) in enumerate(zip(events, rows, strict=True), first):
            if parent >= row:
                raise _unknown_node(event.seq, event.parents[0])
            if len(event.parents) > 1:
                self._merge(event, row)
        return rows

    def _merge(self, event: Node, row: int) -> None:
        for node in event.parents[1:]:
            parent = self._rows.get(node, row)
            if parent >= row:
                raise _unknown_node(event.seq, node)
            _extend(self._merges, ((row,), (parent,)))

    def _rows_of(self, events: Sequence[Any]) -> list[int]:
        rows = [self._rows.get(event.node, -1) for event in events]
        born = self._nodes[3]
        for row, event in zip(rows, events, strict=True):
            if row < 0 or born[row] >= event.seq:
                raise _unknown_node(event.seq, event.node)
        return rows

    def _on_scores(self, events: Sequence[Score]) -> None:
        exact = [NAN if event.exact is None else event.exact for event in events]
        values = [event.value for event in events]
        _extend(self._scores, (_seqs(events), self._rows_of(events), values, exact))

    def _on_prunes(self, events: Sequence[Prune]) -> None:
        _extend(self._prunes, (_seqs(events), self._rows_of(events)))

    def _on_ends(self, events: Sequence[Answer | Stop]) -> None:
        about = [event for event in events if event.node is not None]
        rows = self._rows_of(about)
        states = [_end_state(event) for event in about]
        known = [
            (event.seq, row, state)
            for event, row, state in zip(about, rows, states, strict=True)
            if state is not None
        ]
        if known:
            _extend(self._ends, zip(*known, strict=True))

    def _on_selections(self, events: Sequence[Select]) -> None:
        _extend(self._selections, (_seqs(events), self._rows_of(events)))

    def _on_edits(self, events: Sequence[UserEdit]) -> None:
        self._rows_of(events)

    _handlers: ClassVar[Mapping[type[Any], Callable[[TreeFold, Any], None]]] = MappingProxyType(
        {
            Node: _on_nodes,  # first: the others look nodes up
            Score: _on_scores,
            Prune: _on_prunes,
            Answer: _on_ends,
            Stop: _on_ends,
            Select: _on_selections,
            UserEdit: _on_edits,
        }
    )


def _end_state(event: Answer | Stop) -> NodeState | None:
    if isinstance(event, Stop):
        return NodeState.FAILED
    return None if event.correct is None else _OUTCOMES[event.correct]


def _unknown_node(seq: int, node: object) -> StructureError:
    return StructureError(
        "cannot fold the event log",
        given=f"event {seq} about the unknown node {node}",
        expected="a node that was created before",
    )


def _seqs(events: Sequence[Any]) -> list[int]:
    return [event.seq for event in events]


def _extend(columns: tuple[array[Any], ...], values: Iterable[Iterable[Any]]) -> None:
    for column, more in zip(columns, values, strict=True):
        column.extend(more)


def _columns(codes: str) -> tuple[array[Any], ...]:
    return tuple(array(code) for code in codes)


def _array(column: array[Any], dtype: DTypeLike) -> NDArray[Any]:
    values = np.array(column, dtype=dtype)  # a copy: a shared buffer could no longer grow
    values.flags.writeable = False
    return values


def _arrays(columns: tuple[array[Any], ...], *dtypes: str) -> tuple[NDArray[Any], ...]:
    return tuple(_array(column, kind) for column, kind in zip(columns, dtypes, strict=True))


def _tree_at(history: _History, seq: int) -> SearchTree:
    n_nodes = int(np.searchsorted(history.born, seq, side="right"))
    score, exact = _scores_at(history, n_nodes, seq)
    return SearchTree(
        ids=history.ids[:n_nodes],
        parents=history.parents[:n_nodes],
        depth=history.depth[:n_nodes],
        state=_states_at(history, n_nodes, seq),
        score=score,
        log_probability=history.log_probability[:n_nodes],
        tokens=history.tokens[:n_nodes],
        terminal=history.terminal[:n_nodes],
        value_to_go=exact,
        selected=_selected_at(history, n_nodes, seq),
        seq=seq,
        _history=history,
    )


def _states_at(history: _History, n_nodes: int, seq: int) -> CodeArray:
    column = np.zeros(n_nodes, dtype=np.uint8)
    parents = history.parents[:n_nodes]
    column[parents[parents >= 0]] = NodeState.EXPANDED
    rows, further = history.merges
    column[further[rows < n_nodes]] = NodeState.EXPANDED
    (pruned,) = _until(history.prunes, seq)
    column[pruned] = NodeState.PRUNED
    ended, states = _until(history.ends, seq)
    column[ended] = states  # of equal rows the last one stays
    return frozen(column)


def _scores_at(history: _History, n_nodes: int, seq: int) -> tuple[FloatArray, FloatArray]:
    rows, values, exact = _until(history.scores, seq)
    score, value_to_go = np.full(n_nodes, NAN), np.full(n_nodes, NAN)
    score[rows] = values
    known = np.flatnonzero(~np.isnan(exact))
    value_to_go[rows[known]] = exact[known]
    return frozen(score), frozen(value_to_go)


def _until(changes: tuple[NDArray[Any], ...], seq: int) -> list[NDArray[Any]]:
    """The columns of `changes` up to `seq`, without their first, the seq itself."""
    n_changes = int(np.searchsorted(changes[0], seq, side="right"))
    return [column[:n_changes] for column in changes[1:]]


def _selected_at(history: _History, n_nodes: int, seq: int) -> BoolArray:
    (rows,) = _until(history.selections, seq)
    column = np.zeros(n_nodes, dtype=np.bool_)
    node = int(rows[-1]) if len(rows) else -1
    while node >= 0:
        column[node] = True
        node = int(history.parents[node])
    return frozen(column)
