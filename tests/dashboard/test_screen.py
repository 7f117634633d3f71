"""What is on screen is in the workspace: left, it comes back exactly, in whatever order."""

import json

import pytest

from workbench.dashboard.screen import AUTOSAVE_S, ITEM
from workbench.store import open as open_workspace

PAGES = ("circuits", "theories", "reasoning", "budgets", "items")


def leave_traces(shell, go, settle):
    """Something else than at first on every page."""
    circuits = go(shell, "circuits")
    circuits.form.latents.value, circuits.form.seed.value = 5, 7
    circuits._prune(0.5)
    settle(circuits)
    unit = int(circuits.shown.circuit.ids[-3])
    circuits._look_at(unit)
    circuits.canvas.camera = {"x": 1.5, "y": -2.0, "zoom": 3.25, "view": "v1"}
    circuits.canvas.hidden = ["sum"]
    circuits.measure.value = "weight"
    circuits.mode.value = "Ask"
    circuits.ask.panel.findings = {"seq": 5, "known": {"20": 16, "21": [0, 1]}}
    circuits.ask.panel.event = {"seq": 1, "type": "sample", "n": 3, "seed": 4}
    theories = go(shell, "theories")
    theories.view.value, theories.rule, theories.epochs.value = "matrix", 0, 9
    theories._draw()
    reasoning = go(shell, "reasoning")
    reasoning.form.numbers.value, reasoning.form.algorithm.value = "1 2 3", "best_of_n"
    reasoning._choose("run 2")
    reasoning.timeline.cursor = 11
    reasoning.selected = 2
    reasoning.canvas.selection = [int(reasoning.run.tree.ids[2])]
    reasoning.colour.value = "tokens"
    reasoning.canvas.filter = "score>0"
    budgets = go(shell, "budgets")
    budgets.level.value = 0.8
    settle(budgets)
    budgets.axis.value = "tokens"
    items = go(shell, "items")
    items._choose(shell.session.store.latest("records").number)


def visit_all(shell, go):
    for name in PAGES:
        go(shell, name)
    return json.loads(json.dumps(shell.state()))


@pytest.fixture
def left(shell, go, settle):
    """The state of a window that was left in the middle of work, and then closed."""
    leave_traces(shell, go, settle)
    shell._go("theories")
    shell.view.dark_theme = True
    state = json.loads(json.dumps(shell.state()))
    shell.close()
    return state


def test_a_window_comes_back_as_it_was_left(left, new_shelf, new_window, go):
    again = new_window(page="", on=new_shelf())
    assert again.page.name == "theories"
    assert again.session.theme == "dark"
    assert json.loads(json.dumps(again.state())) == left  # pages not visited are as they were
    found = visit_all(again, go)
    for name in PAGES:
        assert found["pages"][name] == left["pages"][name], name
    circuits = again.pages["circuits"]
    assert circuits.shown.removed.any()
    assert circuits.ask.panel.samples["n"] == 3
    assert set(circuits.ask.panel.evidence) == {"pixel 2,4", "pixel 2,5"}
    assert again.pages["reasoning"].timeline.cursor == 11


def test_undo_comes_back_too(left, new_shelf, new_window, go, settle):
    page = go(new_window(on=new_shelf()), "circuits")
    pruned = page.shown.circuit
    page.on_inspector("action", "undo")
    settle(page)
    assert page.shown.circuit.n_edges > pruned.n_edges
    assert page.undo == []


def test_only_changes_are_saved_and_soon(shell, go, monkeypatch):
    store = shell.session.store
    go(shell, "theories")
    assert AUTOSAVE_S <= 5
    monkeypatch.setattr("workbench.dashboard.screen.AUTOSAVE_S", 0)
    shell.tick()
    n = len(store.history(ITEM))
    shell.tick()
    assert len(store.history(ITEM)) == n
    shell.page.view.value = "sql"
    shell.tick()
    assert len(store.history(ITEM)) == n + 1
    assert store.latest(ITEM).is_autosave


def test_saving_says_when_and_is_not_an_autosave(shell):
    shell._on_header("save", None)
    assert shell.header.saved["text"].startswith("Saved ")
    assert not shell.session.store.latest(ITEM).is_autosave


def test_what_is_shown_is_kept_from_clean_up(shell, go, settle):
    page = go(shell, "circuits")
    page._prune(0.5)
    settle(page)
    shell.save()
    kept = {stored for _, stored in shell.session.store.latest(ITEM).sources}
    assert {page.held.key.learned, page.held.key.pruned} <= kept


def test_of_two_windows_the_newest_wins_and_nothing_is_lost(new_window, go):
    first, second = new_window(), new_window()
    go(first, "theories")
    first.save()
    go(second, "budgets")
    second.save()
    assert new_window().page.name == "budgets"
    store = first.session.store
    pages = [store.load(ITEM, number=one.number)["page"] for one in store.history(ITEM)]
    assert pages[:2] == ["budgets", "theories"]


@pytest.mark.parametrize(
    "damaged",
    [
        {"page": 3, "pages": []},
        {"page": "theories", "theme": [], "pages": {"theories": {"view": {}, "rule": "x", "form": 7,
         "canvas": {"camera": {"x": "a"}, "selection": ["b"], "hidden": 3}, "jobs": 4}}},
        {"page": "circuits", "pages": {"circuits": {"shown": {"learned": "0" * 64}, "mode": 4}}},
        {"page": "circuits", "pages": {"circuits": {"undo": [3], "focus": 10**12, "unit": "u",
         "ask": {"known": {"999": "x"}, "focus": ["y"]}, "doubt": {"found": "0" * 64}}}},
        {"page": "reasoning", "pages": {"reasoning": {"hash": "0" * 64, "cursor": -5}}},
        {"page": "budgets", "pages": {"budgets": {"records": "zz", "axis": 9}}},
        {"page": "items", "pages": {"items": {"chosen": 10**9}}},
        [1, 2],
    ],
)  # fmt: skip
def test_a_strange_state_never_ends_a_page(studies, new_window, go, damaged):
    with open_workspace(studies / "digits.wb") as store:
        store.save(damaged, ITEM)
    shell = new_window()
    for name in PAGES:
        go(shell, name)
        assert "cannot be shown" not in str(shell.page.title)
    json.dumps(shell.state())


def test_a_disk_that_refuses_is_told_once(shell, monkeypatch):
    from workbench.errors import StorageError

    def full(*_, **__):
        raise StorageError("no space left", remedy="Make room.")

    monkeypatch.setattr("workbench.dashboard.screen.AUTOSAVE_S", 0)
    monkeypatch.setattr(shell.session.store, "save", full)
    shell.page.form.seed.value = 99
    shell.tick()
    shell.tick()
    assert shell.header.saved["state"] == "failed"
    assert len(shell.page.notices.messages) == 1
