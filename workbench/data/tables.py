"""Readers of table files: separated text and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.footer import Footer, read_footer
from workbench.data.assemble import require_shape
from workbench.data.files import reading, require_file
from workbench.errors import CellError, DataError, FormatError, ParameterError
from workbench.limits import LIMITS, require_within

if TYPE_CHECKING:
    import pandas as pd


def read_table(
    path: str | Path, *, header: int | None = None, separator: str | None = None
) -> pd.DataFrame:
    r"""A DataFrame of the table in a .csv, .tsv, .txt, .data or .parquet file.

    Cells of a text file stay the text that they are. `header` is the number of
    header lines: the names are on the first, the others are skipped; 0 names
    the columns x0, x1, ... A .data file has no header, others have one line; one
    that holds nothing but 0 and 1 is a table of truth values, so that a column
    which is 0 in every row still has both categories.

    Raises
    ------
    CellError
        At the first row that has more or fewer cells than the header.
    DataError
        When the file is absent, empty or malformed.
    LimitError
        When the file, its rows or its columns exceed the limits.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = path.write_text("legs,skin\n4,fur\n")
    >>> read_table(path).to_dict("list")
    {'legs': ['4'], 'skin': ['fur']}
    """
    file = Path(path)
    require_file(file)
    reader = TABLE_READERS.get(file.suffix.lower())
    if reader is None:
        raise DataError(
            f"cannot tell what {file.name} is",
            given=f"the suffix {file.suffix!r}",
            expected=f"one of {sorted(TABLE_READERS)}",
        )
    with reading(file):
        return reader(file, header, separator)


def _separated(
    default_separator: str, default_header: int
) -> Callable[[Path, int | None, str | None], pd.DataFrame]:
    def read(path: Path, header: int | None, separator: str | None) -> pd.DataFrame:
        n_header = default_header if header is None else header
        if n_header < 0:
            raise ParameterError("bad number of header lines", given=header, expected="0 up")
        return read_text(path, n_header, separator or default_separator)

    return read


def _read_data(path: Path, header: int | None, separator: str | None) -> pd.DataFrame:
    import pandas as pd

    frame: pd.DataFrame = _separated(",", 0)(path, header, separator)
    is_binary = frame.isin(["0", "1"]).all(axis=None)
    return frame.astype(pd.CategoricalDtype(["0", "1"])) if is_binary else frame


def read_text(path: Path, n_header: int, separator: str) -> pd.DataFrame:
    """A DataFrame of the texts in a file of separated values; see :func:`read_table`."""
    import pandas as pd

    require_file(path)
    payload = path.read_bytes()
    _require_unicode(path, payload)
    with reading(path):
        first = _first_record(payload, separator)
    require_shape(path.name, max(payload.count(b"\n"), 1), len(first))
    with reading(path):
        cells = _parse(payload, first, n_header, separator)
    if cells.shape[1] != len(first):
        raise DataError(
            f"cannot read {path.name}: the first line is malformed", expected="closed quotes"
        )
    if len(cells) <= n_header:
        raise DataError(f"{path.name} has no row below its {n_header} header lines")
    frame = cells.iloc[n_header:].reset_index(drop=True)
    names = cells.iloc[0].tolist() if n_header else [f"x{i}" for i in range(len(first))]
    shown = [str(name).strip() or f"x{i}" for i, name in enumerate(names)]
    frame.columns = pd.Index(shown, dtype=object)
    return frame


def _require_unicode(path: Path, payload: bytes) -> None:
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        line = payload.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path.name} is not UTF-8 text",
            given=f"the byte {payload[error.start]:#04x} in line {line}",
            remedy="Save the file as UTF-8.",
        ) from error


def _first_record(payload: bytes, separator: str) -> list[str]:
    start = payload[: LIMITS.text_chars].decode("utf-8-sig", errors="replace")
    records = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    return next((record for record in records if record), [])


def _parse(payload: bytes, first: list[str], n_header: int, separator: str) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    ragged: list[Any] = []

    def refuse(row: Any) -> str:
        ragged.append(row)
        return "error"

    width = range(len(first))
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(payload),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, autogenerate_column_names=True, block_size=len(payload) + 1
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={f"f{i}": pa.string() for i in width}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        if ragged:
            raise _ragged(ragged[0], first, n_header) from error
        raise
    return table.to_pandas()


def _ragged(row: Any, first: list[str], n_header: int) -> CellError:
    n_cells, n_expected = row.actual_columns, row.expected_columns
    column = first[n_cells] if n_cells < n_expected else f"x{n_expected}"
    return CellError(
        "too few cells" if n_cells < n_expected else "too many cells",
        row=row.number - n_header,
        column=column if n_header else f"x{min(n_cells, n_expected)}",
        given=f"{n_cells} cells",
        expected=f"{n_expected}, as in the first line",
    )


def _read_parquet(path: Path, header: int | None, separator: str | None) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import parquet

    payload = path.read_bytes()
    footer = _footer(payload, path.name)
    n_bytes = sum(group.n_bytes for group in footer.groups)
    require_within(f"bytes in the columns of {path.name}", n_bytes, LIMITS.result_bytes)
    require_shape(path.name, sum(group.n_rows for group in footer.groups), footer.n_columns)
    file = parquet.ParquetFile(pa.BufferReader(payload))
    return file.read(use_threads=False).to_pandas(ignore_metadata=True)


def _footer(payload: bytes, name: str) -> Footer:
    """What the file declares, checked before the library sees it: some footers make that abort."""
    try:
        return read_footer(payload, name)
    except FormatError as error:
        raise DataError(str(error)) from None


TABLE_READERS: dict[str, Callable[[Path, int | None, str | None], Any]] = {
    ".csv": _separated(",", 1),
    ".data": _read_data,
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
    ".tsv": _separated("\t", 1),
    ".txt": _separated(",", 1),
}
