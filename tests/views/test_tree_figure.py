from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from workbench.errors import ParameterError
from workbench.reasoning.events import Answer, EventLog, Node, Prune, Score, Select
from workbench.reasoning.tree import SearchTree
from workbench.views.style import STYLE
from workbench.views.tree_figure import tree_figure

LONG = "take the two largest numbers and multiply them before anything else is done"


def node(node_id, parents, depth, text, seq):
    return Node(node_id, parents, 0, depth, "step", text, -0.5, 4, None, seq=seq)


def tree():
    """Root 10 with children 11 (pruned), 12; 12 has 13 (solved, selected) and 14 (failed)."""
    events = (
        Node(10, (), 0, 0, "root", "r", None, 0, None, seq=0),
        node(11, (10,), 1, "a", 1),
        node(12, (10,), 1, "b", 2),
        Prune(11, "score", seq=3),
        Score(12, "oracle", "value", 0.75, seq=4),
        node(13, (12,), 2, "long", 5),
        node(14, (12, 10), 2, "a", 6),
        Answer(13, "24", True, seq=7),
        Answer(14, "23", False, seq=8),
        Select(13, "score", seq=9),
    )
    texts = {"r": "", "a": "1 + 2 = 3", "b": "4 * 6 = 24", "long": LONG}
    return SearchTree.fold(EventLog(events, texts))


def test_states_become_glyphs_of_the_style_table():
    nodes = tree_figure(tree()).tables["nodes"]
    assert nodes["glyph"].tolist() == ["expanded", "pruned", "expanded", "solved", "failed"]
    assert set(nodes["glyph"]) <= set(STYLE.glyphs)


def test_path_to_the_answer_is_marked():
    spec = tree_figure(tree())
    assert spec.tables["nodes"]["ring"].tolist() == ["path", "", "path", "path", ""]
    edges = spec.tables["edges"]
    on_path = {
        (int(s), int(t))
        for s, t, p in zip(edges["source"], edges["target"], edges["path"], strict=True)
        if p
    }
    assert on_path == {(0, 2), (2, 3)}


def test_edges_into_pruned_nodes_and_links_of_merges_are_dashed():
    edges = tree_figure(tree()).tables["edges"]
    dashed = {
        (int(s), int(t))
        for s, t, d in zip(edges["source"], edges["target"], edges["dashed"], strict=True)
        if d
    }
    assert dashed == {(0, 1), (0, 4)}


def test_steps_are_cut_in_labels_and_kept_whole_in_text():
    nodes = tree_figure(tree()).tables["nodes"]
    assert nodes["text"][3] == LONG
    assert len(nodes["label"][3]) <= 48
    assert nodes["label"][3].endswith("…")


def test_colour_takes_the_named_column():
    drawn = tree()
    score = tree_figure(drawn).tables["nodes"]["value"]
    assert score[2] == 0.75
    assert np.isnan(np.delete(score, 2)).all()
    tokens = tree_figure(drawn, colour="tokens")
    assert tokens.tables["nodes"]["value"].tolist() == [0, 4, 4, 4, 4]
    assert tokens.encoding("colour").unit == "tokens"
    with pytest.raises(ParameterError, match="score"):
        tree_figure(drawn, colour="beauty")


def test_a_run_is_drawn_by_its_tree():
    drawn = tree()
    assert tree_figure(SimpleNamespace(tree=drawn)).hash == tree_figure(drawn).hash


def test_an_earlier_moment_is_a_smaller_figure():
    assert tree_figure(tree().at(2)).tables["nodes"].n_rows == 3


def test_direction_follows_the_number_of_leaves():
    events = [Node(0, (), 0, 0, "root", "r", None, 0, None, seq=0)]
    events += [node(i, (0,), 1, "r", i) for i in range(1, 101)]
    wide = SearchTree.fold(EventLog(tuple(events), {"r": ""}))
    assert tree_figure(wide).encoding("direction").label == "down"
    assert tree_figure(tree()).encoding("direction").label == "right"
    assert tree_figure(tree(), direction="down").tables["nodes"]["y"].tolist() == pytest.approx(
        [0, 1.6, 1.6, 3.2, 3.2]
    )
