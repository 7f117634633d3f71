"""The tables of a figure as CSV: one file, the tables one under the other, numbers exact."""

from __future__ import annotations

import csv
import io

from workbench.core.tables import Table
from workbench.exports.provenance import MARK, encoded
from workbench.views.spec import FigureSpec


def figure_csv(spec: FigureSpec) -> bytes:
    """The tidy tables of `spec` as UTF-8 CSV with comment lines that start with `#`.

    The first line says how the figure was made; each table follows its name.
    Numbers are written so that reading gives the same float64 again. Text that
    a spreadsheet would run as a formula gets a leading apostrophe.

    Examples
    --------
    >>> from workbench.core.tables import Table
    >>> spec = FigureSpec("curve", {"lines": Table({"x": [1, 2], "y": [0.1, 0.2]})})
    >>> figure_csv(spec).decode().splitlines()[1:]
    ['# lines', 'x,y', '1,0.1', '2,0.2']
    """
    stream = io.StringIO(newline="")
    stream.write(f"# {MARK}{encoded(spec)}\n")
    for name, table in spec.tables.items():
        stream.write(f"# {name}\n")
        _write(stream, table)
    return stream.getvalue().encode()


def _write(stream: io.StringIO, table: Table) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table)
    columns = [[_cell(value) for value in table[name].tolist()] for name in table]
    writer.writerows(zip(*columns, strict=True))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else repr(value)  # noqa: PLR0124  # NaN is a missing value
    if isinstance(value, bool):
        return str(int(value))
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in {"=", "+", "-", "@"} else text
