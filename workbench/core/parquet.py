"""Parquet payloads that say what they are, written the same every time and read with care.

Texts are read as dictionaries, so that one long text in a million rows is not a million
texts. Sizes are checked by what the file declares before anything is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.core.footer import read_footer
from workbench.core.memory import require_memory
from workbench.core.strict_json import read_json, write_json
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

GROUP_ROWS = 2**18
_KEY = b"workbench"


def write_parquet(
    groups: Iterable[pa.Table],
    schema: pa.Schema,
    about: Mapping[str, Any],
    dictionaries: bool | list[str] = True,
) -> bytes:
    """The Parquet payload of `groups` of rows, one after the other, that says what it is.

    Parameters
    ----------
    groups
        Tables of the `schema`, at most :data:`GROUP_ROWS` rows each.
    about
        A JSON object that names at least a "kind".
    dictionaries
        The columns in which values are expected to repeat.
    """
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    with parquet.ParquetWriter(
        sink, schema, compression="zstd", store_schema=False, use_dictionary=dictionaries
    ) as file:
        for group in groups:
            file.write_table(group, row_group_size=GROUP_ROWS)
        file.add_key_value_metadata({_KEY: write_json(dict(about)).encode()})
    return bytes(sink.getvalue())


def read_about(payload: bytes, place: object) -> dict[str, Any]:
    """What a Parquet payload says about itself.

    Raises
    ------
    FormatError
        When it is not Parquet, or not ours.

    Examples
    --------
    >>> read_about(b"PAR1", "toy")
    Traceback (most recent call last):
    workbench.errors.FormatError: cannot read toy at footer: it is not a complete Parquet file
    """
    described = (_opened(payload, place).metadata.metadata or {}).get(_KEY)
    if described is None:
        raise FormatError(place, "metadata", "it is no Parquet file of the workbench")
    found = read_json(described, place, "metadata")
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
        raise FormatError(place, "metadata", "it does not say what it is")
    return found


def read_schema(payload: bytes, place: object) -> pa.Schema:
    """The names and types of the columns in a Parquet payload."""
    return _checked(_opened(payload, place).schema_arrow.remove_metadata, place)


def read_groups(
    payload: bytes, place: object, most_rows: int, texts: Iterable[str] = ()
) -> Iterator[pa.Table]:
    """The groups of rows in a Parquet payload, one after the other.

    Parameters
    ----------
    texts
        The columns of texts or bytes, which are read as dictionaries.

    Raises
    ------
    FormatError
        When it is malformed.
    LimitError
        When it has more than `most_rows` rows, or columns too large for the memory left.
    """
    footer = read_footer(payload, place)
    require_within(f"rows in {place}", sum(group.n_rows for group in footer.groups), most_rows)
    require_within(f"columns in {place}", footer.n_columns, LIMITS.n_columns)
    for number, group in enumerate(footer.groups):
        if group.n_rows > GROUP_ROWS:
            raise FormatError(place, f"group {number}", f"it has more than {GROUP_ROWS:,} rows")
        require_memory(f"read {place}", group.n_bytes, "Free some memory.")
    file = _opened(payload, place, list(texts))
    for number in range(len(footer.groups)):
        yield _checked(partial(_group, file, number), place)


def cells_of(column: pa.DictionaryArray) -> list[Any]:
    """The cells of a column that is read as a dictionary, equal ones the same object.

    Examples
    --------
    >>> import pyarrow as pa
    >>> cells_of(pa.array(["a", None, "a"]).dictionary_encode())
    ['a', None, 'a']
    """
    values = [*column.dictionary.to_pylist(), None]
    return [values[place] for place in column.indices.fill_null(-1).to_pylist()]


def _group(file: parquet.ParquetFile, number: int) -> pa.Table:
    found = file.read_row_group(number, use_threads=False)
    found.validate(full=True)  # a damaged file may name texts that are not there
    return found


def _opened(payload: bytes, place: object, texts: list[str] | None = None) -> parquet.ParquetFile:
    import pyarrow as pa
    from pyarrow import parquet

    read_footer(payload, place)
    return _checked(
        lambda: parquet.ParquetFile(
            pa.BufferReader(payload),
            read_dictionary=texts,
            thrift_string_size_limit=LIMITS.header_bytes,
            thrift_container_size_limit=LIMITS.header_bytes,
        ),
        place,
    )


def _checked(read: Callable[[], Any], place: object) -> Any:
    import pyarrow as pa

    try:
        return read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FormatError(place, "file", str(error)[:500]) from None
