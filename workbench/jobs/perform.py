"""perform: the pure heart of every executor, from a call and its blobs to the encoded result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from workbench.core.checkpoints import NOWHERE, Checkpoints, State
from workbench.core.progress import Progress, silent
from workbench.errors import LimitError, ParameterError
from workbench.jobs.call import Call, Ref
from workbench.jobs.tasks import Task, find
from workbench.store.codecs import Encoded, decode, encode

Fetch = Callable[[str], bytes]

PASSED: Final = ("on_progress", "checkpoints")
SMALLEST_BATCH: Final = 16
FIRST_BATCH: Final = 1024  # to halve from, where the function would choose by itself
KNOBS: Final = ("rows_at_once", "batch")  # the first changes no result beyond rounding
_IN_STATE: Final = "jobs.batch"
_OUT_OF_MEMORY: Final = ("out of memory", "CUBLAS_STATUS_ALLOC_FAILED")


def perform(
    call: Call, fetch: Fetch, on_progress: Progress = silent, checkpoints: Checkpoints = NOWHERE
) -> Encoded:
    """The encoded result of `call`; nothing outside its arguments decides it.

    Where memory ends, a function that takes ``rows_at_once`` or ``batch`` is called
    again with half of it, from its last state, down to 16; the number that it was
    called with is then among the reported values.

    Parameters
    ----------
    fetch
        Gives the bytes of a blob by its hash.
    checkpoints
        Handed to a function that takes ``checkpoints``, as is `on_progress`.

    Raises
    ------
    ParameterError
        When the task is not registered or does not take these arguments.
    LimitError
        When memory does not suffice, even for the smallest batch.
    FormatError
        When an argument is damaged.

    Examples
    --------
    >>> import numpy as np
    >>> stored = encode(np.array([[40, 30], [40, 10]]))
    >>> call = Call("budgets.pass_at_k", {"counts": Ref(stored.root)})
    >>> fetch = lambda hash: stored.blobs[hash].payload
    >>> from workbench.budgets import pass_at_k
    >>> from workbench.jobs import register
    >>> _ = register(pass_at_k, "budgets.pass_at_k")
    >>> result = perform(call, fetch)
    >>> curve = decode(result.root, lambda hash: result.blobs[hash].payload)
    >>> float(curve.value[0])
    0.5
    """
    task = find(call.task)
    arguments = {name: _value(at, fetch) for name, at in call.arguments.items()}
    _require_arguments(task, arguments)
    return encode(_within_memory(task, arguments, on_progress, checkpoints))


def _value(at: Any, fetch: Fetch) -> Any:
    return decode(at.hash, fetch) if isinstance(at, Ref) else at


def _require_arguments(task: Task, arguments: Mapping[str, Any]) -> None:
    takes = task.parameters
    unknown = sorted(arguments.keys() - takes.keys())
    missing = [
        name
        for name, parameter in takes.items()
        if parameter.default is parameter.empty and name not in arguments and name not in PASSED
    ]
    if unknown or missing:
        raise ParameterError(
            f"cannot call {task.name}",
            given=", ".join(sorted(arguments)) or "no arguments",
            expected=f"{', '.join(takes)}",
        )


def _within_memory(
    task: Task, arguments: Mapping[str, Any], on_progress: Progress, checkpoints: Checkpoints
) -> Any:
    memory = _Memory(task, arguments, checkpoints)
    while True:
        try:
            return task.function(**memory.arguments, **_passed(task, on_progress, memory))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            told = f"{type(error).__name__}: {error}"
        # Outside the handler, which would keep the arrays of the failed call alive.
        memory.halve(told)
        on_progress(0.0, f"out of memory: again with {memory.knob}={memory.batch}", **memory.used)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that the machine's memory or a device's is used up.

    Examples
    --------
    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("CUDA out of memory"))
    (True, True)
    """
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _OUT_OF_MEMORY)


class _Memory:
    """The batch that fits, and states that remember it; the checkpoints of a function."""

    def __init__(self, task: Task, arguments: Mapping[str, Any], checkpoints: Checkpoints) -> None:
        self._task = task
        self._given = arguments
        self._checkpoints = checkpoints
        self._state = checkpoints.load()
        self.knob = next((name for name in KNOBS if name in task.parameters), "")
        self.batch = self._batch_before()

    @property
    def arguments(self) -> dict[str, Any]:
        """What the function is called with."""
        return {**self._given, **({} if self.batch is None else {self.knob: self.batch})}

    @property
    def used(self) -> dict[str, float]:
        """The number that memory made smaller, by the name of its parameter."""
        return {} if self.batch is None else {self.knob: float(self.batch)}

    @property
    def is_due(self) -> bool:
        """Whether to keep a state."""
        return self._checkpoints.is_due

    def load(self) -> State | None:
        """The state to go on from, as the function left it."""
        if self._state is None:
            return None
        return {name: array for name, array in self._state.items() if name != _IN_STATE}

    def save(self, state: State) -> None:
        """Keep `state`, with the batch when it is not the one that was asked for."""
        batch = {} if self.batch is None else {_IN_STATE: np.asarray(self.batch)}
        self._checkpoints.save({**state, **batch})

    def halve(self, told: str) -> None:
        """Take half the batch, and go on from the last state."""
        batch = self._batch_now() // 2
        if batch < SMALLEST_BATCH:
            raise LimitError(
                f"{self._task.name} needs more memory than there is",
                given=told,
                expected=f"room for {self.knob}={SMALLEST_BATCH}" if batch else "room for it all",
                remedy="Give it fewer rows or a smaller circuit, end other programs, "
                "or choose another device.",
            )
        self.batch, self._state = batch, self._checkpoints.load()

    def _batch_before(self) -> int | None:
        if self._state is None or _IN_STATE not in self._state or not self.knob:
            return None
        return int(self._state[_IN_STATE])

    def _batch_now(self) -> int:
        if not self.knob:
            return 0
        given = self.arguments.get(self.knob, self._task.parameters[self.knob].default)
        return given if isinstance(given, int) else FIRST_BATCH


def _passed(task: Task, on_progress: Progress, memory: _Memory) -> dict[str, Any]:
    mine = {"on_progress": on_progress, "checkpoints": memory}
    return {name: mine[name] for name in PASSED if name in task.parameters}
