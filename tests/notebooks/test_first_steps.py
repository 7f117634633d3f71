"""The guided notebook in a real JupyterLab: every cell runs, and a click reaches Python."""

import re

import pytest

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(900)]

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


def test_every_cell_runs_and_a_click_reaches_python(lab, run_all, page, screenshots):
    _, _, folder = lab
    run_all("01_first_steps.ipynb")
    names = ("circuit", "theory", "search", "budget")
    expected = {f"{name}.{suffix}" for name in names for suffix in ("pdf", "svg")}
    assert expected <= {path.name for path in (folder / "figures").iterdir()}

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
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-cell')")
    report.get_by_text(re.compile(r"selected: \[\d+")).wait_for(timeout=30_000)
