"""Every figure of the gallery is made again from its data, byte for byte where numbers agree."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.exports import read_provenance

GALLERY = Path(__file__).parents[2] / "gallery"
FIGURES = sorted(path.parent.name for path in GALLERY.glob("*/figure.py"))
SLOW = {"dropout_doubt", "mpe_bounds"}  # ten seconds each, and more on a busy machine
MADE = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in FIGURES]
KEPT = {".pdf", ".svg", ".png", ".csv", ".sha256"}


@pytest.mark.parametrize("name", MADE)
def test_figure_is_made_again(name, tmp_path):
    folder = GALLERY / name
    subprocess.run([sys.executable, str(folder / "figure.py"), str(tmp_path)], check=True)
    kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in KEPT}
    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {".pdf", ".svg", ".png"} <= {Path(name).suffix for name in kept}
    assert sorted(again) == sorted(kept)
    assert again["data.sha256"] == kept["data.sha256"]
    for table in folder.glob("*.csv"):
        assert numbers(again[table.name]) == pytest.approx(numbers(kept[table.name]), abs=1e-9)
        if read_provenance(tmp_path / table.name) == read_provenance(table):
            assert [name for name in kept if again[name] != kept[name]] == []


def numbers(content):
    """Every number of a CSV in order; the last digit may differ between processors."""
    cells = content.decode().replace("\n", ",").split(",")
    return [float(cell) for cell in cells if re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)]


@pytest.mark.parametrize("name", FIGURES)
def test_figure_has_a_caption_and_the_hash_of_its_data(name):
    folder = GALLERY / name
    assert len((folder / "caption.md").read_text()) > 100
    noted = (folder / "data.sha256").read_text()
    inputs = read_provenance(next(folder.glob("*.pdf")))["inputs"]
    assert all(f"{digest}  {source}" in noted for source, digest in inputs)


def test_there_is_a_gallery():
    assert FIGURES
