import pytest

from workbench.reasoning.problems import countdown_set


@pytest.fixture(scope="session")
def tasks():
    return countdown_set(6, size=4, seed=11)
