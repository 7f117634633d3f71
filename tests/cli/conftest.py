"""Folders of studies that are not the user's."""

import pytest


@pytest.fixture
def own_folders(tmp_path, monkeypatch):
    """An empty working folder; studies and caches are kept beside it."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("WORKBENCH_STUDIES", str(tmp_path / "studies"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return place
