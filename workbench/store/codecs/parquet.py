"""What our Parquet payloads share: the text that says what they are, and a careful reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.core.memory import require_memory
from workbench.core.strict_json import read_json, write_json
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"
_KEY = b"workbench"


def write_parquet(table: pa.Table, about: Mapping[str, Any], group_rows: int = 2**20) -> bytes:
    """The Parquet payload of `table` that says what it is: `about`, a JSON object."""
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    with parquet.ParquetWriter(sink, table.schema, compression="zstd", store_schema=False) as file:
        file.write_table(table, row_group_size=group_rows)
        file.add_key_value_metadata({_KEY: write_json(dict(about)).encode()})
    return bytes(sink.getvalue())


def about(payload: bytes, place: str) -> dict[str, Any]:
    """What a Parquet payload says about itself.

    Raises
    ------
    FormatError
        When it is not Parquet, or not ours.
    """
    described = (_opened(payload, place).metadata.metadata or {}).get(_KEY)
    if described is None:
        raise FormatError(place, "metadata", "it is no Parquet file of the workbench")
    found = read_json(described, place, "metadata")
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
        raise FormatError(place, "metadata", "it does not say what it is")
    return found


def read_parquet(payload: bytes, place: str, most_rows: int) -> pa.Table:
    """The table in a Parquet payload, texts kept as dictionaries.

    Raises
    ------
    FormatError
        When it is malformed.
    LimitError
        When it has more than `most_rows` rows, or columns too large for the memory left.
    """
    import pyarrow as pa

    file = _opened(payload, place)
    facts = file.metadata
    require_within(f"rows in {place}", facts.num_rows, most_rows)
    require_within(f"columns in {place}", facts.num_columns, LIMITS.n_columns)
    groups = [facts.row_group(group) for group in range(facts.num_row_groups)]
    declared = sum(group.total_byte_size for group in groups)
    needed = max(declared, 8 * facts.num_rows * facts.num_columns)
    require_memory(f"read {place}", needed, "Free some memory.")
    try:
        return file.read(use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FormatError(place, "columns", str(error)[:500]) from None


def _opened(payload: bytes, place: str) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(pa.BufferReader(payload))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FormatError(place, "file", str(error)[:500]) from None
