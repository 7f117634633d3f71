"""A page whose server is stopped says so, and goes on when it is back and lets it in."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

SERVE = """
import sys
from pathlib import Path
import panel as pn
import panel_material_ui as pmui
from workbench.dashboard import server
from workbench.dashboard.connection import Connection

pn.extension()

def page():
    return pmui.Page(main=[pn.pane.Str("a page of " + sys.argv[3]), Connection()])

token_file = Path(sys.argv[2]) if sys.argv[2] else None
server.run({"/": page}, server.ServerSettings(port=int(sys.argv[1]), token_file=token_file))
"""
PATIENCE_S = 60


@contextmanager
def started(folder, port, token_file, name):
    log = folder / f"{name}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(port), token_file, name],
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while "token=" not in (said := log.read_text()) or not said.endswith("\n"):
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        yield said.split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()
    assert log.read_text().count("token=") == 1


def stopped(page):
    page.get_by_role("alert").get_by_text("does not answer").wait_for()


@pytest.mark.parametrize(
    "keeps",
    [
        pytest.param(False, id="a new token"),
        pytest.param(True, id="a kept token", marks=pytest.mark.slow),
    ],
)
def test_a_page_goes_on_after_a_restart(browser_context, tmp_path, keeps):
    page = browser_context.new_page()
    token_file = str(tmp_path / "token") if keeps else ""
    with started(tmp_path, 0, token_file, "first") as address:
        page.goto(address)
        page.get_by_text("a page of first").wait_for()
        assert "token" not in page.url
        assert page.evaluate("document.cookie") == ""
    stopped(page)
    with started(tmp_path, urlsplit(address).port, token_file, "second") as again:
        assert (again == address) is keeps
        if not keeps:
            page.get_by_role("alert").get_by_text("with a new token").wait_for()
            other = browser_context.new_page()
            other.goto(again)
            other.get_by_text("a page of second").wait_for()
        page.get_by_text("a page of second").wait_for()
        assert page.get_by_role("alert").count() == 0


def test_a_page_without_the_token_says_what_to_do(page, console_errors, served):
    page.goto(f"http://{served.host}/?page=theories")
    page.get_by_role("heading", name="This page needs its token").wait_for()
    assert page.get_by_role("link", name="Try again").get_attribute("href") == ""
    assert ["401" in told for told in console_errors] == [True]
    console_errors.clear()


def test_a_full_server_says_what_to_do(browser_context, serve):
    running = serve(max_sessions=1)
    browser_context.add_cookies(
        [{"name": running.key.cookie_name, "value": running.key.cookie, "url": running.address}]
    )
    first, second = browser_context.new_page(), browser_context.new_page()
    first.goto(running.address)
    first.get_by_role("button", name="Count").wait_for()
    assert second.goto(running.address).status == 503
    second.get_by_role("heading", name="All places are taken").wait_for()
    first.close()
    second.wait_for_timeout(500)
    second.get_by_role("link", name="Try again").click()
    second.get_by_role("button", name="Count").wait_for()
