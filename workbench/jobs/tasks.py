"""The tasks that jobs may name: functions of ours by table, and those that are registered.

A workspace file can only name a task. What that name means is decided here, by
the program that runs it; nothing is imported because a file says so.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, Final, TypeVar

from workbench.errors import ParameterError
from workbench.jobs.devices import resource_of_device

Resource = str | Callable[[Mapping[str, Any]], str]
F = TypeVar("F", bound=Callable[..., Any])

ANY: Final = ""
_PACKAGE = "workbench."
_OURS: Final = {
    "budgets.band": "workbench.budgets:band",
    "inference.dropout_samples": "workbench.inference:dropout_samples",
    "inference.exact_dropout": "workbench.inference:exact_dropout",
    "inference.marginal_map": "workbench.inference:marginal_map",
    "inference.mpe": "workbench.inference:mpe",
    "inference.mutual_information": "workbench.inference:mutual_information",
    "inference.sample": "workbench.inference:sample",
    "learning.fit": "workbench.learning:fit",
    "learning.prune": "workbench.learning:prune",
    "reasoning.search": "workbench.reasoning:search",
    "reasoning.search_many": "workbench.reasoning:search_many",
    "theories.contract": "workbench.theories:contract",
    "theories.frontier": "workbench.theories:frontier",
    "theories.putput": "workbench.theories:putput",
}


@dataclass(frozen=True)
class Task:
    """A function that jobs may call, and what it needs for itself while it runs.

    Parameters
    ----------
    resource
        "" for a share of the processor, "cuda:0" for a device that runs one job at a
        time, or a function from all arguments to such a name.
    """

    name: str
    function: Callable[..., Any]
    resource: Resource = ANY

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """What the function takes, by name."""
        return signature(self.function).parameters

    def needs(self, arguments: Mapping[str, Any]) -> str:
        """The resource of a call with `arguments`, defaults filled in."""
        if isinstance(self.resource, str):
            return self.resource
        defaults = {name: at.default for name, at in self.parameters.items()}
        return self.resource({**defaults, **arguments})


_REGISTERED: dict[str, Task] = {}


def register(function: F, name: str | None = None, *, resource: Resource | None = None) -> F:
    """`function`, which jobs may call from now on under `name`.

    Workers import the module of each registered function when they start, so it
    must be one that can be imported, and importing it should be quick.

    Parameters
    ----------
    name
        Its module and its own name by default.
    resource
        See :class:`Task`; by default it follows the argument ``device``, if there is one.

    Raises
    ------
    ParameterError
        When a worker could not find the function, or the name is taken.

    Examples
    --------
    >>> import statistics
    >>> register(statistics.median, "examples.median") is statistics.median
    True
    """
    task = Task(name or _name_of(function), function, ANY)
    _require_importable(function)
    _require_keywords(task)
    if resource is None:
        resource = resource_of_device if "device" in task.parameters else ANY
    known = _REGISTERED.get(task.name)
    if task.name in _OURS or (known is not None and _address(known.function) != _address(function)):
        raise ParameterError(
            "cannot register a task", given=f"the name {task.name!r}", expected="a name not taken"
        )
    _REGISTERED[task.name] = Task(task.name, function, resource)
    return function


def find(name: str) -> Task:
    """The task called `name`.

    Raises
    ------
    ParameterError
        When no task has this name.

    Examples
    --------
    >>> find("learning.fit").function.__name__
    'fit'
    """
    if name in _REGISTERED:
        return _REGISTERED[name]
    if name not in _OURS:
        raise ParameterError(
            "cannot run a task that is not registered",
            given=repr(name),
            expected=f"one of {', '.join(known())}",
            remedy="Name the module that registers it when you start the runner.",
        )
    module, _, attribute = _OURS[name].partition(":")
    task = Task(name, getattr(importlib.import_module(module), attribute))
    follows = "device" in task.parameters
    return Task(name, task.function, resource_of_device if follows else ANY)


def task_of(function: Callable[..., Any] | str) -> Task:
    """The task that calls `function`, or the task of that name.

    Raises
    ------
    ParameterError
        When the function is not registered.
    """
    if isinstance(function, str):
        return find(function)
    for task in _REGISTERED.values():
        if task.function is function:
            return task
    own = getattr(function, "__name__", "")
    for name, target in _OURS.items():
        if target.endswith(f":{own}") and find(name).function is function:
            return find(name)
    raise ParameterError(
        "cannot run this as a job",
        given=own or repr(function),
        expected=f"one of {', '.join(known())}, or a function that is registered",
        remedy="Put it into a module and call workbench.jobs.register(function) there.",
    )


def known() -> tuple[str, ...]:
    """The names of all tasks, sorted.

    Examples
    --------
    >>> "reasoning.search" in known()
    True
    """
    return tuple(sorted({*_OURS, *_REGISTERED}))


def modules() -> tuple[str, ...]:
    """The modules that a worker must import to know the registered tasks."""
    return tuple(sorted({task.function.__module__ for task in _REGISTERED.values()}))


def _name_of(function: Callable[..., Any]) -> str:
    return ".".join(_address(function)).removeprefix(_PACKAGE)


def _address(function: Callable[..., Any]) -> tuple[str, str]:
    return getattr(function, "__module__", "?"), getattr(function, "__qualname__", "?")


def _require_importable(function: Callable[..., Any]) -> None:
    module, name = _address(function)
    if module in {"__main__", "?"} or not name.isidentifier():
        raise ParameterError(
            "cannot register a function that another process cannot import",
            given=f"{module}.{name}",
            expected="a function at the top of a module",
            remedy="Move it into a file of its own and import it from there.",
        )


def _require_keywords(task: Task) -> None:
    free = (Parameter.POSITIONAL_ONLY, Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    try:
        bad = [name for name, at in task.parameters.items() if at.kind in free]
    except (TypeError, ValueError):
        bad = ["none that it tells"]
    if bad:
        raise ParameterError(
            "cannot register a function whose arguments have no fixed names",
            given=f"{task.name} with {', '.join(bad)}",
            expected="parameters that can be given by name",
        )
