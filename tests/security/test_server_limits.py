"""What one server serves at most, to whom, and what a window leaves behind."""

import asyncio
import gc
import logging
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress

import panel as pn
import psutil
import pytest
from bokeh_client import READY, TOKEN, connected, fetched, visit, window
from tornado.websocket import WebSocketClosedError

from workbench.cli import main
from workbench.dashboard import server
from workbench.dashboard.server import MESSAGE_BYTES, ServerSettings, checked, own_hosts
from workbench.dashboard.server_key import kept_key
from workbench.dashboard.shelf import Shelf
from workbench.dashboard.shell import Shell
from workbench.errors import ParameterError
from workbench.limits import LIMITS

EVERYWHERE = "0.0.0.0"  # noqa: S104  # what is tested


def run(steps):
    """What a coroutine answers, on a loop of its own thread: Playwright may hold this one's."""
    found = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(steps)), name="client")
    thread.start()
    thread.join(120)
    [answer] = found
    return answer


def eventually(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    assert holds()


# -- starting ------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [EVERYWHERE, "192.0.2.1", "example.org", "::", ""])
def test_others_are_served_only_with_a_kept_token(address, capsys):
    with pytest.raises(ParameterError, match="token file"):
        checked(ServerSettings(address=address))
    assert main(["serve", "--no-browser", "--address", address, "--port", "0"]) == 2
    assert "--token-file" in capsys.readouterr().err


def test_with_a_kept_token_all_addresses_may_be_served(tmp_path):
    assert checked(ServerSettings(address=EVERYWHERE, token_file=tmp_path / "token")) > 0
    with pytest.raises(ParameterError, match="--address"):
        checked(ServerSettings(address="192.0.2.1", token_file=tmp_path / "token"))


def test_names_of_the_machine_are_its_own_only_where_it_serves_others():
    assert own_hosts("127.0.0.1", 1) == {"127.0.0.1:1", "localhost:1"}
    shared = own_hosts(EVERYWHERE, 1)
    assert own_hosts("127.0.0.1", 1) < shared
    assert not [host for host in shared if host.startswith(EVERYWHERE)]


def test_a_kept_token_is_the_owners_alone(tmp_path):
    path = tmp_path / "folder" / "token"
    key = kept_key(path, 5006)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept_key(path, 5006) == key
    assert kept_key(path, 5007).cookie != key.cookie
    path.chmod(0o644)
    with pytest.raises(ParameterError, match="chmod 600"):
        kept_key(path, 5006)


@pytest.mark.parametrize(
    "text", ["", "secret", "x" * 21, "a b" * 20, "x" * 300, "\0" * 43, "ä" * 43]
)
def test_what_is_no_token_is_refused(tmp_path, text):
    path = tmp_path / "token"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    with pytest.raises(ParameterError, match="no token") as caught:
        kept_key(path, 5006)
    assert not text or text not in str(caught.value)


# -- caps ----------------------------------------------------------------------------------


def test_the_window_over_the_limit_gets_a_page_until_one_is_closed(serve):
    running = serve(max_sessions=3)

    async def steps():
        address, known = running.address, running.cookie
        async with window(address, known), window(address, known):
            async with window(address, known):
                status, text = await fetched(address, known)
                assert status == 503
                assert "--max-sessions" in text
                assert (await fetched(address, known, "autoload.js?bokeh-autoload-element=x"))[
                    0
                ] == 503
                assert (await fetched(address, known, "favicon.ico"))[0] == 200
                assert running.handshake(**known, Origin=address) == 503
            async with window(address, known) as opened:
                return await opened.pull()

    assert run(steps())["roots"]


def test_windows_that_never_connect_count_only_while_they_load(serve, monkeypatch):
    monkeypatch.setattr(server, "LOADING_MS", 60_000)
    running = serve(max_sessions=2)
    assert [running.ask(**running.cookie).status for _ in range(3)] == [200, 200, 503]
    monkeypatch.setattr(server, "LOADING_MS", 0)
    assert running.ask(**running.cookie).status == 200


def test_fifty_windows_are_the_default():
    assert ServerSettings().max_sessions == 50


@pytest.mark.slow
def test_the_fifty_first_window_is_refused(serve, monkeypatch):
    monkeypatch.setattr(server, "LOADING_MS", 600_000)
    running = serve()

    async def steps():
        pages = [await fetched(running.address, running.cookie) for _ in range(51)]
        return [status for status, _ in pages]

    assert run(steps()) == [200] * 50 + [503]


@pytest.mark.parametrize(
    ("size", "closes"), [(MESSAGE_BYTES - 4096, False), (MESSAGE_BYTES + 1, True)]
)
def test_a_message_may_be_twenty_mebibytes(serve, size, closes):
    running = serve()

    async def steps():
        async with window(running.address, running.cookie) as opened:
            await opened.pull()
            event = {**READY, "msg_data": {**READY["msg_data"], "name": "x" * size}}
            with suppress(WebSocketClosedError):
                await opened.send("PATCH-DOC", {"events": [event]})
            return await opened.read() is None

    assert run(steps()) is closes


def test_files_arrive_in_pieces_up_to_the_limit():
    from workbench.dashboard.parts import FileDrop

    files, errors = [], []
    drop = FileDrop(lambda *one: files.append(one), lambda *one: errors.append(one), limit_bytes=10)
    assert FileDrop(None, None).limit_bytes == LIMITS.upload_bytes
    piece = {"name": "x", "pieces": 2, "transfer": 1, "size": 8}
    drop.piece = {**piece, "piece": 0, "data": b"12345678"}
    drop.piece = {**piece, "piece": 1, "data": b"9012"}
    assert (len(files), len(errors)) == (0, 1)


# -- windows on their own ------------------------------------------------------------------


def test_a_window_sees_nothing_of_another(serve):
    made = []

    def page():
        made.append(pn.widgets.TextInput(label="text"))
        return made[-1]

    running = serve({"/": page})

    async def steps():
        known = running.cookie
        async with window(running.address, known) as one, window(running.address, known) as two:
            await one.pull(), await two.pull()
            await asyncio.to_thread(running.on_loop, lambda: setattr(made[0], "value", "mine"))
            return str(await one.pull()), str(await two.pull())

    mine, other = run(steps())
    assert "'mine'" in mine
    assert "'mine'" not in other


def test_the_session_of_another_is_not_taken(served, serve):
    other = serve()

    async def steps():
        _, text = await fetched(other.address, other.cookie)
        [token] = set(TOKEN.findall(text))
        socket = await connected(served.address, served.cookie, token)
        assert await socket.read_message() is None
        socket.close()
        status, _ = await fetched(served.address, served.cookie, f"?bokeh-session-id={'x' * 44}")
        return status

    assert run(steps()) == 403


# -- memory --------------------------------------------------------------------------------


@pytest.mark.slow  # what is still alive depends on how busy the machine is
def test_a_closed_window_is_forgotten(serve, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_STUDIES", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(server, "LINGER_MS", 1000)
    monkeypatch.setattr(server, "CHECK_MS", 100)
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)  # pytest keeps records
    shelf, shells, documents = Shelf(tmp_path), [], []

    def page():
        shell = Shell(shelf)
        shells.append(weakref.ref(shell))
        documents.append(weakref.ref(pn.state.curdoc))
        return shell.open()

    running = serve({"/": page})

    async def steps():
        for _ in range(4):
            assert (await visit(running.address, running.cookie))["roots"]

    run(steps())

    def alive(references):
        running.on_loop(gc.collect)
        return sum(one() is not None for one in references)

    eventually(lambda: not running.sessions and alive(shells) == 0)
    # The library's clean-up of what is busy keeps the empty document that started it.
    assert alive(documents) <= 1
    assert len(shells) >= 4


SERVE = """
import sys
from pathlib import Path
from workbench.dashboard import ServerSettings, serve, server
from workbench.dashboard.shelf import Shelf
from workbench.studies import Recipe, demo_study

server.LINGER_MS = server.CHECK_MS = 300
recipe = Recipe(latents=2, epochs=1, label_latents=2, n_tasks=3, n_numbers=3, n_samples=4,
                n_repeats=2)
first = demo_study(Path(sys.argv[1]), recipe=recipe)
serve(ServerSettings(), Shelf(first.parent, first=first.stem))
"""
KINDS = ("circuits", "theories", "reasoning", "budgets", "items", "home")
N_CYCLES, N_WARM = 1000, 100


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_thousand_windows_leave_no_more_memory_behind_than_a_hundred(tmp_path):
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(tmp_path)],
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, "XDG_DATA_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        )
    try:
        eventually(lambda: "token=" in log.read_text(), 300)
        address, _, token = log.read_text().split()[-1].partition("/?token=")
        known = {"Authorization": f"token {token}"}

        async def cycles(n):
            for place in range(n):
                await visit(address, known, f"?page={KINDS[place % len(KINDS)]}")
            await asyncio.sleep(2)
            return psutil.Process(process.pid).memory_info().rss

        async def steps():
            return await cycles(N_WARM), await cycles(N_CYCLES)

        before, after = asyncio.run(steps())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    print(f"{before / 2**20:.0f} MiB, then {after / 2**20:.0f} MiB")  # noqa: T201  # the figure
    assert after <= 1.05 * before
