"""The browser fixtures do what page tests rely on."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

# An icon of its own: Chromium else asks for one when it likes, perhaps as the server ends.
PAGE = b'<!doctype html><link rel="icon" href="data:,"><title>plain</title><p>ready</p>'


class _OnePage(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    server = HTTPServer(("127.0.0.1", 0), _OnePage)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_quiet_page_makes_no_external_request(page, address, external_requests, console_errors):
    page.goto(address)
    assert page.title() == "plain"
    assert (external_requests, console_errors) == ([], [])


def test_requests_to_other_machines_are_seen(page, address, external_requests, console_errors):
    page.goto(address)
    page.evaluate("fetch('http://example.invalid/x').catch(() => 0)")
    assert external_requests == ["http://example.invalid/x"]
    external_requests.clear()
    console_errors.clear()


def test_console_errors_are_seen(page, address, console_errors):
    page.goto(address)
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('broken') })")
    page.evaluate("console.error('loud')")
    assert sorted(line.split(" (")[0] for line in console_errors) == ["broken", "loud"]
    console_errors.clear()
