"""workbench export: circuits, runs and counts become figures."""

import json
from pathlib import Path

import pytest

import workbench as wb
from workbench.cli import main
from workbench.cli.things import read_thing

GALLERY = Path(__file__).parents[2] / "gallery"

MAGIC = {"pdf": b"%PDF", "png": b"\x89PNG", "svg": b"<?xml"}


@pytest.fixture(scope="module")
def things(tmp_path_factory):
    folder = tmp_path_factory.mktemp("things")
    data = wb.data.load("iris", bins=3)
    wb.circuits.save(wb.circuits.hclt(data, latents=2, seed=0), folder / "circuit.wbc")
    task = wb.reasoning.problems.countdown([3, 7, 5, 9], 24)
    wb.reasoning.save_run(wb.reasoning.search(task, "beam", seed=0), folder / "run.jsonl")
    (folder / "counts.csv").write_text("n,c\n10,3\n10,8\n10,5\n")
    return folder


@pytest.mark.parametrize("thing", ["circuit.wbc", "run.jsonl", "counts.csv"])
@pytest.mark.parametrize("kind", MAGIC)
def test_each_thing_is_drawn_in_each_format(things, thing, kind, tmp_path, capsys):
    out = tmp_path / f"figure.{kind}"
    assert main(["export", str(things / thing), str(out)]) == 0
    assert out.read_bytes().startswith(MAGIC[kind])
    assert str(out) in capsys.readouterr().out


def test_repeating_gives_the_same_bytes(things, tmp_path):
    first, second = tmp_path / "a.pdf", tmp_path / "b.pdf"
    for out in (first, second):
        assert main(["export", str(things / "circuit.wbc"), str(out), "--width", "full"]) == 0
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("thing", "options", "message"),
    [
        ("absent.wbc", [], "absent.wbc"),
        ("model.xyz", [], "'.xyz'"),
        ("circuit.wbc", ["--venue", "nowhere"], "nowhere"),
        ("circuit.wbc", ["--width", "huge"], "huge"),
    ],
)
def test_what_cannot_be_drawn_is_refused(things, tmp_path, capsys, thing, options, message):
    out = tmp_path / "figure.pdf"
    assert main(["export", str(things / thing), str(out), *options]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_an_unknown_figure_format_is_refused(things, tmp_path, capsys):
    assert main(["export", str(things / "circuit.wbc"), str(tmp_path / "figure.docx")]) == 2
    assert ".docx" in capsys.readouterr().err


def test_a_damaged_circuit_is_refused(tmp_path, capsys):
    path = tmp_path / "bad.wbc"
    path.write_bytes(b"\x00" * 64)
    assert main(["export", str(path), str(tmp_path / "figure.pdf")]) == 2
    assert "bad.wbc" in capsys.readouterr().err


def test_theories_and_benchmarks_are_told_apart_from_circuits(things, tmp_path):
    circuit = wb.circuits.load(things / "circuit.wbc")
    wb.circuits.save(circuit, tmp_path / "circuit.json")
    variables = (wb.data.categorical("x", 2),)
    theory = wb.theories.Theory(variables, wb.theories.Literal(0, frozenset({1})))
    (tmp_path / "theory.json").write_text(wb.theories.to_json(theory))
    assert read_thing(tmp_path / "circuit.json").hash == circuit.hash
    assert read_thing(tmp_path / "theory.json") == theory
    out = tmp_path / "theory.svg"
    assert main(["export", str(tmp_path / "theory.json"), str(out)]) == 0
    assert out.read_bytes().startswith(b"<?xml")
    report = GALLERY / "benchmark_bars" / "circuits.json"
    assert read_thing(report).benchmark == "circuits"


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "\xff"])
def test_damaged_json_is_refused(content, tmp_path, capsys):
    path = tmp_path / "bad.json"
    path.write_bytes(content.encode("latin-1"))
    assert main(["export", str(path), str(tmp_path / "figure.pdf")]) == 2
    assert "bad.json" in capsys.readouterr().err


def test_venues_are_listed_and_sizes_given_in_inches(things, tmp_path, capsys):
    assert main(["export", "--venues", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["name"]: each["column"] for each in told["venues"]} == {
        name: venue.column for name, venue in wb.exports.VENUES.items()
    }
    assert main(["export", "--venues"]) == 0
    assert "neurips" in capsys.readouterr().out
    out = tmp_path / "figure.svg"
    options = ["--width", "2.5", "--height", "2", "--json"]
    assert main(["export", str(things / "counts.csv"), str(out), *options]) == 0
    assert json.loads(capsys.readouterr().out) == {"saved": str(out)}
    assert 'width="180pt" height="144pt"' in out.read_text()


def test_a_figure_to_write_is_needed(things, capsys):
    assert main(["export", str(things / "circuit.wbc")]) == 2
    assert "--venues" in capsys.readouterr().err
