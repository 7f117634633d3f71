"""How long work reports itself and is told to stop."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with the share done in [0, 1], a short text, and numbers worth plotting.

    An implementation may raise :class:`workbench.errors.Cancelled`; long
    functions let it through and keep nothing half-changed.
    """

    def __call__(self, share: float, text: str = "", /, **values: float) -> None:
        """Report progress."""
        ...


def silent(share: float, text: str = "", /, **values: float) -> None:
    """Report to nobody.

    Examples
    --------
    >>> silent(0.5, "half", log_likelihood=-3.2)
    """


def scaled(report: Progress, start: float, stop: float) -> Progress:
    """A reporter whose 0..1 covers `start`..`stop` of `report`, for a step of longer work.

    Examples
    --------
    >>> scaled(lambda share, text="", /, **values: print(share, text), 0.5, 1.0)(0.5, "fit")
    0.75 fit
    """

    def inner(share: float, text: str = "", /, **values: float) -> None:
        report(start + (stop - start) * share, text, **values)

    return inner
