"""Exported files: exact inches, the same bytes everywhere, fonts inside, nothing active."""

import csv
import hashlib
import io
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from figure_samples import NAMES, made, small_circuit, small_theory

from workbench.budgets import pass_at_k
from workbench.core.tables import Table
from workbench.errors import FormatError, LimitError, ParameterError
from workbench.exports import VENUES, export, read_provenance
from workbench.views.spec import FigureSpec, Provenance

SUFFIXES = (".pdf", ".svg", ".png", ".csv")


@pytest.mark.parametrize(
    ("name", "suffix"),
    [*((name, ".pdf") for name in NAMES), *(("circuit", suffix) for suffix in SUFFIXES[1:])],
)
def test_repeated_exports_are_equal(name, suffix, tmp_path):
    one = export(made(name), tmp_path / f"one{suffix}")
    two = export(made(name), tmp_path / f"two{suffix}")
    assert one.read_bytes() == two.read_bytes()
    assert one.stat().st_size > 100


def test_exports_are_equal_in_another_process(tmp_path):
    files = [export(made("curve"), tmp_path / f"curve{suffix}") for suffix in SUFFIXES]
    files += [export(made("tree"), tmp_path / "tree.svg")]
    here = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    code = f"""
import hashlib, sys, pathlib
sys.path[:0] = {sys.path!r}
from figure_samples import made
from workbench.exports import export
folder = pathlib.Path({str(tmp_path)!r}) / "again"
files = [export(made("curve"), folder / f"curve{{suffix}}") for suffix in {SUFFIXES!r}]
files += [export(made("tree"), folder / "tree.svg")]
print(*[hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
"""
    environment = {"PYTHONHASHSEED": "77", "PATH": "", "TZ": "Pacific/Apia", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment, check=True, text=True
    )
    assert done.stdout.split() == here


@pytest.mark.parametrize(
    ("venue", "width"), [*((venue, "column") for venue in sorted(VENUES)), ("icml", "full")]
)
def test_pages_have_the_inches_of_the_venue(venue, width, tmp_path):
    path = export(made("theory"), tmp_path / "t.svg", venue=venue, width=width, height=2.0)
    drawn = re.search(rb'<svg [^>]*width="([\d.]+)pt" height="([\d.]+)pt"', path.read_bytes())
    inches = [float(value) / 72 for value in drawn.groups()]
    assert inches == pytest.approx([getattr(VENUES[venue], width), 2.0], abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_pdf_has_the_size_and_only_truetype_fonts(name, tmp_path):
    content = export(made(name), tmp_path / "f.pdf", width=4.25, height=3.5).read_bytes()
    box = re.search(rb"/MediaBox \[ ?([\d. ]+?) ?\]", content).group(1).split()
    assert [float(value) for value in box] == pytest.approx([0, 0, 306.0, 252.0], abs=0.01)
    assert b"/CIDFontType2" in content
    assert b"/Type3" not in content
    assert b"/CreationDate" not in content
    assert b"/JavaScript" not in content


def test_pdf_opens_and_its_text_is_there_once(tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed; apt-get install poppler-utils")
    path = export(made("theory"), tmp_path / "f.pdf")
    done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True, text=True)
    assert done.stdout.count("odor") == 1
    assert done.stdout.count("rule 2") == 1


@pytest.mark.parametrize(
    ("name", "svg_text"), [*((name, "path") for name in NAMES), ("tree", "text"), ("curve", "text")]
)
def test_svg_is_inert(name, svg_text, tmp_path):
    hostile = replace(made(name), title='"><script>alert(1)</script>', caption="<a onload=x>")
    text = export(hostile, tmp_path / "f.svg", svg_text=svg_text).read_text()
    assert "<script" not in text
    assert re.search(r"<[^>]*\son\w+\s*=", text) is None
    assert "<!DOCTYPE" not in text
    assert "<image" not in text
    assert "<foreignObject" not in text
    references = re.findall(r'(?:href|src)\s*=\s*"([^"]*)"', text)
    assert all(reference.startswith("#") for reference in references)
    assert all(found.startswith("#") for found in re.findall(r"url\(([^)]*)\)", text))


def test_hostile_labels_stay_text(tmp_path):
    table = Table({**made("circuit").tables["nodes"], "label": np.array(["<b>&$x$"] * 7, object)})
    spec = replace(made("circuit"), tables={**made("circuit").tables, "nodes": table})
    text = export(spec, tmp_path / "f.svg", svg_text="text").read_text()
    assert "<b>" not in text


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_provenance_is_read_back(suffix, tmp_path):
    made_from = Provenance((("näme (1)", "ab12"),), "0.1.0", seed=7, recipe='f("a\\b") ; (x)')
    spec = replace(made("theory"), provenance=made_from, title="Schön (1)", caption="ä\\(b")
    found = read_provenance(export(spec, tmp_path / f"f{suffix}"))
    assert found == {
        "kind": "theory",
        "hash": spec.hash,
        "inputs": [["näme (1)", "ab12"]],
        "version": "0.1.0",
        "seed": 7,
        "recipe": 'f("a\\b") ; (x)',
    }


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_without_a_note_are_told(suffix, tmp_path):
    path = tmp_path / f"f{suffix}"
    path.write_bytes(b"\x89PNG\r\n\x1a\n nothing here")
    with pytest.raises(FormatError, match="no note"):
        read_provenance(path)


@pytest.mark.parametrize("note", ["{broken", "[1]"])
def test_damaged_notes_are_told(note, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(f"# circuit-workbench:{note}\n")
    with pytest.raises(FormatError, match="note"):
        read_provenance(path)


def test_provenance_of_other_files_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"\.pdf"):
        read_provenance(tmp_path / "f.eps")


def test_huge_files_are_not_read(tmp_path, monkeypatch):
    from workbench.exports import provenance

    path = export(made("theory"), tmp_path / "f.svg")
    monkeypatch.setattr(provenance, "LIMITS", replace(provenance.LIMITS, file_bytes=10))
    with pytest.raises(LimitError):
        read_provenance(path)


def test_csv_holds_the_tables_exactly(tmp_path):
    spec = made("curve")
    lines = export(spec, tmp_path / "f.csv").read_text().splitlines()
    start = lines.index("# lines")
    stop = lines.index("# bands")
    rows = list(csv.DictReader(io.StringIO("\n".join(lines[start + 1 : stop]))))
    assert [float(row["y"]) for row in rows] == spec.tables["lines"]["y"].tolist()
    assert [float(row["x"]) for row in rows] == spec.tables["lines"]["x"].tolist()


def test_csv_never_starts_a_formula(tmp_path):
    cells = np.array(["=1+1", "-3", "plain, with comma"], dtype=object)
    spec = FigureSpec("curve", {"lines": Table({"label": cells, "value": [1.5, np.nan, -2.0]})})
    text = export(spec, tmp_path / "f.csv").read_text()
    assert text.splitlines()[2:] == ["label,value", "'=1+1,1.5", "'-3,", '"plain, with comma",-2.0']


@pytest.mark.parametrize(
    ("thing", "suffix"),
    [(pass_at_k([(4, 1), (4, 2)]), ".pdf"), (small_circuit(), ".svg"), (small_theory(), ".png")],
)
def test_values_are_exported_by_their_own_figure(thing, suffix, tmp_path):
    path = export(thing, tmp_path / "new" / f"f{suffix}", title="A title")
    assert read_provenance(path)["inputs"][0][1] == thing.hash


def test_png_has_the_resolution(tmp_path):
    from matplotlib.image import imread

    path = export(made("circuit"), tmp_path / "f.png", width=3.0, height=2.0, dpi=150)
    assert imread(path).shape[:2] == (300, 450)


def test_dark_figures_are_dark(tmp_path):
    from matplotlib.image import imread

    path = export(made("curve"), tmp_path / "f.png", theme="dark", dpi=72)
    assert imread(path)[0, 0, :3] * 255 == pytest.approx([0x14, 0x17, 0x1C])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"venue": "nips"}, "aaai.*neurips"),
        ({"width": "half"}, "column.*full.*number of inches"),
        ({"width": "a number of inches"}, "column"),
        ({"width": 0.1}, "0.5 to"),
        ({"height": 100.0}, "0.5 to"),
        ({"dpi": 5}, "36 to"),
        ({"theme": "sepia"}, "light"),
        ({"svg_text": "both"}, "path"),
    ],
)
def test_bad_choices_list_the_good(arguments, message, tmp_path):
    with pytest.raises(ParameterError, match=message):
        export(made("theory"), tmp_path / "f.pdf", **arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["f.eps", "f", "f.pdf.html"])
def test_unknown_suffixes_list_the_known(name, tmp_path):
    with pytest.raises(ParameterError, match=r"\.pdf.*\.csv"):
        export(made("theory"), tmp_path / name)


def test_values_without_a_figure_are_told(tmp_path):
    with pytest.raises(ParameterError, match="FigureSpec"):
        export({"a": 1}, tmp_path / "f.pdf")
