import pytest

from workbench.dashboard.circuits import Circuits
from workbench.dashboard.page import EXPORTS, exported
from workbench.dashboard.shell import PAGES
from workbench.dashboard.theme import page_styles, script, stylesheet, theme_config
from workbench.views.style import STYLE

SCRIPTS = ("header", "workspace", "blocks", "notices", "timeline", "filedrop")
WITH_FIGURES = ("circuits", "theories", "reasoning", "budgets")


@pytest.mark.parametrize("name", WITH_FIGURES)
def test_each_page_has_a_figure_that_every_export_writes(shell, go, name):
    page = go(shell, name)
    assert page.name == name
    assert page.notices.messages == []
    for choice, _ in EXPORTS[::2]:
        suffix, width = choice.split("-")
        assert exported(page.figure(), f"f.{suffix}", width)


def test_a_page_that_cannot_be_built_says_why_and_the_others_live(new_window, monkeypatch, caplog):
    class Broken(Circuits):
        def __init__(self, session):
            raise RuntimeError("broken on purpose")

    pages = tuple(Broken if kind is Circuits else kind for kind in PAGES)
    monkeypatch.setattr("workbench.dashboard.shell.PAGES", pages)
    shell = new_window(page="circuits")
    (message,) = shell.page.notices.messages
    assert "broken on purpose" in message["lines"][0]
    assert "broken on purpose" in caplog.text
    shell._go("theories")
    assert shell.page.notices.messages == []


def test_an_unknown_page_in_the_address_is_that_of_circuits(new_window):
    assert new_window(page="nowhere").page.name == "circuits"


def test_an_unknown_study_leads_home_and_says_why(new_window):
    shell = new_window("nothing", page="circuits")
    assert shell.page.name == "home"
    assert [one["name"] for one in shell.header.pages] == ["home"]
    assert "nothing.wb" in str(shell.page.notices.messages)


def test_the_theme_reaches_every_page(shell, go):
    for kind in PAGES:
        go(shell, kind.name)
    shell.view.dark_theme = True
    assert shell.session.theme == "dark"
    assert shell.pages["circuits"].canvas.theme == "dark"
    assert shell.pages["reasoning"].timeline.theme == "dark"
    assert shell.pages["budgets"].plots["samples"].theme == "dark"


def test_searching_says_what_was_found(shell, go):
    go(shell, "theories")
    shell._on_header("search", "pixel")
    n_rules = shell.page.shown.rules.n_rows
    assert shell.header.search_count == f"{n_rules} of {n_rules} rules"
    shell._on_header("search", "")
    assert shell.header.search_count != f"{n_rules} of {n_rules} rules found"


def test_a_selected_unit_is_looked_at_and_left_again(shell):
    page = shell.page
    unit = int(page.shown.circuit.ids[-1])
    page._look_at(unit)
    assert page.inspector.blocks[0]["text"] == f"sum {unit}"
    assert [crumb["text"] for crumb in shell.header.crumbs][-1] == f"sum {unit}"
    shell._on_header("crumb", "all")
    assert page.inspector.blocks[0]["text"] == "Circuit"


def test_pruning_can_be_undone(shell, settle):
    page = shell.page
    before = page.shown
    page._prune(0.5)
    settle(page)
    assert page.shown.circuit.n_edges < before.circuit.n_edges
    assert page.shown.removed.any()
    page.on_inspector("action", "undo")
    assert page.shown is before


def test_a_branch_is_cut_and_the_search_goes_on(shell, go, settle):
    page = go(shell, "reasoning")
    page.form.pace.value = 0.0
    run, row = page.run, 1
    page.timeline.cursor = int(run.tree.born[row]) + 1
    page._prune(row)
    settle(page)
    assert page.notices.messages == []
    assert page.run is not run
    cut = page.run.tree.row(int(run.tree.ids[row]))
    assert len(page.run.tree.children(cut)) == 0
    assert len(page.chosen.options) == 3


@pytest.mark.parametrize("beside", [False, True])
def test_a_new_search_is_run_and_kept(shell, go, settle, beside):
    page = go(shell, "reasoning")
    page.form.beside.value = beside
    page.form.numbers.value, page.form.goal.value, page.form.pace.value = "2, 3 4", 24, 0.0
    page._start()
    settle(page)
    assert page.run.solved
    assert page.run.task.prompt() == "Reach 24 from 2 3 4"
    kept = shell.session.store.latest("run 3")
    assert (kept.kind, kept.note, kept.is_autosave) == ("run", "solved", False) or beside
    assert shell.session.store.load("run 3").id == page.run.id


def test_both_themes_take_their_colours_from_the_style_table():
    config = theme_config()
    for name, colours in STYLE.palettes.items():
        assert config[name]["palette"]["background"]["paper"] == colours.surfaces.canvas
        variables = page_styles()[f"&.mui-{name}"]
        assert variables["--wb-text"] == colours.surfaces.text
        assert variables["--wb-ordinal-7"] == colours.ordinal[-1]


@pytest.mark.parametrize("name", SCRIPTS)
def test_components_have_no_sink_for_markup_and_no_address(name):
    text = script(name)
    for banned in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                   "new Function", "http://", "https://", "import "):  # fmt: skip
        assert banned not in text
    assert "http" not in stylesheet(name)
    assert "@import" not in stylesheet(name)
