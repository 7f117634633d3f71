"""submit: a call of a registered function as a stored job; sweep: one for each cell of a grid."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

from workbench.errors import ParameterError
from workbench.jobs import records
from workbench.jobs.call import Argument, Call, argument
from workbench.jobs.cells import shown
from workbench.jobs.job import Job
from workbench.jobs.perform import PASSED
from workbench.jobs.tasks import Task, task_of
from workbench.jobs.waking import wake
from workbench.limits import LIMITS, require_within
from workbench.store import Workspace
from workbench.store.names import LONGEST, require_name


def submit(
    workspace: Workspace,
    function: Callable[..., Any] | str,
    *args: Any,
    place: str = "",
    save_as: str | None = None,
    **kwargs: Any,
) -> Job:
    """The job that calls ``function(*args, **kwargs)`` as soon as a runner has a slot free.

    The arguments are kept in the workspace by their hashes, so the job can be carried
    out again by another process, on another machine, or after a restart.

    Parameters
    ----------
    function
        A registered function, see :func:`register`, or the name of its task.
    place
        Where the result is waited for, such as a page.
    save_as
        The name under which the result becomes a revision, with what it was made from.

    Raises
    ------
    ParameterError
        When the function is not registered or does not take these arguments, or an
        argument cannot be kept.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from workbench.store import open as open_workspace
    >>> with open_workspace(Path(tempfile.mkdtemp()) / "study.wb") as study:
    ...     job = submit(study, "reasoning.search", "a task", "beam", seed=3, save_as="run")
    ...     job.status, job.call.arguments["algorithm"]
    (<Status.QUEUED: 'queued'>, 'beam')
    """
    if save_as is not None:
        require_name(save_as)
    task = task_of(function)
    given = _bound(task, args, kwargs)
    call = Call(task.name, _arguments(given, workspace.put))
    resource = task.needs(given)
    number = records.add(workspace, call, place=place, resource=resource, save_as=save_as)
    wake(workspace)
    return Job(workspace, number)


def sweep(
    workspace: Workspace,
    function: Callable[..., Any] | str,
    grid: Mapping[str, Sequence[Any]],
    *,
    place: str = "",
    save_as: str | None = None,
    **fixed: Any,
) -> Job:
    """The job whose cells call `function` with each combination of the values in `grid`.

    Its table is that of :meth:`Job.table`, live; each cell is a job of its own. Cells
    begin after all single jobs.

    Parameters
    ----------
    grid
        The values of each varied parameter; the last one varies fastest.
    save_as
        The name of the table when all cells are done; results of cells get it with
        their values behind it.
    fixed
        The arguments that all cells share.

    Raises
    ------
    ParameterError
        As :func:`submit`, or when the grid is empty.
    LimitError
        When it has too many cells.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from workbench.store import open as open_workspace
    >>> with open_workspace(Path(tempfile.mkdtemp()) / "study.wb") as study:
    ...     job = sweep(study, "reasoning.search", {"seed": [0, 1, 2]}, task="a task")
    ...     job.table()["seed"].tolist(), job.text
    ([0, 1, 2], '0 of 3 done')
    """
    task = task_of(function)
    cells = [_bound(task, (), {**fixed, **cell}) for cell in _cells(grid)]
    put = _PutOnce(workspace)
    calls = [Call(task.name, _arguments(cell, put)) for cell in cells]
    names = _names(save_as, [{name: call.arguments[name] for name in grid} for call in calls])
    with workspace.transaction():
        parent = records.add(
            workspace,
            Call(task.name, _arguments(fixed, put)),
            place=place,
            resource=records.SWEEP,
            save_as=save_as,
            grid=tuple(grid),
        )
        for cell, call, name in zip(cells, calls, names, strict=True):
            resource = task.needs(cell)
            records.add(
                workspace, call, place=place, resource=resource, save_as=name, parent=parent
            )
        records.fold(workspace, parent)
    wake(workspace)
    return Job(workspace, parent)


class _PutOnce:
    """Keeps each value once, however many cells share it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[int, tuple[Any, str]] = {}  # with the values, so that ids stay theirs

    def __call__(self, value: Any) -> str:
        if id(value) not in self._known:
            self._known[id(value)] = value, self._workspace.put(value)
        return self._known[id(value)][1]


def _arguments(given: Mapping[str, Any], put: Callable[[Any], str]) -> dict[str, Argument]:
    return {name: argument(value, put) for name, value in given.items()}


def _bound(task: Task, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by name, with the seed, which decides results and is kept even by default."""
    for name in PASSED:
        if name in kwargs:
            raise ParameterError(
                f"cannot submit {task.name}", given=name, expected="that the job itself gives it"
            )
    own = {name: None for name in PASSED if name in task.parameters}
    try:
        bound = signature(task.function).bind(*args, **kwargs, **own).arguments
    except TypeError as error:
        raise ParameterError(f"cannot submit {task.name}", given=str(error)) from error
    seed = task.parameters.get("seed")
    if seed is not None and seed.default is not seed.empty:
        bound.setdefault("seed", seed.default)
    return {name: value for name, value in bound.items() if name not in own}


def _cells(grid: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    sizes = {name: len(values) for name, values in grid.items()}
    if not grid or not all(sizes.values()):
        raise ParameterError(
            "cannot sweep", given=f"a grid of {sizes}", expected="one value or more of each"
        )
    require_within("cells of a sweep", math.prod(sizes.values()), LIMITS.n_cells)
    return [dict(zip(grid, at, strict=True)) for at in itertools.product(*grid.values())]


def _names(save_as: str | None, cells: Sequence[Mapping[str, Argument]]) -> list[str | None]:
    """What the results of cells are called; numbers where their values would be too long."""
    if save_as is None:
        return [None] * len(cells)
    require_name(save_as)
    told = [
        ", ".join([save_as, *(f"{name}={shown(at)}" for name, at in cell.items())])
        for cell in cells
    ]
    if len(set(told)) < len(cells) or max(map(len, told)) > LONGEST:
        told = [f"{save_as}, cell {number}" for number in range(1, len(cells) + 1)]
    for name in told:
        require_name(name)
    return [*told]
