"""workbench doctor: what this machine offers, and what is missing."""

import json
import shutil
import tomllib
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from workbench.cli import doctor, main
from workbench.compute import explain

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("WORKBENCH_STUDIES", str(tmp_path / "studies"))
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.chdir(tmp_path)


def told(capsys):
    code = main(["doctor", "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_versions_programs_folders_and_the_device_are_listed(tmp_path, capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert version("numpy") in out
    assert version("torch") in out
    assert [line for line in explain().splitlines() if line.split(" GiB")[0] not in out] == []
    assert str(tmp_path / "studies") in "".join(out.split())
    assert "write-ahead log" in out or "rollback journal" in out


def test_every_dependency_and_extra_is_examined(capsys):
    code, found = told(capsys)
    declared = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    needed = [Requirement(line) for line in requires("circuit-workbench")]
    names = [each.name for each in needed if each.marker is None]
    assert (code, found["ok"], found["missing"]) == (0, True, [])
    assert {each["name"]: each["version"] for each in found["packages"]} == {
        name: version(name) for name in ("circuit-workbench", *names)
    }
    extras = declared["optional-dependencies"]
    assert {each["name"] for each in found["extras"]} == extras.keys() - {"test"}
    for each in found["extras"]:
        assert extras[each["name"]][0].startswith(each["package"])
    assert all(each["writable"] and each["free_bytes"] > 0 for each in found["folders"])
    assert not (Path.cwd() / "studies").exists()


def test_what_is_optional_and_absent_is_told_with_a_remedy(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setitem(doctor.EXTRAS, "cluster", ("no-such-package", "a cluster"))
    assert main(["doctor"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "pip install 'circuit-workbench[cluster]'" in out
    assert out.count("not found: install") == len(doctor.PROGRAMS)


def test_a_missing_package_is_an_error(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "needed_packages", lambda: ["numpy", "no-such-package"])
    code, found = told(capsys)
    assert (code, found["ok"]) == (1, False)
    assert found["missing"] == ["no-such-package is missing: install circuit-workbench again"]
    assert main(["doctor"]) == 1
    assert "error: no-such-package is missing" in capsys.readouterr().err


def test_a_studies_folder_that_cannot_be_is_an_error(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("WORKBENCH_STUDIES", str(tmp_path / "file" / "studies"))
    code, found = told(capsys)
    assert code == 1
    assert found["missing"] == [f"{tmp_path / 'file' / 'studies'} (studies) cannot be written"]


def test_a_missing_front_end_and_a_full_disk_are_errors(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "FRONT_END", tmp_path)
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 2**80)
    code, found = told(capsys)
    assert code == 1
    assert [line.split(":")[0] for line in found["missing"]] == [
        "the front end is missing",
        f"{tmp_path / 'studies'} (studies) has less than 1 GiB left",
    ]
