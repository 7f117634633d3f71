"""Every public name is listed, documented, shown by an example and typed."""

import importlib
import inspect
import pkgutil
import re
from enum import Enum
from typing import Protocol

import pytest

import workbench
from workbench import errors

ROOMS = sorted(module.name for module in pkgutil.iter_modules(workbench.__path__))
TOO_SLOW_TO_SHOW = {
    "DaskExecutor",
    "LocalCluster",
    "bench_circuits",
    "build",
    "demo_study",
    "prepare",
    "serve",
}  # a minute, or a running server or cluster
# Verbs that mean the same in two rooms: the room says of what.
SHARED_VERBS = {
    "load": {"circuits", "data"},
    "open": {"jobs", "store"},
    "save": {"circuits", "data"},
}


def room(name):
    return importlib.import_module(f"workbench.{name}")


def public_names(name):
    return [(name, public) for public in getattr(room(name), "__all__", ())]


def owned(name, public):
    value = getattr(room(name), public)
    return getattr(value, "__module__", "").startswith(f"workbench.{name}")


def described(kind):
    found = [pair for name in ROOMS for pair in public_names(name)]
    return [
        pytest.param(getattr(room(name), public), id=f"{name}.{public}")
        for name, public in found
        if owned(name, public) and kind(getattr(room(name), public))
    ]


FUNCTIONS = described(inspect.isfunction)
CLASSES = described(inspect.isclass)


def explains_itself(value):
    """Errors are explained by their message, enumerations by their members, protocols by users."""
    is_error = issubclass(value, BaseException) and value is not errors.WorkbenchError
    return is_error or issubclass(value, Enum) or Protocol in value.__bases__


def is_shown_by_a_function(value):
    """Whether a function's example makes it, as its annotation or its output says."""
    makers = [parameter.values[0] for parameter in FUNCTIONS]
    examples = [(maker, (maker.__doc__ or "").partition(">>> ")[2]) for maker in makers]
    texts = [f"{maker.__annotations__.get('return')} {shown}" for maker, shown in examples if shown]
    return any(re.search(rf"\b{value.__name__}\b", text) for text in texts)


@pytest.mark.parametrize("name", ROOMS)
def test_every_room_says_what_it_is(name):
    assert (room(name).__doc__ or "").strip()


@pytest.mark.parametrize("name", ROOMS)
def test_listed_names_exist_once(name):
    listed = list(getattr(room(name), "__all__", ()))
    assert len(listed) == len(set(listed))
    assert [public for public in listed if not hasattr(room(name), public)] == []


def test_flat_names_lead_to_rooms_and_values():
    assert set(workbench._ROOMS) <= set(ROOMS)
    for public, home in workbench._NAMES.items():
        assert getattr(workbench, public) is getattr(importlib.import_module(home), public)
    assert set(dir(workbench)) == {"__version__", *workbench._ROOMS, *workbench._NAMES}


def test_unknown_flat_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = workbench.nonsense


def test_no_two_rooms_use_one_name_for_two_things():
    homes = {}
    for name in ROOMS:
        for _, public in public_names(name):
            if owned(name, public):
                homes.setdefault(public, set()).add(name)
    clashes = {name: rooms for name, rooms in homes.items() if len(rooms) > 1}
    assert {name: rooms for name, rooms in clashes.items() if SHARED_VERBS.get(name) != rooms} == {}


@pytest.mark.parametrize("value", FUNCTIONS)
def test_function_is_documented_with_an_example(value):
    text = inspect.getdoc(value) or ""
    assert text
    assert ">>> " in text or value.__name__ in TOO_SLOW_TO_SHOW, "add an Examples section"


@pytest.mark.parametrize("value", CLASSES)
def test_class_is_documented_with_an_example(value):
    assert (value.__doc__ or "").strip()
    shown = explains_itself(value) or is_shown_by_a_function(value) or ">>> " in value.__doc__
    assert shown or value.__name__ in TOO_SLOW_TO_SHOW, "add an Examples section"


@pytest.mark.parametrize("value", FUNCTIONS)
def test_function_is_typed(value):
    signature = inspect.signature(value)
    untyped = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.annotation is inspect.Parameter.empty
    ]
    assert untyped == []
    assert signature.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("value", CLASSES)
def test_public_members_are_documented(value):
    members = {name: member for name, member in vars(value).items() if not name.startswith("_")}
    undocumented = [
        name
        for name, member in members.items()
        if (inspect.isfunction(member) or isinstance(member, property))
        and not inspect.getdoc(member)
    ]
    assert undocumented == []


def section(value, title):
    """The names that open the entries of one numpydoc section."""
    text = inspect.getdoc(value) or ""
    body = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^(\S.*)\n +\S", body.group(1), re.MULTILINE) if body else []
    return [name.strip(" *`") for head in heads for name in head.split(":")[0].split(",")]


@pytest.mark.parametrize("value", FUNCTIONS + CLASSES)
def test_documented_parameters_exist(value):
    documented = set(section(value, "Parameters"))
    parameters = inspect.signature(value).parameters if documented else {}
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    assert takes_any or documented <= set(parameters)


@pytest.mark.parametrize("value", FUNCTIONS + CLASSES)
def test_documented_errors_are_ours(value):
    assert [name for name in section(value, "Raises") if not hasattr(errors, name)] == []


def test_sections_are_read():
    def sample():
        """Nothing.

        Parameters
        ----------
        a, b
            Two.
        *rest
            More.

        Raises
        ------
        DataError
            Never.

        Source: A (2020), "B, C",
        section 4.
        """

    assert section(sample, "Parameters") == ["a", "b", "rest"]
    assert section(sample, "Raises") == ["DataError"]
