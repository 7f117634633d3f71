"""The other guided notebooks in a real JupyterLab: every cell runs, and figures are written."""

import pytest

pytestmark = [pytest.mark.notebook, pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_circuit_can_be_asked_anything(run_all, page, screenshots):
    run_all("02_ask_a_circuit_anything.ipynb")
    text = page.locator(".jp-Notebook").inner_text()
    assert "exact: True: the bounds met" in text
    assert "exact: False: the bounds are still apart" in text
    assert "StructureError" in text
    canvas = page.locator("canvas.wb-picture").last
    canvas.scroll_into_view_if_needed()
    page.wait_for_timeout(1_000)  # the first full drawing comes after the camera has rested
    page.screenshot(path=screenshots / "notebook-witness.png")


def test_doubt_is_measured_and_its_figures_written(lab, run_all, page, screenshots):
    _, _, folder = lab
    run_all("03_does_it_know_what_it_does_not_know.ipynb")
    written = {path.name for path in (folder / "figures").iterdir()}
    assert {"doubt.pdf", "angles.pdf"} <= written
    assert page.locator(".jp-Notebook").get_by_text("AUROC of the").count() > 0
    page.screenshot(path=screenshots / "notebook-doubt.png")
