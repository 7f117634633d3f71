import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ParameterError, StructureError
from workbench.reasoning import NodeState, SearchTree, TreeFold, problems, search
from workbench.reasoning.events import (
    Answer,
    EventLog,
    Keep,
    Node,
    Prune,
    Score,
    Select,
    Stop,
    UserEdit,
)
from workbench.reasoning.verifiers import Oracle


def numbered(events):
    return EventLog(tuple(e._replace(seq=i) for i, e in enumerate(events)), {"t": "text"})


def node(node_id, parent, depth=1, **fields):
    parents = () if parent is None else (parent,)
    return Node(node_id, parents, 0, depth, "step", "t", -0.5, 3, None, **fields)


@st.composite
def logs(draw):
    """Random logs of a random tree with every kind of event about its nodes."""
    events, n_nodes = [node(0, None, 0)], 1
    for _ in range(draw(st.integers(0, 40))):
        target = draw(st.integers(0, n_nodes - 1))
        kind = draw(st.integers(0, 7))
        if kind < 3:
            events.append(node(n_nodes, target))
            n_nodes += 1
        else:
            value = draw(st.floats(0, 1))
            exact = draw(st.none() | st.just(1.0))
            events.append(
                [
                    Score(target, "v", "value", value, None, exact),
                    Prune(target, "rule"),
                    Answer(target, "x", draw(st.sampled_from([True, False, None]))),
                    Stop(target, "dead"),
                    Select(target, "best"),
                ][kind - 3]
            )
    return numbered(events)


def slowly_folded(log):
    """The same fold from the wording of the states, one node at a time."""
    nodes = [event for event in log if isinstance(event, Node)]
    parents = {event.id: event.parents[0] if event.parents else None for event in nodes}
    selected, above = set(), next((e.node for e in log[::-1] if isinstance(e, Select)), None)
    while above is not None:
        selected.add(above)
        above = parents[above]
    return {
        event.id: {
            "state": state_of(event.id, log, parents),
            "score": last(event.id, log, "value"),
            "exact": last(event.id, log, "exact"),
            "selected": event.id in selected,
        }
        for event in nodes
    }


def last(node_id, log, field):
    values = [getattr(e, field) for e in log if isinstance(e, Score) and e.node == node_id]
    return next((value for value in reversed(values) if value is not None), None)


def state_of(node_id, log, parents):
    for event in reversed(log):
        if isinstance(event, Stop) and event.node == node_id:
            return NodeState.FAILED
        if isinstance(event, Answer) and event.node == node_id and event.correct is not None:
            return NodeState.SOLVED if event.correct else NodeState.FAILED
    if any(isinstance(event, Prune) and event.node == node_id for event in log):
        return NodeState.PRUNED
    return NodeState.EXPANDED if node_id in parents.values() else NodeState.FRONTIER


def same(tree, rows):
    nan = float("nan")
    assert tree.ids.tolist() == list(rows)
    assert tree.state.tolist() == [row["state"] for row in rows.values()]
    assert tree.selected.tolist() == [row["selected"] for row in rows.values()]
    for column, name in ((tree.score, "score"), (tree.value_to_go, "exact")):
        expected = [nan if row[name] is None else row[name] for row in rows.values()]
        assert np.array_equal(column, expected, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(logs())
def test_columns_at_every_moment_equal_a_slow_fold_of_the_prefix(log):
    tree = SearchTree.fold(log)
    for seq in range(len(log)):
        same(tree.at(seq), slowly_folded(log[: seq + 1]))


@settings(max_examples=30, deadline=None)
@given(logs(), st.integers(0, 40))
def test_folding_in_two_parts_equals_folding_at_once(log, cut):
    fold = TreeFold()
    fold.extend(log[:cut])
    fold.tree(log.texts)
    fold.extend(log[cut:])
    same(fold.tree(log.texts), slowly_folded(log))


@settings(max_examples=60, deadline=None)
@given(logs())
def test_children_paths_and_rows_agree_with_parents(log):
    tree = SearchTree.fold(log)
    for row in range(tree.n_nodes):
        assert tree.children(row).tolist() == np.flatnonzero(tree.parents == row).tolist()
        path = tree.path(row)
        assert path[-1] == row
        assert path[0] == 0
        assert tree.parents[path[1:]].tolist() == path[:-1].tolist()
        assert tree.row(int(tree.ids[row])) == row


def test_types_are_what_views_expect():
    tree = search(problems.countdown([2, 3, 4], 24), "beam").tree
    kinds = {
        "ids": "int64",
        "parents": "int32",
        "depth": "int32",
        "state": "uint8",
        "score": "float64",
        "log_probability": "float64",
        "tokens": "int32",
        "value_to_go": "float64",
        "selected": "bool",
        "born": "int32",
    }
    for name, kind in kinds.items():
        column = getattr(tree, name)
        assert column.dtype == kind, name
        assert not column.flags.writeable, name
        assert len(column) == tree.n_nodes


def test_a_dropped_end_stays_what_it_is():
    log = numbered([node(0, None, 0), node(1, 0), Answer(1, "x", correct=True), Prune(1, "r")])
    assert SearchTree.fold(log).state.tolist() == [NodeState.EXPANDED, NodeState.SOLVED]


def test_merged_nodes_keep_their_further_parents():
    merged = node(3, 1)._replace(parents=(1, 2))
    tree = SearchTree.fold(numbered([node(0, None, 0), node(1, 0), node(2, 0), merged]))
    assert tree.merges.tolist() == [[3, 2]]
    assert tree.parents.tolist() == [-1, 0, 0, 1]
    assert tree.at(2).merges.tolist() == []


@pytest.mark.parametrize(
    "event",
    [
        node(1, 9),
        Score(9, "v", "value", 0.5),
        Prune(9, "r"),
        Select(9, "r"),
        Answer(9, "x", correct=True),
        Stop(9, "r"),
        UserEdit("prune", 9),
        node(0, None),
    ],
)
def test_an_event_about_no_node_or_a_second_birth_is_refused(event):
    with pytest.raises(StructureError):
        SearchTree.fold(numbered([node(0, None, 0), event]))


def test_keeping_changes_nothing():
    log = numbered([node(0, None, 0), Keep(0, "r")])
    assert SearchTree.fold(log).state.tolist() == [NodeState.FRONTIER]


def test_an_unknown_id_is_refused():
    tree = SearchTree.fold(numbered([node(0, None, 0)]))
    with pytest.raises(ParameterError):
        tree.row(5)


def test_an_empty_log_is_an_empty_tree():
    tree = SearchTree.fold(EventLog(()))
    assert tree.n_nodes == 0
    assert "0 nodes" in repr(tree)


def test_unknown_values_are_not_zero():
    bare = Node(1, (0,), 0, 1, "step", "t", None, None, None)
    tree = SearchTree.fold(numbered([node(0, None, 0), bare]))
    assert np.isnan(tree.log_probability[1])
    assert np.isnan(tree.score[1])
    assert tree.tokens[1] == -1


def test_texts_of_a_run_are_its_steps():
    task = problems.countdown([3, 5, 7, 9], 24)
    tree = search(task, "beam", verifier=Oracle()).tree
    assert tree.text(0) == task.prompt()
    end = int(np.flatnonzero(tree.selected)[-1])
    state = task.initial()
    for row in tree.path(end)[1:]:
        state = task.follow(state, tree.text(row))
    assert task.is_goal(state)
