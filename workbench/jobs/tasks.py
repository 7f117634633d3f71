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
    "learning.grow": "workbench.learning:grow",
    "learning.prune": "workbench.learning:prune",
    "learning.prune_and_grow": "workbench.learning:prune_and_grow",
    "reasoning.search": "workbench.reasoning:search",
    "reasoning.search_many": "workbench.reasoning:search_many",
    "theories.contract": "workbench.theories:contract",
    "theories.frontier": "workbench.theories:frontier",
    "theories.putput": "workbench.theories:putput",
}
_OWN: Final = {target.partition(":")[0] for target in _OURS.values()}


@dataclass(frozen=True)
class Task:
    """A function that jobs may call, and what it needs for itself while it runs.

    Parameters
    ----------
    resource
        "" for a share of the processor, "cuda:0" for a device that runs one job at a
        time, or a function from all arguments to such a name.

    Examples
    --------
    >>> find("learning.fit").needs({"device": "cuda"})
    'cuda:0'
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


_TARGETS: dict[str, str] = dict(_OURS)
_TASKS: dict[str, Task] = {}


def register(function: F, name: str | None = None, *, resource: Resource | None = None) -> F:
    """`function`, which jobs may call from now on under `name`.

    Workers import its module, so it must be one that can be imported.

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
    module, own = _address(function)
    name = name or f"{module}.{own}".removeprefix(_PACKAGE)
    _require_importable(module, own)
    _require_keywords(name, function)
    if _TARGETS.setdefault(name, f"{module}:{own}") != f"{module}:{own}":
        raise ParameterError(
            "cannot register a task", given=f"the name {name!r}", expected="a name not taken"
        )
    _TASKS[name] = _task(name, function, resource)
    return function


def expect(name: str, target: str) -> None:
    """Nothing; a worker learns from its runner what `name` means, as "module:function"."""
    _TARGETS.setdefault(name, target)


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
    if name not in _TASKS:
        module, _, attribute = target_of(name).partition(":")
        _TASKS[name] = _task(name, getattr(importlib.import_module(module), attribute), None)
    return _TASKS[name]


def target_of(name: str) -> str:
    """Where the function of a task is, as "module:function".

    Raises
    ------
    ParameterError
        When no task has this name.
    """
    if name not in _TARGETS:
        raise ParameterError(
            "cannot run a task that is not registered",
            given=repr(name),
            expected=f"one of {', '.join(known())}",
            remedy="Import the module that registers it before you start the runner.",
        )
    return _TARGETS[name]


def task_of(function: Callable[..., Any] | str) -> Task:
    """The task that calls `function`, or the task of that name.

    Raises
    ------
    ParameterError
        When the function is not registered.
    """
    if isinstance(function, str):
        return find(function)
    own = _address(function)[1]
    for name in [name for name, target in _TARGETS.items() if target.endswith(f":{own}")]:
        if find(name).function is function:
            return find(name)
    raise ParameterError(
        "cannot run this as a job",
        given=own,
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
    return tuple(sorted(_TARGETS))


def modules() -> tuple[str, ...]:
    """The modules of registered functions, which also bring their kinds of values."""
    return tuple(sorted({target.partition(":")[0] for target in _TARGETS.values()} - _OWN))


def _task(name: str, function: Callable[..., Any], resource: Resource | None) -> Task:
    if resource is None:
        resource = resource_of_device if "device" in signature(function).parameters else ANY
    return Task(name, function, resource)


def _address(function: Callable[..., Any]) -> tuple[str, str]:
    return getattr(function, "__module__", "?"), getattr(function, "__qualname__", repr(function))


def _require_importable(module: str, name: str) -> None:
    if module in {"__main__", "?"} or not name.isidentifier():
        raise ParameterError(
            "cannot register a function that another process cannot import",
            given=f"{module}.{name}",
            expected="a function at the top of a module",
            remedy="Move it into a file of its own and import it from there.",
        )


def _require_keywords(name: str, function: Callable[..., Any]) -> None:
    free = (Parameter.POSITIONAL_ONLY, Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    try:
        bad = [name for name, at in signature(function).parameters.items() if at.kind in free]
    except (TypeError, ValueError):
        bad = ["arguments that it does not tell"]
    if bad:
        raise ParameterError(
            "cannot register a function whose arguments have no fixed names",
            given=f"{name} with {', '.join(bad)}",
            expected="parameters that can be given by name",
        )
