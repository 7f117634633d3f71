"""workbench data: a summary of real tables, hostile names included."""

import json

import pytest

from workbench.cli import main
from workbench.data.builtin import BUILTIN


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


def test_built_in_data_sets_are_listed(capsys):
    assert main(["data", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["data_sets"]
    assert [each["name"] for each in listed] == list(BUILTIN)
    photographs = next(each for each in listed if each["name"] == "photographs")
    assert (photographs["n_variables"], photographs["n_classes"]) == (64, 0)
    assert main(["data"]) == 0
    assert "photographs" in capsys.readouterr().out


def test_json_says_what_a_table_holds(tmp_path, capsys):
    table = tmp_path / "animals.csv"
    table.write_text("legs,skin\n4,fur\n,fur\n2,feather\n4,\n")
    code, out, err = run(capsys, table, "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert sum(told["rows"].values()) == 4
    assert told["variables"][1] == {
        "name": "skin",
        "kind": "categorical",
        "categories": ["feather", "fur"],
        "missing": 0.25,
    }


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_a_table_is_converted(suffix, tmp_path, capsys):
    out = tmp_path / f"iris.{suffix}"
    code, shown, _ = run(capsys, "iris", "--out", out, "--split", "test")
    assert code == 0
    assert f"saved {out}" in shown
    code, shown, _ = run(capsys, out, "--target", "class", "--json")
    assert code == 0
    told = json.loads(shown)
    assert sum(told["rows"].values()) == 15
    assert told["classes"] == ["setosa", "versicolor", "virginica"]
