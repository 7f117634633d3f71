"""The guided notebook in a real JupyterLab: every cell runs, and a click reaches Python."""

import os
import re
import secrets
import socket
import subprocess
import time
import urllib.request

import pytest

from workbench.cli.lab import copy_notebooks, lab_command

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(900)]

RUN_ALL_MS = 600_000
KERNEL_READY = """async () => {
  await window.jupyterapp.restored;
  await window.jupyterapp.shell.currentWidget.sessionContext.ready;
}"""
OPTIONAL = "Failed to load resource"  # JupyterLab looks for files of its own that may be absent
FIND_GLYPH = """canvas => {
  const {width, height} = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const box = canvas.getBoundingClientRect();
  const coloured = at => pixels[at + 3] > 200 && pixels[at + 2] - pixels[at] > 60;
  for (let y = 0; y < height; y += 2)
    for (let x = 0; x < width; x += 2)
      if (coloured(4 * (y * width + x)) && coloured(4 * ((y + 2) * width + x)))
        return {x: box.x + x * box.width / width, y: box.y + (y + 2) * box.height / height};
  return null;
}"""


@pytest.fixture(scope="module")
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


def test_every_cell_runs_and_a_click_reaches_python(lab, page, screenshots, console_errors):
    address, token, folder = lab
    page.goto(f"{address}/lab/tree/01_first_steps.ipynb?token={token}")
    page.locator(".jp-CodeCell").first.wait_for(timeout=120_000)
    page.wait_for_function("() => window.jupyterapp !== undefined")
    page.evaluate(KERNEL_READY)
    execute(page, "notebook:run-all-cells")

    last = page.locator(".jp-CodeCell").last
    last.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]")).wait_for(timeout=RUN_ALL_MS)
    assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert {path.name for path in (folder / "figures").iterdir()} == {
        f"{name}.{suffix}"
        for name in ("circuit", "theory", "search", "budget")
        for suffix in ("pdf", "svg")
    }

    picture = page.locator("canvas.wb-picture").first
    picture.scroll_into_view_if_needed()
    page.wait_for_timeout(1_000)  # the first full drawing comes after the camera has rested
    page.screenshot(path=screenshots / "notebook.png")
    place = picture.evaluate(FIND_GLYPH)
    assert place is not None, "no glyph is drawn"
    page.mouse.click(place["x"], place["y"])
    page.screenshot(path=screenshots / "notebook-selected.png")

    report = page.locator(".jp-CodeCell", has_text="canvas.selection")
    report.locator(".cm-content").click()
    execute(page, "notebook:run-cell")
    report.get_by_text(re.compile(r"selected: \[\d+")).wait_for(timeout=30_000)
    console_errors[:] = [line for line in console_errors if not line.startswith(OPTIONAL)]
