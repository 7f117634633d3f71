"""The cells of a sweep as lines that a front end shows, and which of them have changed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

FEWEST_CHANGES = 20
SHARE_SENT_ANEW = 0.25
_ROLES = {
    "id": "id",
    "status": "state",
    "progress": "progress",
    "text": "text",
    "error": "error",
    "seconds": "seconds",
    "result": "result",
}


def finite(value: Any) -> float | None:
    """`value` as a number that JSON can carry; None for what is missing or not finite.

    Examples
    --------
    >>> finite(2), finite(float("nan")), finite(None)
    (2.0, None, None)
    """
    number = math.nan if value is None else float(value)
    return number if math.isfinite(number) else None


def counts_of(table: Mapping[str, Any] | None) -> dict[str, int] | None:
    """How many cells of a sweep are in each state; None where there is no table.

    Examples
    --------
    >>> counts_of({"status": ["done", "queued", "done"]})
    {'done': 2, 'queued': 1}
    """
    if table is None:
        return None
    counts = Counter(map(str, table["status"]))
    return {state: counts[state] for state in sorted(counts)}


def cell_table(job: object) -> Any:
    """The columns of a sweep by name, a row per cell; None for a job that is no sweep."""
    read = getattr(job, "table", None)
    table = read() if callable(read) else None
    return table if table is not None and len(table) else None


def columns_of(table: Mapping[str, Any]) -> list[dict[str, str]]:
    """Name and role of each column: what comes before the status is the grid, the rest values.

    Examples
    --------
    >>> [column["role"] for column in columns_of({"seed": (), "status": (), "nats": ()})]
    ['grid', 'state', 'value']
    """
    names = list(table)
    n_grid = names.index("status")
    usual = ["value"] * len(names)
    usual[:n_grid] = ["grid"] * n_grid
    return [
        {"name": name, "role": _ROLES.get(name, role)}
        for name, role in zip(names, usual, strict=True)
    ]


def lines_of(table: Mapping[str, Any]) -> list[list[Any]]:
    """The cells of a sweep as lists of numbers and texts, in the order of the columns.

    Examples
    --------
    >>> lines_of({"seed": [1, 2], "status": ["done", "queued"], "nats": [0.5, float("nan")]})
    [[1, 'done', 0.5], [2, 'queued', None]]
    """
    return [list(line) for line in zip(*map(_plain_column, table.values()), strict=True)]


def _plain_column(column: Any) -> list[Any]:
    values = column.tolist() if hasattr(column, "tolist") else list(column)
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return finite(value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


class Tables:
    """The tables that the front end has, so that only lines that changed are sent again.

    A table is sent whole at first and when much of it is new; between that, the
    lines that differ from the table sent are listed by their places.
    """

    def __init__(self) -> None:
        self._version = 0
        self._whole: dict[str, dict[str, Any]] = {}
        self._last: dict[str, tuple[Mapping[str, Any], dict[str, Any]]] = {}

    def fields(self, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """The fields `tables` and `changes` for these tables by id.

        Examples
        --------
        >>> sent = Tables()
        >>> fields = sent.fields({"7": {"seed": [1, 2], "status": ["running", "queued"]}})
        >>> fields["tables"]["7"]["lines"], fields["changes"]
        ([[1, 'running'], [2, 'queued']], {})
        >>> sent.fields({"7": {"seed": [1, 2], "status": ["done", "queued"]}})["changes"]
        {'7': {'version': 1, 'lines': {'0': [1, 'done']}}}
        """
        changes = {}
        self._whole = {key: whole for key, whole in self._whole.items() if key in tables}
        self._last = {key: last for key, last in self._last.items() if key in tables}
        for key, table in tables.items():
            changed = self._known(key, table)
            if changed is None:
                changed = self._changed_of(key, table)
            self._last[key] = table, changed
            if changed:
                changes[key] = {"version": self._whole[key]["version"], "lines": changed}
        return {"tables": dict(self._whole), "changes": changes}

    def _known(self, key: str, table: Mapping[str, Any]) -> dict[str, Any] | None:
        """The changes of the same table as last time; None for another one."""
        last = self._last.get(key)
        return last[1] if key in self._whole and last is not None and last[0] is table else None

    def _changed_of(self, key: str, table: Mapping[str, Any]) -> dict[str, Any]:
        lines, columns = lines_of(table), columns_of(table)
        changed = self._changed(key, columns, lines)
        if changed is None:
            self._version += 1
            self._whole[key] = {"version": self._version, "columns": columns, "lines": lines}
        return changed or {}

    def _changed(
        self, key: str, columns: Sequence[Any], lines: Sequence[Any]
    ) -> dict[str, Any] | None:
        """The lines that differ by their places; None where the table is to be sent whole."""
        known = self._whole.get(key)
        if known is None or known["columns"] != columns or len(known["lines"]) != len(lines):
            return None
        pairs = enumerate(zip(known["lines"], lines, strict=True))
        changed = {str(place): new for place, (old, new) in pairs if old != new}
        return None if len(changed) > max(FEWEST_CHANGES, SHARE_SENT_ANEW * len(lines)) else changed
