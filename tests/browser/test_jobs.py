"""The drawer of jobs in a real page: a sweep is watched, half cancelled, resumed, and done."""

import re
import socket
import sys
import time
from pathlib import Path

import panel as pn
import panel_material_ui as pmui
import pytest

from workbench import store
from workbench.dashboard.drawer import JobsDrawer
from workbench.dashboard.theme import page_styles, theme_config
from workbench.jobs import Processes, Runner, Status, jobs, submit, sweep

sys.path.insert(0, str(Path(__file__).parent))  # workers import job_steps as this test does
import job_steps  # beside this file

SECONDS = 60


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def study(tmp_path):
    with store.open(tmp_path / "study.wb") as workspace:
        yield workspace


@pytest.fixture
def runner(study):
    one = Runner(study, Processes(slots=2), checkpoint_s=0.1)
    yield one
    one.close()


@pytest.fixture
def open_drawer(page, study):
    """Serves a page with nothing but the drawer, opens both, and returns what was made."""
    servers = []

    def opened(theme="light"):
        made, asked = [], []

        def build():
            drawer = JobsDrawer(study, on_open=asked.append)
            made.append(drawer)
            view = pmui.Page(
                title="Jobs", main=[drawer.view], theme_config=theme_config(), sx=page_styles()
            )
            view.dark_theme = theme == "dark"
            pn.state.on_session_destroyed(lambda _: drawer.close())
            pn.state.onload(drawer.toggle)
            return view

        port = free_port()
        servers.append(
            pn.serve(
                {"/": build},
                port=port,
                address="127.0.0.1",
                show=False,
                threaded=True,
                verbose=False,
            )
        )
        eventually(lambda: answers(port))
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator(".wb-jobs").wait_for()
        return made[-1], asked

    yield opened
    page.goto("about:blank")
    for server in servers:
        server.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(holds, seconds=SECONDS):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    assert holds()


def states(job):
    return job.table()["status"].tolist()


def test_a_sweep_is_watched_half_cancelled_resumed_and_done(
    page, study, runner, open_drawer, screenshots
):
    whole = sweep(study, job_steps.walk, {"seed": range(12)}, n=10, pause_s=0.02, place="walks")
    drawer, asked = open_drawer()
    page.get_by_text("12 queued").wait_for()
    page.locator(".wb-job-opener").click()
    lines = page.locator(".wb-cells-line")
    lines.nth(11).wait_for(state="attached")

    lines.nth(6).click()
    lines.nth(11).scroll_into_view_if_needed()
    lines.nth(11).click(modifiers=["Shift"])
    page.get_by_text("12 cells, 6 selected").wait_for()
    page.get_by_role("button", name="Cancel selected").click()
    page.get_by_text("6 queued, 6 cancelled").wait_for()
    assert states(whole) == ["queued"] * 6 + ["cancelled"] * 6

    runner.start()
    page.locator(".wb-cells-line[data-status=running]").first.wait_for()
    page.get_by_text("6 done, 6 cancelled").wait_for(timeout=1000 * SECONDS)
    page.screenshot(path=screenshots / "jobs_half.png")
    page.get_by_role("button", name="Resume 6 cells").click()
    page.locator(".wb-job[data-status=done]").wait_for(timeout=1000 * SECONDS)
    page.get_by_text("12 done").first.wait_for()
    assert states(whole) == ["done"] * 12
    ends = whole.table()["place"].tolist()
    assert page.locator(".wb-cell-best").count() == 1
    assert page.locator(".wb-cell-best").inner_text() == f"\u2605 {shown(max(ends))}"

    page.locator(".wb-cells").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    eventually(lambda: [job.id for job in asked] == [whole.children[0].id])
    assert asked[0].result() == ends[0]
    assert drawer.n_running == 0
    page.screenshot(path=screenshots / "jobs_done.png")


def shown(value):
    return f"{value:.5g}".replace("-", "\N{MINUS SIGN}")


@pytest.mark.slow
def test_a_failure_tells_why_what_to_do_and_stays_text(page, study, runner, open_drawer):
    failed = submit(study, job_steps.refuse)
    runner.start()
    open_drawer(theme="dark")
    page.locator(".wb-job[data-status=failed]").wait_for(timeout=1000 * SECONDS)
    page.locator(".wb-job-opener").press("ArrowRight")
    page.locator(".wb-job-error").get_by_text("<b>cell</b> is bad").wait_for()
    page.get_by_text("Give a number.", exact=True).wait_for()
    assert page.locator(".wb-jobs b").count() == 0
    assert failed.status is Status.FAILED


def test_a_cancel_is_acknowledged_at_once_and_asked_for_by_key(page, study, runner, open_drawer):
    long = submit(study, job_steps.walk, n=10_000, pause_s=0.05, save_as="far")
    runner.start()
    open_drawer()
    page.locator(".wb-job[data-status=running]").wait_for(timeout=1000 * SECONDS)
    page.get_by_text(re.compile(r"step \d+ of")).wait_for(timeout=1000 * SECONDS)
    opener = page.locator(".wb-job-opener")
    opener.focus()
    page.keyboard.press("Delete")
    page.get_by_role("alertdialog").wait_for()
    page.keyboard.press("Escape")
    assert long.status is Status.RUNNING
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    page.locator(".wb-job[data-status=cancelled]").wait_for(timeout=2_000)
    assert long.status is Status.CANCELLED
    assert long.wait(10)
    assert page.locator(".wb-live").text_content() == "far cancelled"


def test_another_door_is_seen_and_the_drawer_closes_by_key(page, study, tmp_path, open_drawer):
    drawer, _ = open_drawer()
    page.get_by_text("No jobs yet.").wait_for()
    with store.open(tmp_path / "study.wb") as other:
        submit(other, job_steps.walk, n=3, save_as="from elsewhere")
    page.get_by_text("from elsewhere").wait_for(timeout=2_000)
    page.locator(".wb-job-opener").focus()
    page.keyboard.press("Escape")
    page.locator(".wb-drawer").wait_for(state="hidden")
    eventually(lambda: not drawer.is_open)
    assert len(jobs(study)) == 1


@pytest.mark.slow
def test_thousands_of_cells_do_not_hold_up_the_page(page, study, open_drawer):
    sweep(study, job_steps.walk, {"seed": range(60), "n": range(50)}, pause_s=0.0)
    open_drawer()
    page.locator(".wb-job-opener").click()
    page.locator(".wb-cells-line").first.wait_for()
    assert page.locator(".wb-cells-line").count() < 40
    page.locator(".wb-cells").focus()
    page.keyboard.press("End")
    last = page.locator('.wb-cells-line[aria-rowindex="3001"]')
    last.wait_for()
    assert last.locator(".wb-cell").nth(1).inner_text() == "59"
    for _ in range(2):
        page.get_by_role("button", name="n", exact=True).click()
    page.keyboard.press("Home")
    first = page.locator(".wb-cells-line[aria-rowindex='2']")
    page.locator(".wb-cells").evaluate("grid => { grid.scrollTop = 0; }")
    first.wait_for()
    assert first.locator(".wb-cell").nth(2).inner_text() == "49"
