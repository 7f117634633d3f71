"""workbench data: a summary of real tables, hostile names included."""

import pytest

from workbench.cli import main


def run(capsys, *arguments):
    code = main(["data", *map(str, arguments)])
    return code, *capsys.readouterr()


def test_a_built_in_table(capsys):
    code, out, _ = run(capsys, "iris")
    assert code == 0
    assert "iris" in out
    assert "setosa, versicolor, virginica" in out
    assert out.count("continuous") == 4


def test_missing_cells_are_counted(tmp_path, capsys):
    table = tmp_path / "animals.csv"
    table.write_text("legs,skin\n4,fur\n,fur\n2,feather\n4,\n")
    code, out, _ = run(capsys, table)
    assert code == 0
    assert out.count("25 %") == 2
    assert "feather, fur" in out


def test_many_categories_are_shortened(capsys):
    code, out, _ = run(capsys, "digits")
    assert code == 0
    assert "0, 1, 2, 3, 4, 5 and 11 more" in " ".join(out.split())


def test_bins_are_kept(capsys):
    code, out, _ = run(capsys, "iris", "--bins", 3)
    assert code == 0
    assert "continuous" not in out


def test_column_names_are_not_markup(tmp_path, capsys):
    table = tmp_path / "names.csv"
    table.write_text("[red]x,[/]\na,b\nb,a\n")
    code, out, _ = run(capsys, table)
    assert code == 0
    assert "[red]x" in out
    assert "[/]" in out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "absent.csv"),
        ("a,b\n1,2\n3\n", "row 2"),
        ("", "bad.csv"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, capsys, content, message):
    table = tmp_path / ("absent.csv" if content is None else "bad.csv")
    if content is not None:
        table.write_text(content)
    code, _, err = run(capsys, table)
    assert code == 2
    assert err.startswith("error: ")
    assert message in err
    assert "Traceback" not in err
