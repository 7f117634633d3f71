"""What all tests share: the data folder, random settings, and one Chromium.

Browser fixtures (any test may ask for them; such tests run last and carry the mark `browser`):

- `page`: a page in a fresh context; leaving the test fails it when the page made a
  request to another machine or wrote an error to its console;
- `external_requests`, `console_errors`: the lists behind that; a test that provokes an
  error on purpose looks at `console_errors` and clears it.

- `dashboard_address`: where a real `workbench serve` with its embedded study listens;
- `let_in`: takes the token out of an address and lets the contexts that follow in with it.

While Playwright runs, `asyncio.run` cannot be used in the test process: start servers as
subprocesses or in threads.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from dealing import DEALT_SINGLY, dealer
from hypothesis import HealthCheck, settings

DATA = Path(__file__).parents[1].parent / "shared" / "data"
GROUPED = {"loadfile", "loadgroup"}  # ways of dealing out that keep tests together
BROWSER_FIXTURES = {"browser", "browser_context", "page"}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_CHROMIUM = (
    "no Chromium on this machine; enable browser tests with: apt-get install chromium, "
    "or: python -m playwright install chromium"
)
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\S+")
FIRST_START_SECONDS = 280  # the embedded study is computed once, then kept in the cache folder
CACHE = Path(__file__).parent / "output" / "cache"  # never that of the user
STUDIES = CACHE / "studies"  # as the first start left them
COOKIES = []  # of servers that tests started
LOCAL_HOSTS = {None, "localhost", "127.0.0.1", "::1"}

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("house")


def on_ci():
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def give_up(reason):
    """Skip for `reason`, or fail where nothing may be missing."""
    (pytest.fail if on_ci() else pytest.skip)(reason)


def pytest_collection_modifyitems(items):
    """Mark tests that use the browser and run them last: Playwright keeps an event loop open."""
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
    items.sort(key=_place)


def _place(item):
    uses_browser = item.get_closest_marker("browser") is not None
    return uses_browser, uses_browser and item.nodeid.startswith(DEALT_SINGLY)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Files go to one process each, and their browser tests, later, to one that may be another."""
    return dealer(config, log) if config.getvalue("dist") in GROUPED else None


def pytest_runtest_setup(item):
    if item.get_closest_marker("gpu") and not _has_gpu():
        pytest.skip("no CUDA device on this machine")


def _has_gpu():
    import torch

    return torch.cuda.is_available()


@pytest.fixture(scope="session")
def data_folder():
    """Files from other systems to read; tests that need them skip where they are absent."""
    if not DATA.is_dir():
        pytest.skip("the folder of example files is not beside this checkout")
    return DATA


def find_chromium(playwright):
    """The Chromium to drive: one on PATH, else the one that Playwright downloaded, else None."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    own = Path(playwright.chromium.executable_path)
    return found or (str(own) if own.exists() else None)


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for the whole run."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        give_up("Playwright is not installed; enable browser tests with: pip install -e '.[test]'")
    with sync_playwright() as driver:
        path = find_chromium(driver) or give_up(NO_CHROMIUM)
        chromium = driver.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def external_requests():
    """Addresses outside this machine that the page asked for."""
    return []


@pytest.fixture
def console_errors():
    """Errors that the page wrote to its console or did not catch."""
    return []


@pytest.fixture
def browser_context(browser):
    """A context without cache or storage of other tests, 1280 x 800, let in by our servers."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    context.add_cookies(COOKIES)
    yield context
    context.close()


@pytest.fixture
def page(browser_context, external_requests, console_errors):
    """A fresh page that must stay on this machine and keep a clean console."""
    new = browser_context.new_page()
    new.on("request", lambda request: _note_external(request.url, external_requests))
    new.on("websocket", lambda socket: _note_external(socket.url, external_requests))
    new.on("console", lambda line: line.type == "error" and console_errors.append(_told(line)))
    new.on("pageerror", lambda error: console_errors.append(str(error)))
    yield new
    new.close()
    assert external_requests == []
    assert console_errors == []


def _told(line):
    return f"{line.text} ({line.location.get('url', '')})"


def _note_external(url, found):
    parts = urlsplit(url)
    if parts.scheme not in {"data", "blob", "about"} and parts.hostname not in LOCAL_HOSTS:
        found.append(url)


@pytest.fixture(scope="session")
def screenshots():
    """A folder for pictures to look at after the run: tests/output/screenshots."""
    folder = Path(__file__).parent / "output" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def let_in():
    """A function: the address without its token, whose cookie later browser contexts then have."""

    def visited(address):
        parts = urlsplit(address)
        COOKIES.append(cookie_of(address))
        return f"{parts.scheme}://{parts.netloc}"

    return visited


@pytest.fixture(scope="session")
def cookie_for():
    """A function: the headers that let a script in at an address of our servers."""

    def headers(address):
        [known] = [one for one in COOKIES if one["name"].endswith(f"-{urlsplit(address).port}")]
        return {"Cookie": f"{known['name']}={known['value']}"}

    return headers


def cookie_of(address):
    """The cookie that a browser gets at an address with its token, as Playwright takes it."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=60)
    connection.request("GET", f"/?{parts.query}")
    reply = connection.getresponse()
    connection.close()
    name, value = reply.headers["Set-Cookie"].partition(";")[0].split("=", 1)
    place = {"domain": parts.hostname, "path": "/", "httpOnly": True}
    return {"name": name, "value": value, **place}


@pytest.fixture(scope="session")
def dashboard_address(tmp_path_factory, let_in):
    """The address of a running dashboard, started as users start it."""
    folder = tmp_path_factory.mktemp("serve")
    if STUDIES.exists():
        shutil.copytree(STUDIES, folder / "studies")
    command = ("serve", "--no-browser", "--port", "0", "--studies", folder / "studies")
    with running(*command, folder=folder) as (process, log):
        address = let_in(wait_for(ADDRESS, log, process, FIRST_START_SECONDS))
        wait_until(lambda: listens(urlsplit(address).port), log, process)
        if not STUDIES.exists():
            keep_studies(folder / "studies")
        yield address


def keep_studies(folder):
    """Let servers that start later begin with these; of several processes, one does."""
    made = CACHE / f"studies-{os.getpid()}"
    shutil.copytree(folder, made)
    try:
        made.rename(STUDIES)
    except OSError:  # another process was first
        shutil.rmtree(made)


@contextmanager
def running(*command, folder):
    """A `workbench` command running in `folder` and its log; it and its children are ended."""
    log = folder / "log.txt"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "workbench.cli", *command],
            cwd=folder,
            env={
                **os.environ,
                "XDG_CACHE_HOME": str(CACHE),
                "XDG_DATA_HOME": str(folder / "data"),
                "WORKBENCH_STUDIES": str(folder / "studies"),
            },
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
        try:
            yield process, log
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def wait_for(pattern, log, process, seconds=60):
    """What `pattern` finds in the log, once it is there."""
    return wait_until(lambda: pattern.search(log.read_text()), log, process, seconds).group()


def wait_until(holds, log, process, seconds=60):
    """What `holds` answers, once it is true; the log when the process ends or time runs out."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    return answer


def listens(port, host="127.0.0.1"):
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


@pytest.fixture
def run_workbench(tmp_path):
    """Start a command in an empty folder until its log shows a pattern; answer what it found."""

    def start(*command, until):
        with running(*command, folder=tmp_path) as (process, log):
            return wait_for(until, log, process)

    return start
