import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import limits
from workbench.data import files as data_files
from workbench.data import load, read_table
from workbench.errors import CellError, DataError, LimitError, ParameterError


def written(folder, content, name="a.csv"):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_quotes_blanks_and_line_breaks_inside_cells(tmp_path):
    frame = read_table(written(tmp_path, '\ufeffa,"b, c"\r\n"x\ny", 1\r\n\r\n"say ""hi""",2\r\n'))
    assert list(frame.columns) == ["a", "b, c"]
    assert frame["a"].tolist() == ["x\ny", 'say "hi"']
    assert frame["b, c"].tolist() == [" 1", "2"]


@pytest.mark.parametrize(
    ("content", "row", "column", "what"),
    [
        ("a,b\n1,2\n3\n", 2, "b", "too few cells"),
        ("a,b\n1,2\n\n3,4,5\n", 2, "x2", "too many cells"),
        ('a,b\n"1\n1",2\n3\n', 2, "b", "too few cells"),
    ],
)
def test_ragged_rows_name_row_and_column(tmp_path, content, row, column, what):
    with pytest.raises(CellError, match=what) as caught:
        read_table(written(tmp_path, content))
    assert (caught.value.row, caught.value.column) == (row, column)


def test_ragged_rows_without_header_count_from_the_first_line(tmp_path):
    with pytest.raises(CellError) as caught:
        read_table(written(tmp_path, "1,2\n3\n", "a.data"))
    assert (caught.value.row, caught.value.column) == (2, "x1")


def test_header_lines_and_separators(tmp_path):
    path = written(tmp_path, "a;b\nunit;unit\n1;2\n")
    assert read_table(path, header=2, separator=";").to_dict("list") == {"a": ["1"], "b": ["2"]}
    assert list(read_table(path, header=0, separator=";").columns) == ["x0", "x1"]
    with pytest.raises(ParameterError, match="header lines"):
        read_table(path, header=-1)


def test_names_are_trimmed_and_filled_in(tmp_path):
    assert list(read_table(written(tmp_path, " a ,\n1,2\n")).columns) == ["a", "x1"]


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        ("", "a.csv", "empty"),
        ("a,b\n", "a.csv", "no row below"),
        ("\n\n", "a.csv", "empty"),
        (b"a,b\n\xff\xfe,2\n", "a.csv", "not UTF-8.*line 2"),
        ("a", "a.xls", "cannot tell what"),
        (b"PAR1 not really PAR1", "a.parquet", "cannot read a.parquet"),
    ],
)
def test_files_that_are_no_tables_are_refused(tmp_path, content, name, reason):
    with pytest.raises(DataError, match=reason):
        read_table(written(tmp_path, content, name))


def test_parquet_that_contradicts_itself_is_refused_before_a_library_sees_it(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": range(300)}).to_parquet(path)
    whole = path.read_bytes()
    cut = whole[:4] + whole[60:]  # its columns now lie elsewhere than the footer says
    path.write_bytes(cut)
    with pytest.raises(DataError, match=r"cannot read a\.parquet"):
        read_table(path)


def test_parquet_keeps_types(tmp_path):
    frame = pd.DataFrame({"n": [1.5, None, 2.5], "t": ["a", None, "b"], "b": [True, False, True]})
    frame.to_parquet(tmp_path / "a.parquet")
    data = load(tmp_path / "a.parquet")
    assert [v.kind for v in data.variables] == ["continuous", "categorical", "categorical"]


def test_large_files_are_refused_before_reading(tmp_path, monkeypatch):
    path = written(tmp_path, "a\n1\n2\n")
    monkeypatch.setattr(data_files, "LIMITS", limits.Limits(file_bytes=3))
    with pytest.raises(LimitError, match=r"bytes in a\.csv"):
        read_table(path)


def test_binary_files_have_both_categories_everywhere(tmp_path):
    data = load(written(tmp_path, "0,1\n0,0\n", "toy.train.data"))
    assert [v.categories for v in data.variables] == [("0", "1")] * 2
    assert data.name == "toy"


def test_tab_files_without_kinds_are_plain_tables(tmp_path):
    data = load(written(tmp_path, "a\tb\n1\tx\n2\ty\n3\tx\n", "a.tab"))
    assert [v.name for v in data.variables] == ["a", "b"]


def test_tab_files_with_kinds_and_roles(tmp_path):
    lines = ["id\tsize\tskin\tkind", "s\tc\td\td", "meta\t\t\tclass", "a\t1\t0\tx", "b\t2\t1\ty"]
    data = load(written(tmp_path, "\n".join(lines * 1), "a.tab"))
    assert [(v.name, v.kind) for v in data.variables] == [
        ("size", "continuous"),
        ("skin", "categorical"),
    ]
    assert data.classes == ("x", "y")


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)


@settings(max_examples=60)
@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=2, max_size=6))
def test_any_text_survives_a_csv_file(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    pd.DataFrame(rows).to_csv(path, index=False, header=False, quoting=1, lineterminator="\n")
    frame = read_table(path, header=0)
    assert frame.to_numpy().tolist() == rows
