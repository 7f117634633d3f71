"""One JupyterLab for all guided notebooks, and how a notebook is run there from end to end."""

import os
import re
import secrets
import socket
import subprocess
import time
import urllib.request

import pytest

from workbench.cli.lab import copy_notebooks, lab_command

RUN_ALL_MS = 600_000
KERNEL_READY = """async () => {
  await window.jupyterapp.restored;
  await window.jupyterapp.shell.currentWidget.sessionContext.ready;
}"""
OPTIONAL = "Failed to load resource"  # JupyterLab looks for files of its own that may be absent


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab with the shipped notebooks in a folder of its own: (address, token)."""
    folder = tmp_path_factory.mktemp("lab")
    copy_notebooks(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = lab_command(folder, port, open_browser=False)
    extra = [f"--IdentityProvider.token={token}", "--expose-app-in-browser"]
    log = (folder / "server.log").open("wb")
    own = {**os.environ, "JUPYTER_CONFIG_DIR": str(folder / ".config")}  # not the user's
    server = subprocess.Popen([*command, *extra], env=own, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/status?token={token}", server)
        yield f"http://127.0.0.1:{port}", token, folder
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def _wait_for(url, server):
    for _ in range(240):
        assert server.poll() is None, "JupyterLab ended before it answered"
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310  # our own server
        except OSError:
            time.sleep(0.25)
        else:
            return
    pytest.fail("JupyterLab did not answer within a minute")


def execute(page, command):
    """Start a command of JupyterLab; its effect is awaited where it shows."""
    page.evaluate("name => void window.jupyterapp.commands.execute(name)", command)


@pytest.fixture
def run_all(lab, page, console_errors):
    """A function: open the notebook of that name, run every cell, and return no errors."""
    address, token, _ = lab

    def run(name):
        workspace = name.split(".")[0]  # of its own, so that no other notebook is restored
        page.goto(f"{address}/lab/workspaces/{workspace}/tree/{name}?token={token}")
        page.locator(".jp-CodeCell").first.wait_for(timeout=120_000)
        page.wait_for_function("() => window.jupyterapp !== undefined")
        page.evaluate(KERNEL_READY)
        execute(page, "notebook:run-all-cells")
        last = page.locator(".jp-CodeCell").last
        done = last.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
        failed = page.locator('[data-mime-type="application/vnd.jupyter.error"]')
        done.or_(failed).first.wait_for(timeout=RUN_ALL_MS)
        assert failed.all_inner_texts() == []

    yield run
    console_errors[:] = [line for line in console_errors if not line.startswith(OPTIONAL)]
