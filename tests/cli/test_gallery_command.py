"""workbench gallery: lists the figures and makes them again."""

import json
from pathlib import Path

import pytest

from workbench.cli import gallery, main
from workbench.errors import DataError, WorkbenchError

GALLERY = Path(__file__).parents[2] / "gallery"


def test_figures_are_listed_with_what_they_show(capsys):
    assert main(["gallery", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert [each["name"] for each in figures] == sorted(
        p.parent.name for p in GALLERY.glob("*/figure.py")
    )
    for each in figures:
        assert each["title"] in (GALLERY / each["name"] / "caption.md").read_text("utf-8")
        assert each["files"] == []
    assert main(["gallery"]) == 0
    out = capsys.readouterr().out
    assert [each["name"] for each in figures if each["name"] not in out] == []


def test_a_figure_is_made_again_byte_for_byte(tmp_path, capsys):
    assert main(["gallery", "property_witness", "--out", str(tmp_path)]) == 0
    out, made = capsys.readouterr().out, tmp_path / "property_witness"
    for path in made.iterdir():
        assert f"saved {path}" in out
    kept = GALLERY / "property_witness"
    assert (made / "witness.csv").read_bytes() == (kept / "witness.csv").read_bytes()
    assert (made / "data.sha256").read_bytes() == (kept / "data.sha256").read_bytes()
    assert (made / "witness.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_all_figures_are_made_again(tmp_path, capsys):
    assert main(["gallery", "--all", "--out", str(tmp_path), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [each["name"] for each in figures]
    assert all(Path(file).stat().st_size for each in figures for file in each["files"])


def test_unknown_figures_are_refused(tmp_path, capsys):
    assert main(["gallery", "nonsense", "--out", str(tmp_path / "out")]) == 2
    assert "property_witness" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_script_that_fails_is_told_by_its_last_line(tmp_path, monkeypatch):
    folder = tmp_path / "shipped" / "broken"
    folder.mkdir(parents=True)
    (folder / "figure.py").write_text("raise ValueError('no such circuit')\n")
    monkeypatch.setattr(gallery, "SHIPPED", (tmp_path / "absent", tmp_path / "shipped"))
    with pytest.raises(WorkbenchError, match="figure broken: ValueError: no such circuit"):
        gallery.make_figure("broken", tmp_path / "out")


def test_an_installation_without_a_gallery_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "SHIPPED", (tmp_path,))
    with pytest.raises(DataError, match="no gallery"):
        gallery.figure_names()
