"""The widgets in a real page: drawn, selected, searched, filtered, announced, light and dark."""

import re
import socket
import time

import numpy as np
import panel as pn
import pytest

from workbench.circuits.build import Builder
from workbench.data.variables import categorical, continuous
from workbench.reasoning.events import Answer, EventLog, Node, Prune, Score, Select
from workbench.reasoning.tree import SearchTree
from workbench.widgets.panel import CircuitCanvas, TreeExplorer
from workbench.widgets.spec import stylesheet

WIDTH, HEIGHT = 1240, 760


def circuit():
    """Three variables, 15 units; the root has the id 14."""
    build = Builder((categorical("x", 2), continuous("y"), categorical("z", 4)))
    x = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    y = [build.gaussian(1, mean, 1.0) for mean in (0.0, 3.0)]
    z = [build.categorical(2, p) for p in ([0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1])]
    sums = [build.sum(y, w) for w in ([0.3, 0.7], [0.6, 0.4])]
    low = [build.product(pair) for pair in zip(x, sums, strict=True)]
    mixed = [build.sum(low, w) for w in ([0.2, 0.8], [0.9, 0.1])]
    high = [build.product(pair) for pair in zip(mixed, z, strict=True)]
    return build.circuit(build.sum(high, [1.0, 3.0]))


def wide_circuit(width):
    """One region of `width` sums over `width` products over two leaves each."""
    build = Builder((categorical("x", 3), categorical("y", 3)))
    random = np.random.default_rng(0)
    pairs = [
        [build.categorical(v, random.dirichlet([1] * 3)) for v in (0, 1)] for _ in range(width)
    ]
    products = [build.product(pair) for pair in pairs]
    sums = [build.sum(products, random.dirichlet([1] * width)) for _ in range(width)]
    return build.circuit(build.sum(sums, random.dirichlet([1] * width)))


def deep_circuit(n_levels):
    """A mixture of mixtures, and so on: two sums per level below the root."""
    build = Builder((categorical("x", 3),))
    pair = [build.categorical(0, p) for p in ([0.2, 0.3, 0.5], [0.6, 0.3, 0.1])]
    for _ in range(n_levels):
        pair = [build.sum(pair, w) for w in ([0.7, 0.3], [0.4, 0.6])]
    return build.circuit(build.sum(pair, [0.1, 0.9]))


def tree():
    def step(node, parent, depth, text, seq):
        return Node(node, (parent,), 0, depth, "step", text, -0.5, 4, None, seq=seq)

    texts = {"r": "3 5 7 9 to 24", "a": "3 + 5 = 8", "b": "9 - 5 = 4", "c": "8 * 3 = 24"}
    events = (
        Node(10, (), 0, 0, "root", "r", None, 0, None, seq=0),
        step(11, 10, 1, "a", 1),
        step(12, 10, 1, "b", 2),
        Score(11, "oracle", "value", 0.9, seq=3),
        Prune(12, "beam", seq=4),
        step(13, 11, 2, "c", 5),
        Answer(13, "24", True, seq=6),
        Select(13, "best", seq=7),
    )
    return SearchTree.fold(EventLog(events, texts))


@pytest.fixture
def open_widget(page):
    """Serves one widget, opens it and waits until it is drawn; returns the widget."""
    servers = []

    def opened(make):
        made = []

        def build():
            made.append(make())
            return pn.Column(made[-1], width=WIDTH, height=HEIGHT)

        port = free_port()
        options = {"address": "127.0.0.1", "show": False, "threaded": True, "verbose": False}
        servers.append(pn.serve({"/": build}, port=port, **options))
        eventually(lambda: answers(port))
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator(".wb-picture").wait_for()
        page.locator(".wb-legend-item").first.wait_for()
        page.wait_for_timeout(250)
        return made[-1]

    yield opened
    for server in servers:
        server.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(holds, seconds=10.0):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    assert holds()


def pixels(page):
    """Distinct colours in the picture and how often each occurs."""
    return page.locator(".wb-picture").evaluate(
        """canvas => {
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          const counts = {};
          for (let i = 0; i < data.length; i += 4) {
            const key = [data[i], data[i + 1], data[i + 2]].join(",");
            counts[key] = (counts[key] ?? 0) + 1;
          }
          return counts;
        }"""
    )


def place_of(page, widget, node_id):
    """Where a node lies on the page, from its layout and the fitted camera of the view."""
    nodes = widget.figure.tables["nodes"]
    row = nodes["id"].tolist().index(node_id)
    camera = widget.camera
    box = page.locator(".wb-canvas").bounding_box()
    x = (nodes["x"][row] - camera["x"]) * camera["zoom"] + box["x"] + box["width"] / 2
    y = (nodes["y"][row] - camera["y"]) * camera["zoom"] + box["y"] + box["height"] / 2
    return x, y


def fitted(page, widget):
    """Fits by key, so that the camera is known to Python."""
    page.locator(".wb-canvas").focus()
    page.keyboard.press("f")
    eventually(lambda: "zoom" in widget.camera)


def test_a_circuit_is_drawn_in_the_colours_of_the_style_table(page, open_widget, screenshots):
    open_widget(lambda: CircuitCanvas(circuit(), theme="light", title="Three variables"))
    found = pixels(page)
    for colour in ("18,85,156", "213,93,12", "69,158,125"):  # sum, product, leaf
        assert found.get(colour, 0) > 500
    page.screenshot(path=screenshots / "circuit_light.png")


def test_the_script_is_fetched_as_it_is_and_by_its_version(page, open_widget):
    with page.expect_response(lambda answer: "/circuit_canvas.js" in answer.url) as answered:
        open_widget(lambda: CircuitCanvas(circuit()))
    script = answered.value
    assert script.status == 200
    assert re.search(r"\?v=[0-9a-f]{16}$", script.url)
    assert "max-age" in script.headers["cache-control"]
    assert script.text() == CircuitCanvas.spec.script_path.read_text(encoding="utf-8")


def test_dark_mode_redraws_in_place(page, open_widget, screenshots):
    widget = open_widget(lambda: CircuitCanvas(circuit(), theme="light"))
    assert pixels(page).get("20,23,28", 0) < 10_000
    widget.theme = "dark"
    page.locator(".wb-view[data-theme=dark]").wait_for()
    page.wait_for_timeout(200)
    found = pixels(page)
    assert found.get("20,23,28", 0) > 100_000
    assert found.get("160,187,251", 0) > 500
    page.screenshot(path=screenshots / "circuit_dark.png")


def test_a_view_takes_the_theme_of_the_place_it_is_put_in_later(page):
    """Notebooks render into an element that is not on the page yet."""
    page.goto("about:blank")
    page.evaluate(
        """async ([script, css]) => {
          const url = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
          const widget = (await import(url)).default;
          const fields = {theme: "auto", scene: {}, title: ""};
          const ignore = () => undefined;
          const model = {
            get: name => fields[name], set: ignore, save_changes: ignore, on: ignore, off: ignore,
          };
          const style = document.createElement("style");
          style.textContent = css;
          const el = document.createElement("div");
          el.style = "width: 600px; height: 400px";
          document.body.style.background = "rgb(17, 17, 17)";
          await new Promise(requestAnimationFrame);
          widget.render({model, el});
          document.body.append(style, el);
        }""",
        [CircuitCanvas.spec.script_path.read_text(encoding="utf-8"), stylesheet()],
    )
    page.locator(".wb-view[data-theme=dark]").wait_for()


def test_a_click_selects_and_python_sees_it(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    fitted(page, widget)
    page.mouse.click(*place_of(page, widget, 12))
    eventually(lambda: widget.selection == [12])
    page.keyboard.down("Shift")
    page.mouse.click(*place_of(page, widget, 4))
    page.keyboard.up("Shift")
    eventually(lambda: widget.selection == [12, 4])
    assert "leaf 4" in page.locator(".wb-live").text_content()
    page.keyboard.press("Escape")
    eventually(lambda: widget.selection == [])


def test_a_selection_made_in_python_is_announced_and_marked(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    widget.selection = [14]
    page.locator(".wb-live", has_text="sum 14").wait_for(state="attached")
    drawn = page.locator(".wb-marks").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)"
    )
    assert drawn


def test_a_box_selects_what_lies_inside(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    fitted(page, widget)
    (left, top), (right, bottom) = place_of(page, widget, 12), place_of(page, widget, 13)
    page.keyboard.down("Shift")
    page.mouse.move(left - 30, top - 30)
    page.mouse.down()
    page.mouse.move(right + 30, bottom + 30, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    eventually(lambda: sorted(widget.selection) == [12, 13])


def test_arrow_keys_follow_the_heaviest_edges(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    page.locator(".wb-canvas").focus()
    for key, selected in (
        ("ArrowDown", [14]),
        ("ArrowDown", [13]),
        ("ArrowLeft", [12]),
        ("ArrowRight", [13]),
        ("ArrowUp", [14]),
    ):
        page.keyboard.press(key)
        eventually(lambda selected=selected: widget.selection == selected)


def test_search_counts_fades_and_jumps(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    page.locator(".wb-canvas").focus()
    page.keyboard.press("/")
    page.keyboard.type("kind:product")
    eventually(lambda: widget.filter == "kind:product")
    page.locator(".wb-search .wb-count", has_text="4 of 15").wait_for()
    page.keyboard.press("Enter")
    eventually(lambda: widget.selection == [8])
    page.keyboard.press("Enter")
    eventually(lambda: widget.selection == [9])
    page.locator(".wb-search input").fill("scope:x99")
    page.locator(".wb-empty", has_text="0 of 15 nodes match").wait_for()
    page.get_by_role("button", name="Clear filter").click()
    eventually(lambda: widget.filter == "")


def test_the_legend_counts_and_filters(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    items = page.locator(".wb-legend-item")
    assert items.nth(0).text_content() == "sum5"
    before = pixels(page).get("18,85,156", 0)
    items.nth(0).click()
    eventually(lambda: widget.hidden == ["sum"])
    page.wait_for_timeout(200)
    assert pixels(page).get("18,85,156", 0) < before / 10
    items.nth(1).click(modifiers=["Alt"])
    eventually(lambda: "product" not in widget.hidden and "sum" in widget.hidden)


def test_the_wheel_zooms_at_the_pointer_and_f_returns(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    fitted(page, widget)
    start = dict(widget.camera)
    before = place_of(page, widget, 12)
    page.mouse.move(*before)
    page.mouse.wheel(0, -200)
    eventually(lambda: widget.camera["zoom"] > start["zoom"] * 1.1)
    assert place_of(page, widget, 12) == pytest.approx(before, abs=1.0)
    page.keyboard.press("f")
    eventually(lambda: widget.camera["zoom"] == pytest.approx(start["zoom"]))


def test_hovering_shows_a_tooltip_beside_the_node(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    fitted(page, widget)
    x, y = place_of(page, widget, 14)
    page.mouse.move(x, y)
    tooltip = page.locator(".wb-tooltip")
    tooltip.wait_for(state="visible")
    assert "sum 14" in tooltip.text_content()
    assert "heaviest 0.75 → 13" in tooltip.text_content()
    box = tooltip.bounding_box()
    assert box["x"] > x + 10 or box["x"] + box["width"] < x - 10
    page.mouse.move(5, 5)
    tooltip.wait_for(state="hidden")


def test_the_table_mirrors_the_picture(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    page.locator(".wb-canvas").focus()
    page.keyboard.press("t")
    rows = page.locator(".wb-table tbody tr")
    rows.first.wait_for()
    assert rows.count() == 15
    rows.nth(3).click()
    eventually(lambda: widget.selection == [3])
    assert rows.nth(3).get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    page.locator(".wb-table").wait_for(state="hidden")


def test_actions_reach_python(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    fitted(page, widget)
    page.mouse.click(*place_of(page, widget, 13))
    eventually(lambda: widget.selection == [13])
    page.keyboard.press("p")
    eventually(lambda: widget.event.get("type") == "prune" and widget.event.get("id") == 13)
    page.keyboard.press("p")
    eventually(lambda: widget.event["seq"] >= 2)


def test_an_update_keeps_the_camera_while_nothing_moves(page, open_widget):
    widget = open_widget(lambda: CircuitCanvas(circuit()))
    fitted(page, widget)
    page.mouse.move(300, 300)
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(400)
    camera = dict(widget.camera)
    widget.update(circuit(), measure="flow", values=np.linspace(0.1, 1.0, 15))
    page.locator(".wb-scale-name", has_text="flow: linear scale").wait_for()
    page.wait_for_timeout(300)
    assert widget.camera == camera


def test_a_wide_circuit_fits_whole_into_the_view(page, open_widget, screenshots):
    open_widget(lambda: CircuitCanvas(wide_circuit(60), theme="light"))
    counts = page.locator(".wb-legend-item .wb-count").all_text_contents()
    assert counts == ["61", "60", "120"]
    page.screenshot(path=screenshots / "circuit_wide.png")


def test_a_deep_circuit_grows_to_the_right(page, open_widget, screenshots):
    widget = open_widget(lambda: CircuitCanvas(deep_circuit(24), theme="light"))
    fitted(page, widget)
    assert widget.camera["zoom"] > 1.25 * HEIGHT / (25 * 1.6)  # larger than a tall drawing allows
    root = 2 * 24 + 2
    left, middle = place_of(page, widget, root)
    assert left < WIDTH / 4
    page.keyboard.press("ArrowRight")
    eventually(lambda: widget.selection == [root])
    page.keyboard.press("ArrowRight")
    eventually(lambda: widget.selection == [root - 1])
    right, lower = place_of(page, widget, root - 1)
    assert right > left
    assert lower > middle
    page.screenshot(path=screenshots / "circuit_deep.png")


def test_a_tree_is_drawn_with_its_states_and_path(page, open_widget, screenshots):
    widget = open_widget(lambda: TreeExplorer(tree(), theme="light", title="Countdown"))
    labels = page.locator(".wb-legend-item span:not(.wb-count)").all_text_contents()
    assert sorted(labels) == ["expanded", "pruned", "solved"]
    assert pixels(page).get("15,107,82", 0) > 50  # the solved node
    fitted(page, widget)
    page.keyboard.press("ArrowRight")
    eventually(lambda: widget.selection == [10])
    page.keyboard.press("ArrowRight")
    eventually(lambda: widget.selection == [11])
    page.mouse.move(*place_of(page, widget, 13))
    page.locator(".wb-tooltip", has_text="8 * 3 = 24").wait_for()
    page.screenshot(path=screenshots / "tree_light.png")


def test_markup_in_a_step_stays_text(page, open_widget):
    text = "<img src=x onerror=alert(1)>"
    root = Node(1, (), 0, 0, "root", "r", None, 0, None, seq=0)
    widget = open_widget(lambda: TreeExplorer(SearchTree.fold(EventLog((root,), {"r": text}))))
    fitted(page, widget)
    page.mouse.move(*place_of(page, widget, 1))
    page.locator(".wb-tooltip", has_text=text).wait_for()
    assert page.locator(".wb-view img").count() == 0
