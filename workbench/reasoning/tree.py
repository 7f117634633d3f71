"""SearchTree: a search as columns, folded from its event log.

One row for each node, in the order of creation, so a parent comes before its
children and the tree at an earlier moment is a prefix of the rows. States and
scores are kept as columns of changes; :meth:`SearchTree.at` replays a prefix of
them at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping
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
    """What has become of a node; an end that was reached stays solved or failed when dropped."""

    FRONTIER = 0
    EXPANDED = 1
    PRUNED = 2
    SOLVED = 3
    FAILED = 4


_OUTCOMES = MappingProxyType(
    {True: NodeState.SOLVED, False: NodeState.FAILED, None: NodeState.FRONTIER}
)
_ENDS = (NodeState.SOLVED, NodeState.FAILED)


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
    merges: IntArray  # (n_merges, 2): node row, row of a further parent
    state_changes: tuple[IntArray, IntArray, CodeArray]  # seq, row, state
    score_changes: tuple[IntArray, IntArray, FloatArray, FloatArray]  # seq, row, value, exact
    selections: tuple[IntArray, IntArray]  # seq, row


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
        merges = self._history.merges
        return merges[merges[:, 0] < self.n_nodes]

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
        self._states = _columns("iiB")
        self._scores = _columns("iidd")
        self._selections = _columns("ii")
        self._live = bytearray()  # the state of each row now

    def extend(self, events: Iterable[Event]) -> None:
        """Nothing; adds `events`, whose `seq` must go on where the last ones ended."""
        for event in events:
            handler = self._handlers.get(type(event))
            if handler is not None:
                handler(self, event)
            self._seq = event.seq

    def tree(self, texts: Mapping[str, str]) -> SearchTree:
        """The tree of everything folded so far."""
        return _tree_at(self._history(texts), self._seq)

    def _history(self, texts: Mapping[str, str]) -> _History:
        ids, parents, depth, born, logp, tokens, terminal, codes = self._nodes
        seqs, rows, states = self._states
        score_seqs, score_rows, values, exact = self._scores
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
            merges=np.stack([_array(column, np.int32) for column in self._merges], axis=1),
            state_changes=(_array(seqs, np.int32), _array(rows, np.int32), _array(states, "u1")),
            score_changes=(
                _array(score_seqs, np.int32),
                _array(score_rows, np.int32),
                _array(values, np.float64),
                _array(exact, np.float64),
            ),
            selections=(
                _array(self._selections[0], np.int32),
                _array(self._selections[1], np.int32),
            ),
        )

    def _row(self, node_id: int, seq: int) -> int:
        row = self._rows.get(node_id)
        if row is None:
            raise StructureError(
                "cannot fold the event log",
                given=f"event {seq} about the unknown node {node_id}",
                expected="a node that was created before",
            )
        return row

    def _change(self, seq: int, row: int, state: int) -> None:
        self._live[row] = state
        seqs, rows, states = self._states
        seqs.append(seq)
        rows.append(row)
        states.append(state)

    def _on_node(self, event: Node) -> None:
        row = len(self._live)
        if self._rows.setdefault(event.id, row) != row:
            raise StructureError(
                "cannot fold the event log",
                given=f"node {event.id} for the second time, in event {event.seq}",
                expected="each id once",
            )
        parents = [self._row(parent, event.seq) for parent in event.parents]
        fields = (
            event.id,
            parents[0] if parents else -1,
            event.depth,
            event.seq,
            NAN if event.log_probability is None else event.log_probability,
            -1 if event.tokens is None else event.tokens,
            event.terminal,
            self._codes.setdefault(event.text, len(self._codes)),
        )
        for column, value in zip(self._nodes, fields, strict=True):
            column.append(value)
        self._live.append(NodeState.FRONTIER)
        self._link(event.seq, row, parents)

    def _link(self, seq: int, row: int, parents: list[int]) -> None:
        for parent in parents:
            if self._live[parent] == NodeState.FRONTIER:
                self._change(seq, parent, NodeState.EXPANDED)
        for parent in parents[1:]:
            self._merges[0].append(row)
            self._merges[1].append(parent)

    def _on_score(self, event: Score) -> None:
        exact = NAN if event.exact is None else event.exact
        fields = (event.seq, self._row(event.node, event.seq), event.value, exact)
        for column, value in zip(self._scores, fields, strict=True):
            column.append(value)

    def _on_prune(self, event: Prune) -> None:
        row = self._row(event.node, event.seq)
        if self._live[row] not in _ENDS:
            self._change(event.seq, row, NodeState.PRUNED)

    def _on_answer(self, event: Answer) -> None:
        self._change(event.seq, self._row(event.node, event.seq), _OUTCOMES[event.correct])

    def _on_stop(self, event: Stop) -> None:
        if event.node is not None:
            self._change(event.seq, self._row(event.node, event.seq), NodeState.FAILED)

    def _on_select(self, event: Select) -> None:
        self._selections[0].append(event.seq)
        self._selections[1].append(self._row(event.node, event.seq))

    def _on_edit(self, event: UserEdit) -> None:
        self._row(event.node, event.seq)

    _handlers: ClassVar[Mapping[type[Any], Callable[[TreeFold, Any], None]]] = MappingProxyType(
        {
            Node: _on_node,
            Score: _on_score,
            Prune: _on_prune,
            Answer: _on_answer,
            Stop: _on_stop,
            Select: _on_select,
            UserEdit: _on_edit,
        }
    )


def _columns(codes: str) -> tuple[array[Any], ...]:
    return tuple(array(code) for code in codes)


def _array(column: array[Any], dtype: DTypeLike) -> NDArray[Any]:
    values = np.array(column, dtype=dtype)  # a copy: a shared buffer could no longer grow
    values.flags.writeable = False
    return values


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
    seqs, rows, states = history.state_changes
    n_changes = int(np.searchsorted(seqs, seq, side="right"))
    column = np.zeros(n_nodes, dtype=np.uint8)
    column[rows[:n_changes]] = states[:n_changes]  # of equal rows the last change stays
    return frozen(column)


def _scores_at(history: _History, n_nodes: int, seq: int) -> tuple[FloatArray, FloatArray]:
    seqs, rows, values, exact = history.score_changes
    n_changes = int(np.searchsorted(seqs, seq, side="right"))
    score, value_to_go = np.full(n_nodes, NAN), np.full(n_nodes, NAN)
    score[rows[:n_changes]] = values[:n_changes]
    known = np.flatnonzero(~np.isnan(exact[:n_changes]))
    value_to_go[rows[known]] = exact[known]
    return frozen(score), frozen(value_to_go)


def _selected_at(history: _History, n_nodes: int, seq: int) -> BoolArray:
    seqs, rows = history.selections
    n_selections = int(np.searchsorted(seqs, seq, side="right"))
    column = np.zeros(n_nodes, dtype=np.bool_)
    node = int(rows[n_selections - 1]) if n_selections else -1
    while node >= 0:
        column[node] = True
        node = int(history.parents[node])
    return frozen(column)
