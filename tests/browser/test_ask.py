"""Asking in a real page: clicks and keys become evidence, and the picture is what verbs say."""

import re
import shutil
import socket
import time

import numpy as np
import panel as pn
import pytest

from workbench.circuits import hclt
from workbench.circuits.build import Builder
from workbench.dashboard import build as build_dashboard
from workbench.dashboard.shelf import Shelf
from workbench.data import load
from workbench.data.variables import categorical, continuous
from workbench.inference import ask, log_likelihood, mpe, posteriors
from workbench.studies import Recipe, demo_study
from workbench.widgets.panel import EvidencePanel

SIZES = {"1280": (1280, 800), "1920": (1920, 1080)}


def circuit():
    """Two categorical variables and a continuous one; x = yes makes y = c impossible."""
    build = Builder(
        (categorical("x", ["no", "yes"]), categorical("y", ["a", "b", "c"]), continuous("z"))
    )
    parts = [
        build.product(
            [build.categorical(0, x), build.categorical(1, y), build.gaussian(2, mean, 1.0)]
        )
        for x, y, mean in (
            ([1.0, 0.0], [0.2, 0.3, 0.5], 0.0),
            ([0.4, 0.6], [0.7, 0.3, 0.0], 4.0),
        )
    ]
    return build.circuit(build.sum(parts, [0.5, 0.5]))


def picture():
    build = Builder([categorical(f"pixel {i},{j}", 4) for i in range(3) for j in range(4)])
    rng = np.random.default_rng(0)
    parts = [
        build.product([build.categorical(v, rng.dirichlet(np.ones(4))) for v in range(12)])
        for _ in range(3)
    ]
    return build.circuit(build.sum(parts, [0.2, 0.3, 0.5]))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(holds, seconds=15.0):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    assert holds()


@pytest.fixture
def serve(page):
    """Serves what a function builds, and opens it; returns the list of what was built."""
    servers = []

    def opened(make, query=""):
        made = []

        def build():
            made.append(make())
            return made[-1]

        port = free_port()
        options = {"address": "127.0.0.1", "show": False, "threaded": True, "verbose": False}
        servers.append(pn.serve({"/": build}, port=port, **options))
        eventually(lambda: answers(port))
        page.goto(f"http://127.0.0.1:{port}/{query}")
        return made

    yield opened
    for server in servers:
        server.stop()


@pytest.fixture
def opened(page, serve):
    """Opens one panel, answered; returns it."""

    def open_panel(thing, **options):
        panels = []

        def make():
            panels.append(EvidencePanel(thing, **options))
            return pn.Column(panels[-1], width=1240, height=780)

        serve(make)
        page.locator(".wb-card").first.wait_for()
        page.wait_for_timeout(200)
        return panels[-1]

    return open_panel


def answered(page, panel, n_known):
    """Waits until Python has answered this many findings and the page has drawn it."""
    eventually(lambda: len(panel.findings.get("known", {})) == n_known)
    seq = panel.findings["seq"]
    page.locator(f'.wb-ask[data-answered="{seq}"]').wait_for(timeout=15_000)


def bars(page, column):
    return page.locator(f'.wb-card[data-column="{column}"] .wb-bar')


def shown(page, column):
    """The probabilities that a card shows, as lengths of its bars."""
    length = "el => Number(el.style.getPropertyValue('--after'))"
    return [bar.evaluate(length) for bar in bars(page, column).all()]


def test_a_click_clamps_and_what_is_drawn_is_what_the_verbs_say(page, opened, screenshots):
    panel = opened(circuit(), theme="light")
    prior = posteriors(circuit(), {})
    assert shown(page, 1) == pytest.approx(prior.of("y").tolist(), abs=1e-12)
    bars(page, 0).nth(1).click()
    answered(page, panel, 1)
    found = posteriors(circuit(), {"x": "yes"})
    assert shown(page, 1) == pytest.approx(found.of("y").tolist(), abs=1e-12)
    shares = page.locator('.wb-card[data-column="1"] .wb-bar-share').all_text_contents()
    assert shares == [f"{p:.3f}" for p in found.of("y")]
    assert bars(page, 0).nth(1).get_attribute("aria-selected") == "true"
    words = page.locator(".wb-ask-value").text_content()
    expected = log_likelihood(circuit(), [[1.0, np.nan, np.nan]])[0]
    assert f"{abs(expected):.3g} nats" in words
    assert f"{np.exp(expected):.3g}" in words
    page.screenshot(path=screenshots / "ask-bars-light.png")
    bars(page, 0).nth(1).click()
    answered(page, panel, 0)
    assert shown(page, 1) == pytest.approx(prior.of("y").tolist(), abs=1e-12)
    page.locator(".wb-ask-value", has_text="No evidence").wait_for()


def test_a_click_with_shift_allows_another_value(page, opened):
    panel = opened(circuit())
    bars(page, 1).nth(0).click()
    answered(page, panel, 1)
    bars(page, 1).nth(2).click(modifiers=["Shift"])
    eventually(lambda: panel.findings["known"] == {"1": [0, 2]})
    answered(page, panel, 1)
    expected = ask(circuit(), {"y": ["a", "c"]})
    assert shown(page, 0) == pytest.approx(expected.after.of("x").tolist(), abs=1e-12)
    page.locator(".wb-chip", has_text="y = a or c").click()
    answered(page, panel, 0)


def test_the_keyboard_clamps_moves_and_releases(page, opened):
    panel = opened(circuit())
    bars(page, 1).nth(0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    eventually(lambda: panel.findings["known"] == {"1": 1})
    focused = page.locator(".wb-bar:focus")
    assert focused.get_attribute("aria-label").startswith("b: ")
    assert focused.evaluate("el => getComputedStyle(el).outlineStyle") == "solid"
    answered(page, panel, 1)
    page.keyboard.press("Delete")
    answered(page, panel, 0)
    page.keyboard.press("End")
    page.keyboard.press("Space")
    eventually(lambda: panel.findings["known"] == {"1": 2})


def test_a_continuous_variable_takes_values_and_intervals(page, opened, screenshots):
    panel = opened(circuit(), theme="dark")
    field = page.locator('.wb-card[data-column="2"] .wb-value')
    field.fill("3.5")
    field.press("Enter")
    answered(page, panel, 1)
    expected = posteriors(circuit(), {"z": 3.5})
    assert shown(page, 0) == pytest.approx(expected.of("x").tolist(), abs=1e-12)
    assert "log-density" in page.locator(".wb-ask-value").text_content()
    field.fill("1..")
    field.press("Enter")
    eventually(lambda: panel.findings["known"] == {"2": {"low": 1, "high": None}})
    answered(page, panel, 1)
    expected = ask(circuit(), {"z": (1.0, np.inf)})
    assert shown(page, 0) == pytest.approx(expected.after.of("x").tolist(), abs=1e-12)
    field.fill("tall")
    field.press("Enter")
    assert field.get_attribute("aria-invalid") == "true"
    page.screenshot(path=screenshots / "ask-interval-dark.png")
    plot = page.locator('.wb-card[data-column="2"] .wb-plot').bounding_box()
    middle = plot["y"] + plot["height"] / 2
    page.mouse.move(plot["x"] + 0.2 * plot["width"], middle)
    page.mouse.down()
    page.mouse.move(plot["x"] + 0.6 * plot["width"], middle, steps=4)
    page.mouse.up()
    eventually(lambda: (panel.findings["known"]["2"] or {}).get("high") is not None)
    low, high = (panel.findings["known"]["2"][end] for end in ("low", "high"))
    assert low < high
    answered(page, panel, 1)
    page.mouse.click(plot["x"] + 0.4 * plot["width"], middle)
    answered(page, panel, 0)


def test_impossible_evidence_is_told_and_can_be_taken_back(page, opened, screenshots):
    panel = opened(circuit())
    bars(page, 0).nth(1).click()
    answered(page, panel, 1)
    before = shown(page, 1)
    bars(page, 1).nth(2).click()
    error = page.locator(".wb-error")
    error.wait_for()
    assert "The evidence has probability zero" in error.text_content()
    assert "x = yes, y = c" in error.text_content()
    assert shown(page, 1) == before
    page.screenshot(path=screenshots / "ask-impossible.png")
    page.get_by_role("button", name="Release y = c").click()
    answered(page, panel, 1)
    assert not error.is_visible()
    page.get_by_role("button", name="Clear all").click()
    answered(page, panel, 0)


def test_a_stroke_clamps_pixels_and_another_releases_them(page, opened, screenshots):
    panel = opened(picture(), theme="light")
    cells = page.locator(".wb-pixel")

    def stroke(*places):
        for step, place in enumerate(places):
            box = cells.nth(place).bounding_box()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
            if step == 0:
                page.mouse.down()
        page.mouse.up()

    stroke(4, 5, 6)
    eventually(lambda: panel.findings["known"] == {"4": 3, "5": 3, "6": 3})
    answered(page, panel, 3)
    means = [
        float(re.search(r"mean ([\d.]+)", cell.get_attribute("aria-label"))[1])
        for cell in cells.all()
    ]
    found = posteriors(picture(), {"pixel 1,0": 3, "pixel 1,1": 3, "pixel 1,2": 3})
    expected = [float(p @ np.arange(4)) for p in found.probabilities]
    assert means == pytest.approx(expected, abs=0.051)
    page.get_by_role("button", name="Draw 8").click()
    page.locator(".wb-images .wb-image").nth(7).wait_for()
    page.screenshot(path=screenshots / "ask-pixels-light.png")
    stroke(5, 6)
    eventually(lambda: panel.findings["known"] == {"4": 3})
    cells.nth(4).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    eventually(lambda: panel.findings["known"] == {"4": 3, "8": 3})


def test_a_completion_says_whether_it_is_exact(page, opened):
    panel = opened(picture(), evidence={"pixel 0,0": 1})
    page.get_by_role("button", name="Complete").click()
    label = page.locator(".wb-result-label")
    page.locator(".wb-result .wb-image").first.wait_for()
    best = mpe(picture(), {"pixel 0,0": 1})
    assert best.exact
    assert "exact" in label.text_content()
    assert f"{abs(best.log_value):.4g} nats" in page.locator(".wb-result-line").text_content()
    assert panel.completion["row"] == best.assignment.tolist()


def test_a_failed_badge_names_its_witness(page, opened):
    panel, seen = opened(circuit()), []
    panel.on_witness(seen.append)
    page.get_by_role("button", name="deterministic").click()
    witness = page.locator(".wb-why")
    witness.wait_for()
    assert "both accept" in witness.text_content()
    eventually(lambda: len(seen) == 1)
    badge = next(badge for badge in panel.badges if badge["name"] == "deterministic")
    assert seen[0] == tuple(badge["nodes"])


def test_names_of_variables_and_values_stay_text(page, opened):
    evil = "<img src=x onerror=window.hit=1>"
    build = Builder((categorical(evil, [evil, "b"]), categorical("y", 2)))
    leaves = [build.categorical(v, [0.5, 0.5]) for v in (0, 1)]
    panel = opened(build.circuit(build.product(leaves)), title=evil)
    bars(page, 0).nth(0).click()
    answered(page, panel, 1)
    assert page.locator(".wb-chip").text_content().startswith(f"{evil} = {evil}")
    assert page.evaluate("window.hit") is None


def test_the_time_from_a_click_to_the_picture_is_measured(page, opened, record_property):
    """Printed for the reader, never asserted: machines differ and are shared."""
    data = load("digits")
    digits = hclt(data, latents=16, seed=0)
    panel = opened(digits)
    times = []
    for known, place in enumerate((20, 21, 28, 29, 36, 37, 44, 12, 13, 14, 15, 50), start=1):
        page.locator(".wb-pixel").nth(place).click()
        answered(page, panel, known)
        times.append(float(page.locator(".wb-ask").get_attribute("data-answer-ms")))
        page.wait_for_timeout(150)
    times = times[4:]  # the first ones compile and warm up
    begun = time.perf_counter()
    ask(digits, dict.fromkeys(range(8), 0))
    asked = 1000 * (time.perf_counter() - begun)
    figure = f"{np.median(times):.0f} ms (best {min(times):.0f}, worst {max(times):.0f})"
    record_property("click_to_picture_ms", float(np.median(times)))
    print(  # noqa: T201  # the figure is what this test is for
        f"\nfrom a click to the picture at {digits.n_edges:,} edges: median {figure}; "
        f"of which the answer itself took {asked:.0f} ms"
    )
    assert len(times) == 8


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    recipe = Recipe(
        latents=2, epochs=1, label_latents=2, n_tasks=3, n_numbers=3, n_samples=4, n_repeats=2
    )
    return demo_study(tmp_path_factory.mktemp("studies"), recipe=recipe)


@pytest.fixture
def study(first, tmp_path):
    """A shelf with a study of this test's own: what is on screen is kept in it."""
    shutil.copytree(first, tmp_path / first.name)
    shelf = Shelf(tmp_path, first=first.stem)
    yield shelf
    shelf.close()


def open_page(page, serve, study, theme="light"):
    serve(lambda: build_dashboard(study), f"?study={study.first}&page=circuits&theme={theme}")
    page.wait_for_selector("text=nats per row")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator(".wb-card").first.wait_for()


def test_the_page_shows_the_witness_on_the_canvas(page, serve, study, screenshots):
    open_page(page, serve, study)
    page.get_by_role("button", name="deterministic").click()
    sentence = page.locator(".wb-why").text_content()
    unit = re.search(r"sum (\d+)", sentence)[1]
    page.locator(".right.panel h2", has_text=f"sum {unit}").wait_for()
    page.locator(".wb-canvas .wb-marks").wait_for()
    live = page.locator('.wb-view[data-kind="circuit"] .wb-live')
    eventually(lambda: "3 selected" in live.text_content())
    page.wait_for_timeout(500)
    page.screenshot(path=screenshots / "ask-witness-1280.png")


def test_the_page_looks_right_in_both_themes_and_sizes(page, serve, study, screenshots):
    open_page(page, serve, study)
    page.locator(".wb-pixel").nth(20).click()
    page.locator(".wb-chip").wait_for()
    for theme in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(600)
            page.screenshot(path=screenshots / f"ask-{theme}-{size}.png")
            asked = page.locator(".wb-ask").bounding_box()
            canvas = page.locator('.wb-view[data-kind="circuit"]').bounding_box()
            assert asked["x"] + asked["width"] <= canvas["x"] + 1
            assert asked["width"] > canvas["width"] > 200
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        if theme == "light":
            page.get_by_label("Toggle theme").click()
            page.locator('.wb-ask[data-theme="dark"]').wait_for()


def test_looking_again_keeps_the_evidence(page, serve, study):
    open_page(page, serve, study)
    page.locator(".wb-pixel").nth(20).click()
    page.locator(".wb-chip").wait_for()
    page.get_by_role("button", name="Look", exact=True).click()
    page.locator(".wb-ask").wait_for(state="detached")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator(".wb-chip", has_text="pixel 2,4 = 16").wait_for()
