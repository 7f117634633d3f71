import pytest

from workbench.dashboard.budgets import _opened
from workbench.dashboard.run_view import frame, lanes, node_blocks, run_blocks, told
from workbench.errors import DataError
from workbench.reasoning import problems, search, verifiers
from workbench.views.tree_figure import tree_figure


@pytest.fixture(scope="module")
def run():
    task = problems.countdown([3, 7, 5, 9], 24)
    return search(
        task, "beam", params={"n": 8, "width": 4}, verifier=verifiers.Oracle(noise=1.0), seed=2
    )


def test_nodes_stay_where_they_are_while_time_moves(run):
    whole = tree_figure(run, "score")
    last = whole.tables["nodes"]
    for seq in range(len(run.events)):
        nodes = frame(run, tree_figure(run, "score"), seq, "score").tables["nodes"]
        assert nodes.n_rows >= 1
        for name in ("x", "y", "id", "label"):
            assert nodes[name].tolist() == last[name][: nodes.n_rows].tolist()


def test_ids_on_screen_survive_a_browser(run):
    ids = tree_figure(run, "score").tables["nodes"]["id"]
    assert ids.max() < 2**53


def test_every_event_is_told_in_words(run):
    texts = [told(run, seq) for seq in range(len(run.events))]
    assert all(texts)
    assert texts[0].startswith("start of beam")
    assert told(run, 10**6) == ""


def test_the_timeline_ends_at_the_ledgers_tokens(run):
    shown = lanes(run)
    assert shown["tokens"][-1] == run.ledger.tokens
    assert len(shown["codes"]) == len(run.events)
    assert shown["codes"].count(0) == run.tree.n_nodes


def test_run_and_nodes_can_be_inspected(run):
    assert any(block["kind"] == "badges" for block in run_blocks(run))
    for row in range(run.tree.n_nodes):
        blocks = node_blocks(run.tree, row)
        assert blocks[0]["text"] == run.tree.text(row)


def test_counts_and_records_are_read():
    counts = _opened("c.csv", b"problem,n,c\na,4,1\nb,4,0\n")
    assert counts["c"].counts.tolist() == [[4, 1], [4, 0]]
    text = b"method,problem,correct,tokens\nm,a,1,5\nm,a,0,7\nk,b,1,2\n"
    records = _opened("r.csv", text)
    assert records["m"].records["tokens"].tolist() == [5, 7]
    assert list(records) == ["m", "k"]


@pytest.mark.parametrize("cell", ["-1", "1.5", "many", ""])
def test_a_bad_count_names_row_and_column(cell):
    with pytest.raises(DataError, match="row 2, column 'c'"):
        _opened("c.csv", f"problem,n,c\na,4,1\nb,4,{cell}\n".encode())


def test_a_table_of_something_else_is_refused():
    with pytest.raises(DataError, match="is not a table of outcomes: given the columns x, y"):
        _opened("c.csv", b"x,y\n1,2\n")
