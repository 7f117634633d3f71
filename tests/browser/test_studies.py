"""Studies in a real page and a real server: nothing is lost, whatever ends in between."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest

from workbench.dashboard.screen import ITEM
from workbench.jobs import jobs
from workbench.store import open as open_workspace
from workbench.store.schema import VERSION
from workbench.studies import Recipe, compute, fill

TINY = Recipe(
    latents=3, epochs=2, label_latents=2, n_tasks=3, n_numbers=3, n_samples=4, n_repeats=2
)
PATIENCE_S = 120
PRINTED = re.compile(r"http\S+token=\S+(?=\n)")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A folder with a small study that the server takes for the embedded one."""
    folder = tmp_path_factory.mktemp("filled")
    with open_workspace(folder / "digits.wb", door="demo") as workspace:
        fill(workspace, compute(TINY))
        workspace.save({"key": Recipe().key()}, "recipe")
    return folder


@pytest.fixture(autouse=True)
def patience(browser_context):
    """Servers start in these tests, beside whatever else the machine does."""
    browser_context.set_default_timeout(90_000)


@pytest.fixture
def studies(filled, tmp_path):
    shutil.copytree(filled, tmp_path / "studies")
    return tmp_path / "studies"


@pytest.fixture
def serving(studies, tmp_path, browser_context):
    """Starts a real server on the studies; answers its address and its process."""

    @contextmanager
    def started():
        log = tmp_path / f"log-{time.monotonic_ns()}.txt"
        command = [
            "serve",
            "--no-browser",
            "--port",
            "0",
            "--studies",
            str(studies),
            "--slots",
            "1",
        ]
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "workbench.cli", *command],
                cwd=tmp_path,
                env={**os.environ, "OMP_NUM_THREADS": "1", "XDG_DATA_HOME": str(tmp_path)},
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            address = printed(process, log)
            key = browser_context.new_page()
            key.goto(address)  # the context is let in from now on
            key.close()
            yield address.split("?")[0], process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    return started


def printed(process, log):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        said = log.read_text(errors="replace")
        assert process.poll() is None, said
        if found := PRINTED.search(said):
            return found.group()
        time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text(errors='replace')}")


def kill(process):
    """End the server as a power cut would, its workers with it."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def screen_of(studies, name="digits"):
    with open_workspace(studies / f"{name}.wb", create=False) as workspace:
        return json.loads(json.dumps(workspace.load(ITEM))) if workspace.has(ITEM) else {}


def eventually(holds, seconds=20):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def go(page, name, ready):
    page.locator("nav.pages button", has_text=name).click()
    page.locator(ready).locator("visible=true").first.wait_for()


def open_left(page, name="Data"):
    if not page.get_by_label(f"Fold {name}").locator("visible=true").count():
        page.get_by_label(f"Open {name}").locator("visible=true").click()


def forget_lost_connections(console_errors):
    """A server that was killed leaves lines in the console; nothing else may be there."""
    lost = ("WebSocket", "ERR_CONNECTION", "Lost websocket", "BokehJS", "net::")
    console_errors[:] = [line for line in console_errors if not any(word in line for word in lost)]


def work_here_and_there(page, address):
    """Leave traces on three pages, and save."""
    page.goto(f"{address}?study=digits&page=circuits&theme=light")
    page.locator(".right.panel", has_text="nats per row").wait_for()
    open_left(page)
    page.get_by_label("Latent states", exact=True).fill("7")
    page.get_by_label("Latent states", exact=True).press("Enter")
    page.locator(".outline button").nth(3).click()
    page.get_by_label("Toggle theme").click()
    go(page, "Reasoning", "text=Nodes by state")
    page.get_by_label("First event").locator("visible=true").click()
    page.get_by_label("Next event").locator("visible=true").click()
    go(page, "Theories", "text=count equal")
    page.get_by_role("button", name="SQL", exact=True).click()
    page.locator("text=SELECT").first.wait_for()
    page.keyboard.press("Control+s")
    page.locator(".saving .told", has_text="Saved").wait_for()
    page.wait_for_timeout(500)
    page.keyboard.press("Control+s")
    page.wait_for_timeout(700)


@pytest.mark.slow
def test_what_was_on_screen_comes_back_after_a_kill(
    page, browser_context, serving, studies, screenshots, console_errors
):
    with serving() as (address, process):
        work_here_and_there(page, address)
        left = screen_of(studies)
        kill(process)
    page.goto("about:blank")
    forget_lost_connections(console_errors)
    assert left["page"] == "theories"
    assert left["theme"] == "dark"
    assert left["pages"]["circuits"]["form"]["latents"] == 7
    assert left["pages"]["reasoning"]["cursor"] == 1
    with serving() as (address, _):
        again = browser_context.new_page()
        again.goto(f"{address}?study=digits")
        again.locator("text=SELECT").first.wait_for()
        again.screenshot(path=screenshots / "reopened-dark-1280.png")
        panel = again.locator(".right.panel").locator("visible=true").first
        assert panel.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(28, 32, 38)"
        go(again, "Reasoning", "text=Nodes by state")
        assert again.locator(".place").locator("visible=true").inner_text().startswith("event 1")
        go(again, "Circuits", "text=rank")
        go(again, "Theories", "text=count equal")
        again.wait_for_timeout(800)
        again.keyboard.press("Control+s")
        again.locator(".saving .told", has_text="Saved").wait_for()
        found = screen_of(studies)
        again.close()
    for name in ("circuits", "theories", "reasoning"):
        assert found["pages"][name] == left["pages"][name], name


def test_changes_are_kept_without_being_asked(page, serving, studies):
    with serving() as (address, _):
        page.goto(f"{address}?study=digits&page=theories")
        page.locator("text=count equal").wait_for()
        page.get_by_role("button", name="LaTeX", exact=True).click()
        eventually(
            lambda: screen_of(studies).get("pages", {}).get("theories", {}).get("view") == "latex",
            seconds=6,
        )
        page.goto("about:blank")


def test_studies_are_made_exported_and_imported(page, serving, studies, tmp_path, screenshots):
    with serving() as (address, _):
        page.goto(f"{address}?page=home")
        page.locator(".card", has_text="digits").wait_for()
        page.screenshot(path=screenshots / "home-light-1280.png")
        page.get_by_label("Name of the new study").fill("mine")
        page.get_by_label("Name of the new study").press("Tab")
        page.get_by_role("button", name="New study").click()
        page.locator(".card", has_text="mine").wait_for()
        card = page.locator(".card", has_text="digits")
        with page.expect_download(timeout=PATIENCE_S * 1000) as caught:
            card.get_by_role("button", name="Export zip").click()
        assert caught.value.suggested_filename == "digits.zip"
        caught.value.save_as(tmp_path / "other.zip")
        page.locator('.drop input[type="file"]').set_input_files(tmp_path / "other.zip")
        page.locator(".card", has_text="other").wait_for()
        with (
            open_workspace(studies / "digits.wb") as one,
            open_workspace(studies / "other.wb") as two,
        ):
            assert one.latest("circuit").hash == two.latest("circuit").hash
        page.locator('.drop input[type="file"]').set_input_files(
            {"name": "bad.zip", "mimeType": "application/zip", "buffer": b"PK no zip"}
        )
        page.locator(".message.failed", has_text="bad.zip").wait_for()
        page.locator(".card", has_text="mine").get_by_role("link", name="Open").click()
        page.locator("text=Learn a circuit of a table").wait_for()
        page.screenshot(path=screenshots / "empty-study-1280.png")
        page.wait_for_url(re.compile("study=mine"))


@pytest.mark.slow
def test_a_study_that_cannot_be_opened_is_listed_with_its_reason(page, serving, studies):
    path = studies / "newer.wb"
    shutil.copytree(studies / "digits.wb", path)
    with open_workspace(path) as workspace, workspace.transaction() as cursor:
        cursor.execute(f"PRAGMA user_version = {VERSION + 1}")
    with serving() as (address, _):
        page.goto(f"{address}?page=home")
        page.locator(".card.warn", has_text="newer").wait_for()
        page.locator(".card", has_text="digits").get_by_role("link", name="Open").wait_for()


@pytest.mark.slow
def test_what_another_door_saves_is_told_within_a_second(page, serving, studies):
    with serving() as (address, _):
        page.goto(f"{address}?study=digits&page=circuits")
        page.locator(".right.panel", has_text="nats per row").wait_for()
        with open_workspace(studies / "digits.wb", door="notebook") as workspace:
            learned = workspace.load("circuit")
            workspace.save(learned.history, "history of mine")
            workspace.save(workspace.load("pruned circuit").circuit, "circuit")
        message = page.locator(".message", has_text="circuit has a newer state")
        message.wait_for(timeout=5_000)
        assert "notebook" in message.inner_text()
        message.get_by_role("button", name="Show the newer one").click()
        page.locator(".message").wait_for(state="detached")
        go(page, "Study", "text=history of mine")


@pytest.mark.slow
def test_a_job_survives_its_page_and_its_server(page, serving, studies, console_errors):
    with serving() as (address, process):
        page.goto(f"{address}?study=digits&page=circuits")
        page.locator(".right.panel", has_text="nats per row").wait_for()
        open_left(page)
        page.get_by_label("Epochs", exact=True).fill("400")
        page.get_by_label("Epochs", exact=True).press("Enter")
        page.get_by_role("button", name="Learn", exact=True).click()
        page.locator('.job [role="progressbar"]').wait_for()
        page.locator("button.jobs", has_text="Jobs 1").wait_for()
        page.wait_for_timeout(1_500)
        page.goto("about:blank")
        kill(process)
    forget_lost_connections(console_errors)
    with serving() as (address, _):
        page.goto(f"{address}?study=digits")
        page.locator('.job [role="progressbar"]').wait_for()
        page.locator(".job").wait_for(state="hidden", timeout=PATIENCE_S * 1000)
        page.locator(".right.panel", has_text="nats per row").wait_for()
        with open_workspace(studies / "digits.wb") as workspace:
            assert workspace.load("circuit of digits").history["epoch"][-1] == 400
            shown = workspace.latest("circuit of digits").hash
        eventually(lambda: screen_of(studies)["pages"]["circuits"]["shown"]["learned"] == shown)


def sweep_of(studies):
    """The states of the cells of the study's sweep."""
    with open_workspace(studies / "digits.wb") as workspace:
        (whole,) = [job for job in jobs(workspace) if job.task.endswith("learn_cell")]
        return whole.table()["status"].tolist()


def start_sweep(page, address):
    page.goto(f"{address}?study=digits&page=circuits")
    page.locator(".right.panel", has_text="nats per row").wait_for()
    open_left(page)
    page.get_by_label("Data", exact=True).locator("visible=true").click()
    page.locator("li", has_text="iris").click()
    page.get_by_label("Bins per continuous column").fill("3")
    page.get_by_role("button", name="Sweep over several values").click()
    for label, values in (("Latent states", "2..6"), ("Epochs", "800"), ("Seeds", "0..9")):
        page.get_by_label(f"{label} to try").fill(values)
    page.locator("text=50 learning runs").wait_for()
    page.get_by_role("button", name="Start the sweep").click()
    page.get_by_text("50 cells", exact=True).first.wait_for()


@pytest.mark.slow
def test_a_sweep_of_fifty_is_watched_half_cancelled_and_resumed_after_a_restart(
    page, serving, studies, screenshots, console_errors
):
    with serving() as (address, process):
        start_sweep(page, address)
        page.get_by_text(re.compile("[1-9] done")).first.wait_for()
        page.screenshot(path=screenshots / "sweep-running-1280.png")
        page.locator(".wb-cells").focus()
        for key in ("Home", *["ArrowDown"] * 25, "Shift+End"):
            page.keyboard.press(key)
        page.get_by_text("50 cells, 25 selected").wait_for()
        page.get_by_role("button", name="Cancel selected").click()
        eventually(lambda: sweep_of(studies).count("cancelled") == 25)
        page.wait_for_timeout(4_000)  # what is on screen is kept by then
        page.screenshot(path=screenshots / "sweep-half-cancelled-1280.png")
        kill(process)
    page.goto("about:blank")
    forget_lost_connections(console_errors)
    before = sweep_of(studies)
    assert before.count("cancelled") == 25
    assert 0 < before.count("done") < 25
    with serving() as (address, _):
        page.goto(f"{address}?study=digits")
        page.get_by_role("button", name="Resume 25 cells").click()
        eventually(lambda: sweep_of(studies) == ["done"] * 50, 3 * PATIENCE_S)
        page.locator(".wb-job[data-status=done]").wait_for()
        page.screenshot(path=screenshots / "sweep-done-1280.png")
        page.locator(".wb-cells").focus()
        page.keyboard.press("Home")
        page.keyboard.press("Enter")
        inspector = page.locator(".right.panel").locator("visible=true")
        inspector.get_by_text("iris", exact=True).wait_for()
        page.screenshot(path=screenshots / "sweep-cell-1280.png")
    forget_lost_connections(console_errors)


@pytest.mark.slow
def test_two_windows_lose_nothing(browser_context, serving, studies):
    with serving() as (address, _):
        windows = [browser_context.new_page() for _ in range(2)]
        for window, name in zip(windows, ("theories", "budgets"), strict=True):
            window.goto(f"{address}?{urlencode({'study': 'digits', 'page': name})}")
            window.locator("nav.pages button[aria-current]").wait_for()
            window.locator(".saving").wait_for()
            window.wait_for_timeout(1_500)
            window.keyboard.press("Control+s")
            window.locator(".saving .told", has_text="Saved").wait_for()
        for window in windows:
            window.close()
    with open_workspace(studies / "digits.wb") as workspace:
        pages = [workspace.load(ITEM, number=one.number)["page"] for one in workspace.history(ITEM)]
    assert "theories" in pages
    assert "budgets" in pages
