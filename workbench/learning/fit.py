"""fit: learn the parameters of a circuit; methods are a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.circuits.engine import Engine
from workbench.compute import engine as make_engine
from workbench.core.arrays import FloatArray
from workbench.core.checkpoints import NOWHERE, Checkpoints
from workbench.core.progress import Progress, silent
from workbench.core.tables import Table
from workbench.data.dataset import Dataset, check_rows
from workbench.errors import DataError, ParameterError
from workbench.learning.adam import adam
from workbench.learning.em import Schedule, em
from workbench.learning.trace import Trace

Method = Callable[[Engine, FloatArray, FloatArray, Schedule, int, Progress, Checkpoints], Trace]
METHODS: dict[str, Method] = {"adam": adam, "em": em}
STEPS = {"adam": (0.05, 0.005), "em": (0.7, 0.05)}
DEFAULT_EPOCHS = 30


@dataclass(frozen=True, eq=False)
class Fit:
    """A learned circuit and how it got there.

    Parameters
    ----------
    history
        Columns epoch, train and valid (nats per row; valid is NaN without
        validation rows), seconds. Epoch 0 is the circuit as it came.
    best_epoch
        The epoch whose parameters `circuit` has.
    """

    circuit: Circuit
    history: Table
    best_epoch: int


def fit(
    circuit: Circuit,
    data: Dataset | ArrayLike,
    method: str = "em",
    epochs: int | None = None,
    seconds: float | None = None,
    batch: int = 256,
    pseudocount: float = 3.0,
    device: str = "auto",
    seed: int = 0,
    on_progress: Progress = silent,
    checkpoints: Checkpoints = NOWHERE,
    engine: Engine | None = None,
    rows_at_once: int | None = None,
    steps: tuple[float, float] | None = None,
    relative: bool = False,
    patience: int | None = None,
    momentum: float = 0.0,
    soften: float = 0.0,
) -> Fit:
    """The circuit with parameters learned from `data`, and the history of learning.

    Training rows may miss cells (NaN). With a Dataset the parameters of the epoch
    that explains the validation rows best are kept; with plain rows the last.

    Parameters
    ----------
    method
        A name in :data:`METHODS`: "em", or "adam", gradient ascent.
    epochs, seconds
        The budget: what ends first. 30 epochs when neither is given. The step
        size is annealed over the budget that is given, so equal calls with
        `epochs` give equal circuits, with `seconds` they do not.
    batch
        Rows per step; the result depends on it, see `rows_at_once`.
    pseudocount
        Observations added to each distribution.
    device
        "auto", "cpu" or "cuda".
    on_progress
        Called with the share done and the values train and valid, in nats per
        row; what it raises ends the work and changes nothing.
    checkpoints
        Where the work goes on from after an interruption, at any batch.
    engine
        Any other engine for this circuit, instead of one on `device`.
    rows_at_once
        Rows of a step that are in memory together, the knob for what is too large: the
        flows of its pieces are added up, so only rounding depends on it. Chosen by
        memory when omitted.
    steps
        The first and the last step size, in (0, 1]; between them it falls geometrically
        over the budget, whatever that is, so that a limit of time never cuts it. 0.7 and
        0.05 for "em", 0.05 and 0.005 for "adam" when omitted.
    relative
        Whether a distribution gets the pseudocount times the share of rows that use it,
        so that units that few rows use are not drowned in it.
    patience
        With validation rows, the epochs without a better one after which learning ends.
    momentum
        How much of the flows of earlier batches, or of earlier gradients, a step moves
        towards, in [0, 1); that of "adam" is 0.9 unless another is given.
    soften
        The chance of each known cell to be that of another training row whenever it is
        seen, in [0, 1): regularises like softened data.

    Raises
    ------
    DataError
        When the rows are empty, do not fit the circuit or are all impossible.
    ParameterError
        When an argument is outside its range.

    Examples
    --------
    >>> from workbench.circuits import hclt
    >>> rows = np.array([[0, 0], [1, 1], [0, 0], [1, 1]], dtype=float)
    >>> learned = fit(hclt(rows, latents=2), rows, epochs=5)
    >>> learned.history.n_rows
    6
    """
    train, valid = splits(circuit, data)
    chosen = _method(method)
    first_step, last_step = steps or STEPS[method]
    schedule = replace(
        _schedule(epochs, seconds, batch, pseudocount),
        first_step=first_step,
        last_step=last_step,
        is_relative=relative,
        patience=patience,
        momentum=momentum,
        soften=soften,
    )
    _require_rates(schedule)
    running = engine or make_engine(circuit, device, "float32", rows_at_once)
    trace = chosen(running, train, valid, schedule, seed, on_progress, checkpoints)
    history = Table(
        {
            "epoch": np.arange(len(trace.train)),
            "train": trace.train,
            "valid": trace.valid,
            "seconds": trace.seconds,
        }
    )
    return Fit(trace.circuit, history, trace.best_epoch)


def splits(circuit: Circuit, data: Dataset | ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The training and the validation rows of `data`, which fit `circuit`; plain rows have none.

    Raises
    ------
    DataError
        When there are no training rows, or rows do not fit the circuit.
    """
    if isinstance(data, Dataset):
        train, valid = data.train, data.valid
    else:
        train = np.asarray(data, dtype=np.float64)
        valid = np.empty((0, len(circuit.variables)))
    check_rows(train, circuit.variables, where="training rows")
    check_rows(valid, circuit.variables, where="validation rows")
    if not len(train):
        raise DataError("cannot learn from no rows", remedy="Give at least one training row.")
    return train, valid


def _method(name: str) -> Method:
    if name not in METHODS:
        raise ParameterError(
            "unknown learning method", given=repr(name), expected=f"one of {sorted(METHODS)}"
        )
    return METHODS[name]


def _schedule(
    epochs: int | None, seconds: float | None, batch: int, pseudocount: float
) -> Schedule:
    for name, value in (("epochs", epochs), ("seconds", seconds), ("batch", batch)):
        if value is not None and not value > 0:
            raise ParameterError("cannot learn", given=f"{name}={value}", expected="more than 0")
    if not pseudocount >= 0:
        raise ParameterError(
            "cannot learn", given=f"pseudocount={pseudocount}", expected="0 or more"
        )
    if epochs is None and seconds is None:
        epochs = DEFAULT_EPOCHS
    return Schedule(epochs, seconds, batch, pseudocount=pseudocount)


def _require_rates(schedule: Schedule) -> None:
    """Nothing, or :class:`ParameterError`: every rate is in its range."""
    first, last, patience = schedule.first_step, schedule.last_step, schedule.patience
    rules = (
        (0.0 < last <= first <= 1.0, f"steps={(first, last)}", "0 < last <= first <= 1"),
        (patience is None or patience > 0, f"patience={patience}", "more than 0"),
        (0.0 <= schedule.momentum < 1.0, f"momentum={schedule.momentum}", "at least 0, below 1"),
        (0.0 <= schedule.soften < 1.0, f"soften={schedule.soften}", "at least 0, below 1"),
    )
    for holds, given, expected in rules:
        if not holds:
            raise ParameterError("cannot learn", given=given, expected=expected)
