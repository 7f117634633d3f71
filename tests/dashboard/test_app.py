import socket
import time

import pytest

from workbench.dashboard.app import EXPORTS, HOST, PAGES, Shell, free_port
from workbench.dashboard.page import exported
from workbench.dashboard.theme import page_styles, script, stylesheet, theme_config
from workbench.errors import ParameterError
from workbench.studies import Recipe, compute
from workbench.views.style import STYLE

SCRIPTS = ("header", "workspace", "blocks", "notices", "timeline", "filedrop")


@pytest.fixture(scope="module")
def study():
    return compute(
        Recipe(latents=2, epochs=1, label_latents=2, n_tasks=3, n_numbers=3, n_samples=4,
               n_repeats=2)
    )  # fmt: skip


@pytest.fixture
def shell(study):
    shell = Shell(study)
    shell.open()
    yield shell
    shell.close()


def settle(page):
    while page.desk.is_busy:
        page.desk.poll()
        time.sleep(0.005)


@pytest.mark.parametrize("kind", PAGES, ids=lambda kind: kind.name)
def test_each_page_has_a_figure_that_every_export_writes(shell, kind):
    shell._go(kind.name)
    page = shell.page
    settle(page)
    assert page.name == kind.name
    assert page.notices.messages == []
    for choice, _ in EXPORTS[::2]:
        suffix, width = choice.split("-")
        assert exported(page.figure(), f"f.{suffix}", width)


def test_a_page_that_cannot_be_built_says_why_and_the_others_live(study, monkeypatch, caplog):
    def broken(session):
        raise RuntimeError("broken on purpose")

    broken.name, broken.title = PAGES[0].name, PAGES[0].title
    monkeypatch.setattr("workbench.dashboard.app.PAGES", (broken, *PAGES[1:]))
    shell = Shell(study)
    shell.open()
    (message,) = shell.page.notices.messages
    assert "broken on purpose" in message["lines"][0]
    assert "broken on purpose" in caplog.text
    shell._go(PAGES[1].name)
    assert shell.page.notices.messages == []
    shell.close()


def test_an_unknown_page_in_the_address_is_the_first(study):
    shell = Shell(study)
    shell.session.page = "nowhere"
    shell.open()
    assert shell.page.name == PAGES[0].name


def test_the_theme_reaches_every_page(shell):
    for kind in PAGES:
        shell._go(kind.name)
        settle(shell.page)
    shell.view.dark_theme = True
    assert shell.session.theme == "dark"
    assert shell.pages["circuits"].canvas.theme == "dark"
    assert shell.pages["reasoning"].timeline.theme == "dark"
    assert shell.pages["budgets"].plots["samples"].theme == "dark"


def test_searching_says_what_was_found(shell):
    shell._go("theories")
    shell._on_header("search", "pixel")
    n_rules = shell.page.shown.rules.n_rows
    assert shell.header.search_count == f"{n_rules} of {n_rules} rules"
    shell._on_header("search", "")
    assert shell.header.search_count == ""


def test_a_selected_unit_is_looked_at_and_left_again(shell):
    page = shell.page
    unit = int(page.shown.circuit.ids[-1])
    page._look_at(unit)
    assert page.inspector.blocks[0]["text"] == f"sum {unit}"
    assert [crumb["text"] for crumb in shell.header.crumbs][-1] == f"sum {unit}"
    shell._on_header("crumb", "all")
    assert page.inspector.blocks[0]["text"] == "Circuit"


def test_pruning_can_be_undone(shell):
    page = shell.page
    before = page.shown
    page._prune(0.5)
    settle(page)
    assert page.shown.circuit.n_edges < before.circuit.n_edges
    assert page.shown.removed.any()
    page.on_inspector("action", "undo")
    assert page.shown is before


def test_a_branch_is_cut_and_the_search_goes_on(shell):
    shell._go("reasoning")
    page = shell.page
    page.pace.value = 0.0
    run, row = page.run, 1
    page.timeline.cursor = int(run.tree.born[row]) + 1
    page._prune(row)
    settle(page)
    assert page.notices.messages == []
    assert page.run is not run
    cut = page.run.tree.row(int(run.tree.ids[row]))
    assert len(page.run.tree.children(cut)) == 0
    assert len(page.chosen.options) == 3


def test_a_new_search_is_run_and_kept(shell):
    shell._go("reasoning")
    page = shell.page
    page.numbers.value, page.goal.value, page.pace.value = "2, 3 4", 24, 0.0
    page._start()
    settle(page)
    assert page.run.solved
    assert page.run.task.prompt() == "Reach 24 from 2 3 4"


def test_a_taken_port_is_refused():
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        with pytest.raises(ParameterError, match="in use"):
            free_port(taken.getsockname()[1])


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
