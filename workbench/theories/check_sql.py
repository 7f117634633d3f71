"""Whether the query of a theory really returns the rows that the theory selects."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from workbench.errors import DataError, ParameterError
from workbench.theories.renderings.sql import Storage, count_query, table_name, written
from workbench.theories.rows import require_columns
from workbench.theories.theory import Theory

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_READERS = {".csv": "read_csv", ".tsv": "read_csv", ".txt": "read_csv", ".parquet": "read_parquet"}
_STORAGES: Mapping[str, Storage] = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "FLOAT": "single",
    "DOUBLE": "real",
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
         "UINTEGER", "UBIGINT", "UHUGEINT", "DECIMAL"),
        "number",
    ),
}  # fmt: skip
_AFFINITIES: Mapping[Storage, str] = {"text": "TEXT", "other": "TEXT", "number": "INTEGER"}


@dataclass(frozen=True, slots=True)
class SqlCheck:
    """What the database counted, what the mask counted, and the query.

    Examples
    --------
    >>> SqlCheck(3, 3, "SELECT 1", "duckdb").equal
    True
    """

    count: int
    mask_count: int
    sql: str
    dialect: str

    @property
    def equal(self) -> bool:
        """Whether both counted the same number of rows."""
        return self.count == self.mask_count


def count_sql(
    theory: Theory,
    source: pd.DataFrame | str | os.PathLike[str],
    table: str = "data",
    dialect: str = "duckdb",
) -> SqlCheck:
    """The count of satisfying rows by a real database and by the mask of the theory.

    Parameters
    ----------
    source
        A DataFrame, or a CSV or Parquet file, with the original values in columns named
        as the variables.
    dialect
        The database that runs the query: "duckdb" or "sqlite".

    Raises
    ------
    DataError
        When the table cannot be read or lacks columns.
    ParameterError
        When the dialect is not one of the two.

    Examples
    --------
    >>> import pandas as pd
    >>> from workbench.data.variables import categorical
    >>> from workbench.theories.nodes import Literal
    >>> theory = Theory((categorical("x", ["a", "b"]),), Literal(0, frozenset({1})))
    >>> check = count_sql(theory, pd.DataFrame({"x": ["a", "b", None, "b"]}))
    >>> check.count, check.equal
    (2, True)
    """
    import duckdb

    runners = {"duckdb": _duckdb_count, "sqlite": _sqlite_count}
    if dialect not in runners:
        raise ParameterError(
            "cannot run this dialect here", given=repr(dialect), expected=f"one of {list(runners)}"
        )
    names = [theory.variables[v].name for v in theory.used]
    with duckdb.connect(":memory:") as connection:
        relation = _relation(connection, source)
        require_columns(names, relation.columns)
        frame = source if not isinstance(source, str | os.PathLike) else _frame(relation, names)
        storage = _storage_of(relation, names)
        query = count_query(theory, dialect, table, storage)
        count = runners[dialect](connection, relation, query, table, storage)
    return SqlCheck(count, int(theory.mask(frame).sum()), query, dialect)


def _relation(
    connection: duckdb.DuckDBPyConnection, source: pd.DataFrame | str | os.PathLike[str]
) -> duckdb.DuckDBPyRelation:
    import duckdb

    if not isinstance(source, str | os.PathLike):
        return connection.from_df(source)
    path = Path(source)
    reader = _READERS.get(path.suffix.lower())
    if reader is None or not path.is_file():
        raise DataError(
            "cannot read the table", given=str(path), expected=f"a file {sorted(_READERS)}"
        )
    try:
        relation: duckdb.DuckDBPyRelation = getattr(connection, reader)(str(path))
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"cannot read the table {path}", given=reason) from None
    return relation


def _storage_of(relation: duckdb.DuckDBPyRelation, names: list[str]) -> dict[str, Storage]:
    types = dict(zip(relation.columns, relation.types, strict=True))
    kinds = {name: str(types[name]).split("(", maxsplit=1)[0] for name in names}
    return {name: _STORAGES.get(kind, "other") for name, kind in kinds.items()}


def _frame(relation: duckdb.DuckDBPyRelation, names: list[str]) -> pd.DataFrame:
    import pandas as pd

    if not names:
        return pd.DataFrame(index=range(len(relation)))
    frame: pd.DataFrame = _selected(relation, names).df()
    return frame


def _selected(relation: duckdb.DuckDBPyRelation, names: list[str]) -> duckdb.DuckDBPyRelation:
    import duckdb

    return relation.select(*(duckdb.ColumnExpression(name) for name in names))


def _duckdb_count(
    connection: duckdb.DuckDBPyConnection,
    relation: duckdb.DuckDBPyRelation,
    query: str,
    table: str,
    storage: Mapping[str, Storage],
) -> int:
    relation.create_view(table)
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _sqlite_count(
    connection: duckdb.DuckDBPyConnection,
    relation: duckdb.DuckDBPyRelation,
    query: str,
    table: str,
    storage: Mapping[str, Storage],
) -> int:
    names = list(storage)
    fetched = _selected(relation, names).fetchall() if names else []
    rows = [tuple(map(_plain, row)) for row in fetched]
    n_rows = len(rows) if names else len(relation)
    database = sqlite3.connect(":memory:")
    try:
        database.execute(_create(table, storage))
        database.executemany(_insert(table, max(len(names), 1)), rows or [(None,)] * n_rows)
        return int(database.execute(query).fetchone()[0])
    finally:
        database.close()


def _plain(value: object) -> object:
    """A value that SQLite can store."""
    if value is None or isinstance(value, str | float):
        return value
    if isinstance(value, int | Decimal):
        whole = int(value)
        return whole if whole == value and abs(whole) < 2**63 else float(value)
    return str(value)


def _create(table: str, storage: Mapping[str, Storage]) -> str:
    columns = [
        exp.ColumnDef(
            this=exp.to_identifier(name, quoted=True),
            kind=exp.DataType.build(_AFFINITIES.get(stored, "DOUBLE"), dialect="sqlite"),
        )
        for name, stored in (storage or {"nothing": "text"}).items()
    ]
    schema = exp.Schema(this=table_name(table), expressions=columns)
    return written(exp.Create(this=schema, kind="TABLE"), "sqlite")


def _insert(table: str, width: int) -> str:
    row = exp.Tuple(expressions=[exp.Placeholder() for _ in range(width)])
    values = exp.Values(expressions=[row])
    return written(exp.Insert(this=table_name(table), expression=values), "sqlite")
