"""Snapshot: what is known of a job at one moment, with its pace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.errors import WorkbenchError
from workbench.jobs.state import Status

WINDOW_S = 60.0
MAX_POINTS = 10_000

Point = tuple[float, float]


class Failure(WorkbenchError):
    """A function failed in a way that nobody foresaw; `reference` finds it in the log."""

    def __init__(self, name: str, error: BaseException, reference: str) -> None:
        self.reference = reference
        super().__init__(
            f"{name} failed: {type(error).__name__}: {error}",
            remedy=f"The log has the details under {reference}; please report them.",
        )


@dataclass(frozen=True)
class Snapshot:
    """What is known of a job at one moment.

    Parameters
    ----------
    progress
        The share done, in [0, 1].
    values
        What the function reported, by name, in order of time.
    error, details
        Why it failed, for a reader, and the stack, for a developer.
    rate
        Share done per second, over the last minute; None when not known.
    remaining_s
        Seconds until the end at this rate; None when not known.
    attempts
        How often it was started since it was submitted or resumed.

    Examples
    --------
    >>> Snapshot().status
    <Status.QUEUED: 'queued'>
    """

    status: Status = Status.QUEUED
    progress: float = 0.0
    text: str = ""
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    error: WorkbenchError | None = None
    details: str = ""
    rate: float | None = None
    remaining_s: float | None = None
    attempts: int = 0


def pace(points: Sequence[Point]) -> tuple[float | None, float | None]:
    """Share per second, and seconds to go, from (seconds, share) in order of time.

    Both are None while the share has not grown.

    Examples
    --------
    >>> pace([(0.0, 0.1), (4.0, 0.5)])
    (0.1, 5.0)
    >>> pace([(0.0, 0.1)])
    (None, None)
    """
    if len(points) < 2:
        return None, None
    (begun, start), (now, share) = points[0], points[-1]
    if not (now > begun and share > start):
        return None, None
    rate = (share - start) / (now - begun)
    return rate, (1.0 - share) / rate


def recent(points: Sequence[Point], new: Point) -> tuple[Point, ...]:
    """`points` and `new`, without those that are older than the window of a pace.

    Where the share falls, a new attempt began and the older points count no more.
    Of points in one second the first is kept.

    Examples
    --------
    >>> recent(((0.0, 0.1), (50.0, 0.4)), (90.0, 0.5))
    ((50.0, 0.4), (90.0, 0.5))
    """
    kept = [point for point in points if new[0] - point[0] <= WINDOW_S and point[1] <= new[1]]
    if len(kept) > 1 and kept[-1][0] - kept[-2][0] < 1.0:
        del kept[-1]
    return (*kept, new)


def extended(
    known: Mapping[str, tuple[float, ...]], values: Mapping[str, float]
) -> Mapping[str, tuple[float, ...]]:
    """`known` with one more point for each name of `values`; the oldest go where there are many.

    Examples
    --------
    >>> extended({"loss": (3.0,)}, {"loss": 2})
    {'loss': (3.0, 2.0)}
    """
    if not values:
        return known
    new = {name: (*known.get(name, ()), float(value)) for name, value in values.items()}
    return {**known, **{name: points[-MAX_POINTS:] for name, points in new.items()}}
