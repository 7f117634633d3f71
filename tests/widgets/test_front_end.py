"""The committed front end is what its sources say, and safe to load."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from workbench.views.style import as_json
from workbench.widgets.spec import STATIC, WIDGETS

FRONT = Path(__file__).parents[2] / "widgets"
SOURCES = sorted(FRONT.glob("src/**/*.ts"))
SHIPPED = sorted(STATIC.glob("*"))
SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|createContextualFragment"
    r"|\beval\(|new Function|setHTML|\.parseFromString"
)
ADDRESS = re.compile(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)
SVG = "http://www.w3.org/2000/svg"


def needs_node_modules():
    if shutil.which("node") is None or not (FRONT / "node_modules" / "esbuild").is_dir():
        pytest.skip("no node, or its packages are not installed: run npm ci in widgets/")


def test_the_style_table_of_the_front_end_is_current():
    assert (FRONT / "src" / "style.json").read_text(encoding="utf-8") == as_json()


def test_each_widget_ships_one_script_and_all_one_stylesheet():
    expected = {spec.script for spec in WIDGETS} | {"widgets.css"}
    assert {path.name for path in SHIPPED} == expected


def test_the_committed_build_is_what_the_sources_give(tmp_path):
    needs_node_modules()
    subprocess.run(["node", "build.mjs", f"--out={tmp_path}"], cwd=FRONT, check=True, timeout=120)
    for path in SHIPPED:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_sources_pass_the_type_checker_and_their_own_tests():
    needs_node_modules()
    for script in ("check", "test"):
        done = subprocess.run(
            ["npm", "run", "--silent", script],
            cwd=FRONT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [*SOURCES, *SHIPPED], ids=lambda path: path.name)
def test_nothing_turns_text_into_markup_or_code(path):
    assert not SINKS.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*SOURCES, *SHIPPED], ids=lambda path: path.name)
def test_nothing_names_another_machine(path):
    text = path.read_text(encoding="utf-8").replace(SVG, "")
    assert not ADDRESS.findall(text)


def test_the_lock_file_pins_hashes_and_no_addresses():
    lock = json.loads((FRONT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all("resolved" not in entry and "integrity" in entry for entry in packages.values())


def test_dependencies_are_pinned_exactly_and_only_for_development():
    package = json.loads((FRONT / "package.json").read_text(encoding="utf-8"))
    assert "dependencies" not in package
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in package["devDependencies"].values())
