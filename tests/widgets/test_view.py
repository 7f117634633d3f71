"""What a widget can do from Python, in both hosts."""

import base64
import importlib
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from workbench.circuits.build import Builder
from workbench.core.tables import Table
from workbench.data.variables import categorical
from workbench.errors import ParameterError
from workbench.inference import ask
from workbench.reasoning.events import EventLog, Node
from workbench.reasoning.tree import SearchTree
from workbench.views import circuit_figure, tree_figure
from workbench.views.spec import FigureSpec
from workbench.widgets import show

HOSTS = ["notebook", "panel"]


def circuit(n_leaves=2):
    build = Builder((categorical("x", 3),))
    leaves = [build.categorical(0, [0.2, 0.3, 0.5]) for _ in range(n_leaves)]
    return build.circuit(build.sum(leaves, np.ones(n_leaves)))


def tree():
    root = Node(7, (), 0, 0, "root", "", None, 0, None, seq=0)
    step = Node(9, (7,), 0, 1, "step", "", -0.5, 5, 1, seq=1)
    return SearchTree.fold(EventLog((root, step), {"": "1 + 2 = 3"}))


@pytest.fixture(params=HOSTS)
def host(request):
    return importlib.import_module(f"workbench.widgets.{request.param}")


def test_a_circuit_or_its_figure_give_the_same_scene(host):
    from_circuit = host.CircuitCanvas(circuit(), group="region")
    from_figure = host.CircuitCanvas(circuit_figure(circuit(), group="region"))
    assert from_circuit.scene == from_figure.scene
    assert from_circuit.buffers == from_figure.buffers


def test_a_tree_or_a_run_give_the_same_scene(host):
    drawn = tree()
    shown = host.TreeExplorer(SimpleNamespace(tree=drawn), colour="tokens")
    assert shown.scene == host.TreeExplorer(tree_figure(drawn, colour="tokens")).scene


def test_selection_is_an_attribute_and_calls_back_until_unsubscribed(host):
    canvas, seen = host.CircuitCanvas(circuit()), []
    end = canvas.on_select(seen.append)
    canvas.selection = [2]
    end()
    canvas.selection = []
    assert seen == [(2,)]


def test_actions_are_told_apart_by_kind(host):
    canvas, seen = host.CircuitCanvas(circuit()), []
    canvas.on_action("prune", seen.append)
    canvas.event = {"seq": 1, "type": "open", "id": 2}
    canvas.event = {"seq": 2, "type": "prune", "id": 1}
    assert seen == [{"seq": 2, "type": "prune", "id": 1}]


def test_update_keeps_the_selected_ids_that_are_still_there(host):
    canvas = host.CircuitCanvas(circuit(4))
    canvas.selection = [4, 1]
    canvas.update(circuit(2))
    assert canvas.selection == [1]
    assert canvas.scene["tables"]["nodes"]["n_rows"] == 3


def test_reveal_selects_what_is_drawn_and_aims_at_it(host):
    canvas = host.CircuitCanvas(circuit())
    canvas.reveal([2, 0, 99])
    assert canvas.selection == [2, 0]
    assert canvas.aim == {"seq": 1, "ids": [2, 0]}
    canvas.reveal([1])
    assert canvas.aim["seq"] == 2


def test_fields_and_host_options_may_be_given_at_once(host):
    canvas = host.CircuitCanvas(circuit(), theme="dark", title="Mine", selection=[1])
    assert (canvas.theme, canvas.title, canvas.selection) == ("dark", "Mine", [1])
    assert host.CircuitCanvas().scene == {}


def test_a_figure_of_another_kind_is_refused(host):
    with pytest.raises(ParameterError, match="tree figure"):
        host.CircuitCanvas(tree_figure(tree()))
    with pytest.raises(ParameterError, match="finished"):
        host.CircuitCanvas(circuit_figure(circuit()), group="region")


def test_the_whole_scene_reaches_the_front_end_at_once():
    canvas = importlib.import_module("workbench.widgets.panel").CircuitCanvas(circuit())
    batches = []
    canvas.param.watch(
        lambda *events: batches.append({e.name for e in events}), ["scene", "buffers"]
    )
    canvas.update(circuit(3))
    assert batches == [{"scene", "buffers"}]


def test_a_saved_notebook_keeps_a_still_picture():
    canvas = importlib.import_module("workbench.widgets.notebook").CircuitCanvas(circuit())
    data, _ = canvas._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


def test_a_still_picture_never_holds_up_a_large_figure(monkeypatch):
    module = importlib.import_module("workbench.widgets.still")
    monkeypatch.setattr(module, "MOST_EDGES", 1)
    assert module.still(circuit_figure(circuit())) is None


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (circuit(), "CircuitCanvas"),
        (circuit_figure(circuit()), "CircuitCanvas"),
        (SimpleNamespace(circuit=circuit()), "CircuitCanvas"),
        (ask(circuit()), "EvidencePanel"),
        (tree(), "TreeExplorer"),
        (tree_figure(tree()), "TreeExplorer"),
        (SimpleNamespace(tree=tree()), "TreeExplorer"),
    ],
)
@pytest.mark.parametrize("host_name", HOSTS)
def test_show_picks_the_widget(thing, name, host_name):
    shown = show(thing, host=host_name)
    assert type(shown).__name__ == name
    assert type(shown).__module__ == f"workbench.widgets.{host_name}"


def test_show_makes_a_notebook_widget_outside_of_a_served_app():
    assert type(show(circuit())).__module__ == "workbench.widgets.notebook"


def test_show_makes_a_component_inside_a_served_app(monkeypatch):
    state = SimpleNamespace(curdoc=SimpleNamespace(session_context=object()))
    monkeypatch.setattr("panel.state", state)
    assert type(show(circuit())).__module__ == "workbench.widgets.panel"


def test_show_says_what_it_cannot_show():
    curve = FigureSpec("curve", {"lines": Table({"x": [1.0], "y": [0.5]})})
    with pytest.raises(ParameterError, match="curve figure"):
        show(curve)
    with pytest.raises(ParameterError, match="type int"):
        show(3)


def test_the_room_loads_no_host_before_one_is_used():
    code = (
        "import sys, workbench.widgets\n"
        "print([name for name in ('panel', 'anywidget', 'bokeh')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
