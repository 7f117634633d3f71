import io
import random

import pyarrow as pa
import pytest
from pyarrow import parquet

from workbench.core.footer import read_footer
from workbench.errors import FormatError, LimitError
from workbench.limits import LIMITS

TABLE = pa.table(
    {
        "x": range(20),
        "t": [None, "text"] * 10,
        "l": pa.array([[1, 2, 3]] * 20, pa.list_(pa.int64())),
        "s": [{"a": 1.5, "b": True}] * 20,
    }
)


def written(table=TABLE, **options):
    sink = io.BytesIO()
    parquet.write_table(table, sink, **options)
    return sink.getvalue()


def with_footer(payload, footer):
    size = int.from_bytes(payload[-8:-4], "little")
    head = payload[: len(payload) - 8 - size]
    return head + footer + len(footer).to_bytes(4, "little") + b"PAR1"


@pytest.mark.parametrize("options", [{}, {"row_group_size": 6}, {"compression": "zstd"}])
def test_a_footer_is_read_as_pyarrow_reads_it(options):
    payload = written(**options)
    found = read_footer(payload, "a file")
    facts = parquet.ParquetFile(io.BytesIO(payload)).metadata
    assert found.n_columns == facts.num_columns == 5
    groups = [facts.row_group(number) for number in range(facts.num_row_groups)]
    assert [group.n_rows for group in found.groups] == [group.num_rows for group in groups]
    for group, theirs in zip(found.groups, groups, strict=True):
        columns = [theirs.column(place) for place in range(theirs.num_columns)]
        values = [max(c.total_uncompressed_size, 8 * c.num_values) for c in columns]
        assert group.n_bytes == sum(values)


@pytest.mark.parametrize(
    ("footer", "reason"),
    [
        (b"", "malformed"),
        (b"\0", "malformed"),
        (b"\x1c" * 100, "nested too deep"),
        (b"\x19\xf8" + b"\xff" * 4 + b"\x0f", "cut short"),
        (b"\x18" + b"\xff" * 11, "a number is too long"),
        (b"\x15\x02\x05\x02\x02\0", "a field is repeated"),
    ],
)
def test_a_malformed_footer_is_refused(footer, reason):
    with pytest.raises(FormatError, match=reason):
        read_footer(with_footer(written(), footer), "a file")


@pytest.mark.parametrize("payload", [b"", b"PAR1", b"PAR1" * 2, written()[:-1], b"x" + written()])
def test_an_incomplete_file_is_refused(payload):
    with pytest.raises(FormatError, match="not a complete Parquet"):
        read_footer(payload, "a file")


def test_a_footer_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr("workbench.core.footer.LIMITS", type(LIMITS)(header_bytes=10))
    with pytest.raises(LimitError, match="footer"):
        read_footer(written(), "a file")


def test_columns_in_other_files_are_refused():
    outside = pa.table({"x": [1]})
    collected = []
    sink = io.BytesIO()
    with parquet.ParquetWriter(sink, outside.schema, metadata_collector=collected) as file:
        file.write_table(outside)
    collected[0].set_file_path("other.parquet")
    listed = io.BytesIO()
    collected[0].write_metadata_file(listed)
    with pytest.raises(FormatError, match="another file"):
        read_footer(listed.getvalue(), "a file")


def test_damaged_footers_are_refused_or_read_without_an_end_of_the_process():
    chance = random.Random(1)
    payload = written()
    size = int.from_bytes(payload[-8:-4], "little")
    n_refused = 0
    for _ in range(400):
        damaged = bytearray(payload)
        at = len(payload) - 8 - chance.randrange(1, size + 1)
        damaged[at] = chance.randrange(256)
        try:
            read_footer(bytes(damaged), "a file")
        except FormatError:
            n_refused += 1
    assert n_refused > 100
