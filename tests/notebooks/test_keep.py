"""The notebook on workspaces in a real JupyterLab: jobs are followed, a click reaches Python."""

import pytest

pytestmark = [pytest.mark.notebook, pytest.mark.slow, pytest.mark.timeout(900)]


def test_jobs_are_followed_and_their_cells_come_when_asked_for(lab, run_all, page, screenshots):
    _, _, folder = lab
    run_all("04_keep_your_work.ipynb")
    text = page.locator(".jp-Notebook").inner_text()
    assert "equal: True" in text
    assert "Counter({'done': 6, 'cancelled': 6})" in text
    assert "items, equal: True" in text
    assert (folder / "keep.zip").is_file()

    lists = page.locator(".wb-jobs")
    lists.last.scroll_into_view_if_needed()
    assert lists.count() == 3
    lists.nth(0).locator('.wb-job[data-status="done"]').wait_for()
    swept = lists.nth(1)
    swept.locator('.wb-job[data-status="done"]').wait_for()
    swept.scroll_into_view_if_needed()
    swept.locator(".wb-cell-best").wait_for()
    assert swept.locator('.wb-cells-line[data-status="done"]').count() == 12
    page.screenshot(path=screenshots / "notebook-jobs.png")

    everything = lists.nth(2)
    assert everything.locator(".wb-job").count() == 2
    everything.locator(".wb-job-opener").first.click()
    everything.locator(".wb-cells-line").nth(11).wait_for(state="attached")
    everything.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "notebook-jobs-all.png")
