"""The wheel: one top-level package, the built front end inside, nothing else."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
GALLERY = REPOSITORY / "gallery"
STATIC = REPOSITORY / "workbench" / "widgets" / "static"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_there_is_exactly_one_top_level_package(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"workbench"}


def test_the_type_marker_travels(wheel):
    assert "workbench/py.typed" in wheel.namelist()


def test_every_widget_travels_with_its_built_front_end(wheel):
    packed = {name for name in wheel.namelist() if name.startswith("workbench/widgets/static/")}
    built = {f"workbench/widgets/static/{path.name}" for path in STATIC.iterdir()}
    assert packed == built
    assert any(name.endswith(".js") for name in packed)


def test_every_figure_of_the_gallery_travels_with_its_data(wheel):
    packed = {name for name in wheel.namelist() if name.startswith("workbench/gallery/")}
    kept = [path for path in GALLERY.glob("*/**/*") if path.is_file()]
    needed = {path for path in kept if "__pycache__" not in path.parts}
    assert packed >= {
        f"workbench/gallery/{path.relative_to(GALLERY).as_posix()}" for path in needed
    }
    assert any(name.endswith("/figure.py") for name in packed)


def test_a_figure_is_made_from_the_wheel_alone(wheel, tmp_path):
    names = [name for name in wheel.namelist() if name.startswith("workbench/gallery/property")]
    for name in names:
        path = tmp_path / Path(name).relative_to("workbench")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wheel.read(name))
    script = tmp_path / "gallery" / "property_witness" / "figure.py"
    out = tmp_path / "out"
    subprocess.run([sys.executable, str(script), str(out)], check=True, timeout=120)
    kept = GALLERY / "property_witness" / "witness.csv"
    assert (out / "witness.csv").read_bytes() == kept.read_bytes()


def test_no_test_or_cache_travels(wheel):
    assert [name for name in wheel.namelist() if "test" in name or "__pycache__" in name] == []


def test_the_command_is_installed(wheel):
    (entry,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "workbench = workbench.cli:main" in wheel.read(entry).decode()


def test_the_version_is_the_packages_own(wheel):
    import workbench

    (metadata,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    assert f"\nVersion: {workbench.__version__}\n" in wheel.read(metadata).decode()


def test_front_end_lock_carries_no_download_addresses():
    lock = json.loads((REPOSITORY / "widgets" / "package-lock.json").read_text(encoding="utf-8"))
    assert len(lock["packages"]) > 1
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
