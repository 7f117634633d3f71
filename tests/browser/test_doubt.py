"""Doubt in a real page: one press measures, and the numbers come with their errors."""

import re

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_doubt_is_measured_by_one_press(page, dashboard_address, screenshots):
    page.goto(f"{dashboard_address}?page=circuits&theme=light")
    page.get_by_role("button", name="Doubt").click()
    page.get_by_text("edges of sums drop out").wait_for()
    page.get_by_role("button", name="Measure").click()
    page.get_by_text("How good the fast variance is").wait_for(timeout=300_000)
    page.get_by_text(re.compile(r"node \d+ is shared by nodes")).wait_for()
    assert page.get_by_text(re.compile(r"1\.00\d+ ± 0\.00|0\.99\d+ ± 0\.00")).count() > 0
    page.screenshot(path=screenshots / "doubt.png")
