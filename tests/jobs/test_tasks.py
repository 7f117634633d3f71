import functools
import importlib

import job_tasks
import pytest

from workbench import learning
from workbench.errors import ParameterError
from workbench.jobs import known, register
from workbench.jobs.tasks import _OURS, expect, find, modules, target_of, task_of


@pytest.mark.parametrize("name", sorted(_OURS))
def test_each_task_of_ours_is_a_public_function_that_takes_names(name):
    module, _, attribute = target_of(name).partition(":")
    assert find(name).function is getattr(importlib.import_module(module), attribute)
    kinds = {parameter.kind.name for parameter in find(name).parameters.values()}
    assert kinds <= {"POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY"}


def test_a_function_is_found_by_itself_and_by_its_name():
    assert task_of(learning.fit) == task_of("learning.fit")
    assert task_of(job_tasks.total).name == "job_tasks.total"
    assert "job_tasks" in modules()
    assert "job_tasks.total" in known()


def test_a_function_of_the_same_name_is_not_the_task():
    def fit():
        """Not ours."""

    with pytest.raises(ParameterError, match=r"workbench\.jobs\.register"):
        task_of(fit)


@pytest.mark.parametrize(
    "function",
    [lambda x: x, functools.partial(job_tasks.total, 1), job_tasks.Countdown.start, dict.get],
    ids=["lambda", "partial", "method", "builtin"],
)
def test_what_a_worker_could_not_import_is_refused(function):
    with pytest.raises(ParameterError, match="cannot register"):
        register(function, "odd")
    assert "odd" not in known()


def test_a_function_of_the_shell_is_refused(monkeypatch):
    monkeypatch.setattr(job_tasks.total, "__module__", "__main__")
    with pytest.raises(ParameterError, match="file of its own"):
        register(job_tasks.total, "odd")


def test_arguments_without_names_are_refused():
    with pytest.raises(ParameterError, match="no fixed names: given odd with more"):
        register(job_tasks.loose, "odd")


def test_a_taken_name_is_refused():
    for name in ("learning.fit", "job_tasks.total"):
        with pytest.raises(ParameterError, match="not taken"):
            register(job_tasks.chain, name)
    assert register(job_tasks.total) is job_tasks.total


def test_a_worker_learns_no_other_meaning_of_a_name():
    expect("learning.fit", "os:system")
    assert find("learning.fit").function is learning.fit


def test_an_unknown_name_is_taught():
    with pytest.raises(ParameterError, match=r"not registered: given 'os\.system'"):
        find("os.system")


def test_what_a_device_needs_follows_the_argument(monkeypatch):
    monkeypatch.setattr("workbench.jobs.devices.has_gpu", lambda: True)
    needs = task_of("learning.fit").needs
    assert [needs({"device": device}) for device in ("cpu", "cuda", "cuda:1", "auto")] == [
        *("", "cuda:0", "cuda:1", "cuda:0")
    ]
    assert needs({}) == "cuda:0"  # by its default
    assert task_of("budgets.band").needs({}) == ""
