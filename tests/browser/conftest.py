"""Where browser tests leave their pictures."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def screenshots():
    """A folder for pictures to look at after the run: tests/output/screenshots."""
    folder = Path(__file__).parents[1] / "output" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
