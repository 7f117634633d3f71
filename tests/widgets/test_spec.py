"""Two shells, one table of fields."""

import importlib

import param
import pytest
import traitlets
from ipywidgets import DOMWidget
from panel.custom import AnyWidgetComponent

from workbench.widgets.spec import WIDGETS, stylesheet

TRAITS = {
    dict: traitlets.Dict,
    list: traitlets.List,
    str: traitlets.Unicode,
    bytes: traitlets.Bytes,
}
PARAMS = {dict: param.Dict, list: param.List, str: param.String, bytes: param.Bytes}
NAMES = [spec.name for spec in WIDGETS]


def notebook(name):
    return getattr(importlib.import_module("workbench.widgets.notebook"), name)


def app(name):
    return getattr(importlib.import_module("workbench.widgets.panel"), name)


@pytest.mark.parametrize("spec", WIDGETS, ids=NAMES)
def test_both_shells_have_exactly_the_fields_of_the_table(spec):
    own = notebook(spec.name).class_traits(sync=True)
    traits = set(own) - set(DOMWidget.class_traits(sync=True))
    params = set(app(spec.name).param) - set(AnyWidgetComponent.param)
    assert traits == params == set(spec.fields)


@pytest.mark.parametrize("spec", WIDGETS, ids=NAMES)
def test_types_and_defaults_agree(spec):
    in_notebook, in_app = notebook(spec.name)(), app(spec.name)()
    for name, field in spec.fields.items():
        assert isinstance(notebook(spec.name).class_traits()[name], TRAITS[field.kind])
        assert isinstance(app(spec.name).param[name], PARAMS[field.kind])
        assert getattr(in_notebook, name) == getattr(in_app, name) == field.initial()


@pytest.mark.parametrize("spec", WIDGETS, ids=NAMES)
def test_both_shells_load_the_same_front_end(spec):
    assert spec.script_path.is_file()
    assert str(notebook(spec.name)._esm) == spec.script_path.read_text(encoding="utf-8")
    assert app(spec.name)._esm == spec.script_path
    assert stylesheet() in app(spec.name)._stylesheets
    assert notebook(spec.name)._css == stylesheet()


def test_bytes_from_the_front_end_become_bytes():
    widget = notebook("CircuitCanvas")()
    from_json = widget.trait_metadata("buffers", "from_json")
    assert from_json(memoryview(b"abc"), widget) == b"abc"
    assert from_json(None, widget) == b""


def test_a_param_of_bytes_never_allows_none():
    assert app("CircuitCanvas").param["buffers"].allow_None is False


def test_two_widgets_do_not_share_a_list():
    for make in (notebook, app):
        first, second = make("CircuitCanvas")(), make("CircuitCanvas")()
        first.selection = [1]
        assert second.selection == []
