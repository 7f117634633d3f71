"""The one error family of the workbench.

Every message says what was given, what was expected and what to do::

    WorkbenchError
    |-- DataError          a table, array or file cannot be used as data
    |   `-- CellError      one cell is bad: names the row and the column
    |-- FormatError        a model file or run log is malformed: names file, place and reason
    |   `-- NewerVersionError  it was written by a newer version: names format and version
    |-- StorageError         a disk or a lock refuses: names the path and what to do
    |-- ParameterError     an argument is outside what the function accepts
    |-- StructureError     a circuit lacks a property that the request needs: carries the witness
    |-- LimitError         the request would exceed a limit of :mod:`workbench.limits`
    |-- BudgetError        a search was asked to spend what it does not have
    |-- MissingDependency  an optional package is not installed: names the extra
    `-- Cancelled          a job was cancelled by its user
"""

from __future__ import annotations


class WorkbenchError(Exception):
    """Base of all errors raised by the workbench.

    Parameters
    ----------
    what
        What could not be done, as a short clause.
    given
        The offending value, quoted in the message.
    expected
        What would have been accepted.
    remedy
        What the reader can do now, as a sentence.

    Examples
    --------
    >>> print(WorkbenchError("cannot prune", given="keep=1.5", expected="a share in (0, 1]"))
    cannot prune: given keep=1.5; expected a share in (0, 1].
    """

    def __init__(
        self, what: str, *, given: object = None, expected: object = None, remedy: str = ""
    ) -> None:
        self.what = what
        self.given = given
        self.expected = expected
        self.remedy = remedy
        super().__init__(_message(what, given, expected, remedy))


class DataError(WorkbenchError):
    """A table, array or file cannot be used as data."""


class CellError(DataError):
    """One cell of a table is bad; `row` counts from 1 below the header, `column` is its name."""

    def __init__(self, what: str, *, row: int, column: str, **details: str) -> None:
        self.row = row
        self.column = column
        super().__init__(f"{what} in row {row}, column {column!r}", **details)


class FormatError(WorkbenchError):
    """A model file or run log is malformed; `place` is a line number or a path inside it."""

    def __init__(self, path: object, place: object, reason: str, *, remedy: str = "") -> None:
        self.path = str(path)
        self.place = str(place)
        self.reason = reason
        super().__init__(f"cannot read {self.path} at {self.place}: {reason}", remedy=remedy)


class NewerVersionError(FormatError):
    """A file was written by a newer version, whose meaning is not known here."""

    def __init__(self, path: object, kind: str, version: int, known: int) -> None:
        self.version = version
        reason = f"it is a {kind} of version {version}, and versions up to {known} are known here"
        super().__init__(
            path, "its version", reason, remedy="Open it with a newer circuit-workbench."
        )


class StorageError(WorkbenchError):
    """Something on disk cannot be read or written now: full, read-only, locked or failing."""


class ParameterError(WorkbenchError):
    """An argument is outside what the function accepts."""


class StructureError(WorkbenchError):
    """A circuit lacks a property that the request needs."""


class LimitError(WorkbenchError):
    """The request would exceed a limit; nothing was allocated."""


class BudgetError(WorkbenchError):
    """A search was asked to spend what it does not have."""


class MissingDependency(WorkbenchError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str = "", *, install: str = "") -> None:
        wanted = install or f"'circuit-workbench[{extra}]'"
        super().__init__(
            f"the package {package!r} is not installed",
            remedy=f"Install it with: pip install {wanted}.",
        )


class Cancelled(WorkbenchError):
    """A job was cancelled by its user; what was finished before is kept."""

    def __init__(self) -> None:
        super().__init__("cancelled")


def _message(what: str, given: object, expected: object, remedy: str) -> str:
    clauses = []
    if given is not None:
        clauses.append(f"given {given}")
    if expected is not None:
        clauses.append(f"expected {expected}")
    text = f"{what}: {'; '.join(clauses)}." if clauses else what
    return f"{text.rstrip('.')}. {remedy}" if remedy else text
