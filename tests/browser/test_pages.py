"""Every page of the dashboard in a real browser, on a small study computed for the tests."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest

SERVE = """
import sys
from pathlib import Path
from workbench.dashboard import ServerSettings, serve
from workbench.dashboard.shelf import Shelf
from workbench.jobs import Processes, Runner
from workbench.studies import Recipe, demo_study


class WhenNeeded(Processes):
    def listen(self, wake):
        self._wake = wake


recipe = Recipe(latents=4, epochs=2, label_latents=2, n_tasks=4, n_numbers=3, n_samples=8,
                n_repeats=3)
folder = Path(sys.argv[1])
demo_study(folder, recipe=recipe)
serve(ServerSettings(), Shelf(folder, run=lambda study: Runner(study, WhenNeeded(1))))
"""
PAGES = ("circuits", "theories", "reasoning", "budgets")
SIZES = {"1280": (1280, 800), "1920": (1920, 1080)}
READY = {
    "circuits": "text=nats per row",
    "theories": "text=count equal",
    "reasoning": "text=Nodes by state",
    "budgets": "text=What the bands claim",
}
PATIENCE_S = 120
# Pages that were visited stay in the document; all but one must be hidden.
ONE_PAGE_IS_SEEN = """() => {
  const within = (node) => [...node.querySelectorAll("*")].flatMap(
    (each) => [each, ...(each.shadowRoot ? within(each.shadowRoot) : [])]);
  const pages = within(document).filter((each) => each.classList.contains("wb-workspace"));
  return pages.filter((each) => each.checkVisibility()).length === 1;
}"""

SHOWS = "([field, text]) => field.value === text"


@pytest.fixture(autouse=True)
def patience(browser_context):
    """Pages are drawn beside whatever else the machine does."""
    browser_context.set_default_timeout(90_000)


@pytest.fixture(scope="module")
def served(tmp_path_factory, let_in):
    """The address of a dashboard that runs in its own process, and its folder of studies."""
    folder = tmp_path_factory.mktemp("studies")
    log = tmp_path_factory.mktemp("log") / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(folder)],
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "XDG_DATA_HOME": str(folder.parent)},
        )
    try:
        yield let_in(printed_address(process, log)) + "/", folder
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    said = log.read_text(errors="replace")
    assert "/workbench/" not in said, said
    assert said.count("token=") == 1


@pytest.fixture
def server(served, request):
    """The address of a study of this test's own, with what the small one holds."""
    address, folder = served
    name = re.sub(r"\W+", " ", request.node.name).strip()[:60]
    shutil.copytree(folder / "digits.wb", folder / f"{name}.wb")
    return f"{address}?{urlencode({'study': name})}"


def printed_address(process, log):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        said = log.read_text(errors="replace")
        assert process.poll() is None, f"the server ended: {said}"
        if printed := re.search(r"http\S+token=\S+(?=\n)", said):
            return printed.group()
        time.sleep(0.2)
    pytest.fail("the server did not start")


def open_page(page, server, name, theme="light", size="1280"):
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{server}&page={name}&theme={theme}")
    page.wait_for_selector(READY[name])
    page.wait_for_timeout(600)


def open_left(page):
    if not page.get_by_label("Fold Data").is_visible():
        page.get_by_label("Open Data").click()
    page.wait_for_selector('[aria-label="Fold Data"]')


def drop(page, name, content):
    page.locator('.drop input[type="file"]').first.set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": content}
    )


def background(page, selector):
    return page.locator(selector).first.evaluate("e => getComputedStyle(e).backgroundColor")


@pytest.mark.parametrize("name", PAGES)
def test_each_page_renders_in_both_themes_and_sizes(page, server, screenshots, name):
    open_page(page, server, name)
    shown = page.locator('nav.pages button[aria-current="page"]').inner_text()
    assert shown.lower() == name
    for theme, ink in (("light", "rgb(246, 247, 249)"), ("dark", "rgb(28, 32, 38)")):
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(700)
            page.screenshot(path=screenshots / f"{name}-{theme}-{size}.png")
            canvas = page.locator(".canvas").locator("visible=true").first.bounding_box()
            assert canvas["width"] >= width / 2
            assert background(page, ".right.panel") == ink
            pictures = page.locator(".canvas").locator("canvas, .wb-blocks")
            assert pictures.locator("visible=true").count() > 0
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        if theme == "light":
            page.get_by_label("Toggle theme").click()
            page.mouse.move(width / 2, height / 2)
            page.wait_for_url(re.compile("theme=dark"))


def test_navigation_keeps_the_address(page, server):
    open_page(page, server, "circuits")
    for name in PAGES[1:]:
        page.locator("nav.pages button", has_text=name.capitalize()).click()
        page.locator(READY[name]).locator("visible=true").first.wait_for()
        page.wait_for_url(re.compile(f"page={name}"))
        page.wait_for_function(ONE_PAGE_IS_SEEN)
    page.reload()
    page.wait_for_selector(READY["budgets"])


@pytest.mark.parametrize(("origin", "status"), [("{own}", 101), ("http://evil.example", 403)])
def test_websockets_are_only_for_our_own_pages(server, cookie_for, origin, status):
    host = urlsplit(server).netloc
    lines = [
        "GET /ws HTTP/1.1",
        f"Host: {host}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Origin: {origin.format(own=f'http://{host}')}",
        f"Cookie: {cookie_for(server)['Cookie']}",
    ]
    with socket.create_connection(host.split(":"), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = connection.recv(200).split(b"\r\n")[0].decode()
    assert int(answer.split()[1]) == status, answer


def test_numbers_are_typed_again_and_keep_to_their_bounds(page, server):
    open_page(page, server, "circuits")
    open_left(page)
    epochs = page.get_by_label("Epochs", exact=True)
    epochs.click()
    for typed, kept in (("1234", "1234"), ("7", "7"), ("99999", "10000")):
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        page.wait_for_function(SHOWS, arg=[epochs.element_handle(), kept])
    page.keyboard.press("Tab")
    page.wait_for_function(SHOWS, arg=[epochs.element_handle(), "10,000"])


def test_a_link_opens_the_selected_unit(page, server):
    open_page(page, server, "circuits")
    open_left(page)
    unit = page.locator(".outline button").nth(3)
    name = unit.locator("span").inner_text()
    unit.click()
    inspector = page.locator(".right.panel")
    inspector.locator("h2", has_text=name).wait_for()
    number = name.split()[-1]
    page.wait_for_url(re.compile(f"select={number}"))
    page.goto(f"{server}&page=circuits&select={number}")
    page.locator(".right.panel h2", has_text=name).wait_for()


def hover_a_node(page):
    """Move the pointer over the picture until the widget says that a node lies under it."""
    picture = page.locator(".wb-canvas").locator("visible=true").first
    box = picture.bounding_box()
    for x in np.linspace(0.03, 0.97, 90):
        for y in np.linspace(0.2, 0.8, 13):
            page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
            if picture.evaluate("e => e.style.cursor") == "pointer":
                return
    pytest.fail("no node was under the pointer")


def test_a_click_on_a_node_reaches_the_inspector(page, server):
    open_page(page, server, "reasoning")
    hover_a_node(page)
    page.mouse.down()
    page.mouse.up()
    page.locator(".right.panel").get_by_role("button", name="Prune it and go on").wait_for()


def test_learning_shows_progress_and_a_new_circuit(page, server):
    open_page(page, server, "circuits")
    open_left(page)
    units = page.locator(".right.panel dd").nth(4).inner_text()
    page.get_by_label("Latent states", exact=True).fill("3")
    page.get_by_label("Latent states", exact=True).press("Enter")
    page.get_by_role("button", name="Learn", exact=True).click()
    page.locator('.job [role="progressbar"]').wait_for()
    page.locator(".job").wait_for(state="hidden", timeout=PATIENCE_S * 1000)
    page.wait_for_timeout(500)
    assert page.locator(".right.panel dd").nth(4).inner_text() != units


def test_a_job_can_be_cancelled(page, server):
    open_page(page, server, "circuits")
    open_left(page)
    page.get_by_label("Epochs", exact=True).fill("5000")
    page.get_by_label("Epochs", exact=True).press("Enter")
    page.get_by_role("button", name="Learn", exact=True).click()
    page.locator('.job [role="progressbar"]').wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.locator(".message", has_text="was cancelled").wait_for()
    assert not page.locator(".job").is_visible()
    page.get_by_role("button", name="Dismiss").click()
    page.locator(".message").wait_for(state="detached")


def test_a_bad_table_is_explained_and_the_page_lives_on(page, server, screenshots):
    open_page(page, server, "circuits")
    open_left(page)
    drop(page, "bad.csv", b"a,b\n1,2\n3\n")
    message = page.locator(".message.failed")
    message.wait_for()
    assert "bad.csv" in message.inner_text()
    page.screenshot(path=screenshots / "circuits-error-1280.png")
    drop(page, "good.csv", b"a,b,c\n" + b"x,1,0\ny,2,1\nx,2,0\ny,1,1\n" * 30)
    page.locator(".message.solved", has_text="good").wait_for()


def test_hostile_names_stay_text(page, server):
    open_page(page, server, "circuits")
    open_left(page)
    evil = "<img src=x onerror=window.hit=1>"
    table = f'"{evil}",b\n' + f'"{evil}",1\nplain,0\n' * 40
    drop(page, f"{evil}.csv".replace("/", ""), table.encode())
    page.locator(".message.solved").wait_for()
    page.get_by_role("button", name="Learn", exact=True).click()
    page.locator(".job").wait_for(state="hidden", timeout=PATIENCE_S * 1000)
    page.wait_for_timeout(800)
    assert page.evaluate("window.hit") is None


def test_own_counts_make_a_curve(page, server):
    open_page(page, server, "budgets")
    open_left(page)
    drop(page, "counts.csv", b"problem,n,c\n0,16,4\n1,16,0\n2,16,9\n")
    page.locator("text=3 problems of counts.csv").wait_for()
    drop(page, "wrong.csv", b"problem,n,c\n0,16,4\n1,16,many\n")
    message = page.locator(".message.failed")
    message.wait_for()
    assert re.search(r"row 2, column 'c'", message.inner_text())


def test_a_search_runs_and_its_timeline_scrubs(page, server):
    open_page(page, server, "reasoning")
    open_left(page)
    page.get_by_label("Numbers", exact=True).fill("2 3 4")
    page.get_by_label("Numbers", exact=True).press("Enter")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("h2", has_text="Reach 24 from 2 3 4").wait_for(timeout=PATIENCE_S * 1000)
    shown = page.locator(".place")
    total = shown.inner_text()
    page.get_by_label("First event").click()
    page.wait_for_timeout(400)
    assert shown.inner_text() != total
    assert shown.inner_text().startswith("event 0")


def test_bad_numbers_are_explained(page, server):
    open_page(page, server, "reasoning")
    open_left(page)
    page.get_by_label("Numbers", exact=True).fill("two three")
    page.get_by_label("Numbers", exact=True).press("Enter")
    page.get_by_role("button", name="Run", exact=True).click()
    message = page.locator(".message.failed")
    message.wait_for()
    assert "two three" in message.inner_text()


@pytest.mark.parametrize("name", PAGES)
def test_the_figure_of_each_page_is_exported(page, server, name):
    open_page(page, server, name)
    page.get_by_role("button", name="Export").click()
    with page.expect_download(timeout=PATIENCE_S * 1000) as caught:
        page.get_by_role("menuitem", name="PDF, one column wide").click()
    saved = caught.value
    assert saved.suggested_filename == f"{name}.pdf"
    with open(saved.path(), "rb") as stream:  # noqa: PTH123  # a path from the browser
        assert stream.read(5) == b"%PDF-"


@pytest.mark.parametrize(
    "view", ["Matrix", "Text", "Sentences", "SQL", "LaTeX", "Thresholds", "Circuit"]
)
def test_each_view_of_a_theory_shows(page, server, screenshots, view):
    open_page(page, server, "theories")
    page.get_by_role("button", name=view, exact=True).click()
    page.mouse.move(640, 500)
    page.wait_for_timeout(500)
    page.locator(".job").wait_for(state="hidden", timeout=PATIENCE_S * 1000)
    page.wait_for_timeout(800)
    page.screenshot(path=screenshots / f"theories-{view.lower()}-1280.png")
    assert page.locator(".message.failed").count() == 0
