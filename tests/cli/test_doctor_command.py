"""workbench doctor: what this machine offers."""

import shutil
from importlib.metadata import version

from workbench.cli import doctor, main
from workbench.compute import explain


def test_versions_programs_and_the_device_are_listed(capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert version("numpy") in out
    assert version("torch") in out
    assert explain() in out


def test_missing_programs_and_packages_are_said(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package"))
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out.count("not found") == len(doctor.PROGRAMS)
    assert "missing: install circuit-workbench again" in out
