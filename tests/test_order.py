"""Several processes deal out tests by files, those of pages singly."""

import pytest
from dealing import groups

RAN = []


def test_consecutive_tests_of_a_file_are_a_group():
    tests = ["a.py::one", "a.py::two[a::b]", "b.py::one", "a.py::three"]
    found = groups(tests)
    assert found["a.py::one"] == found["a.py::two[a::b]"]
    assert len(set(found.values())) == 3


def test_tests_of_pages_are_dealt_singly():
    tests = [f"tests/browser/test_pages.py::test[{number}]" for number in range(3)]
    assert len(set(groups(tests).values())) == 3


@pytest.mark.parametrize("number", range(4))
def test_tests_of_a_file_run_in_one_process(number):
    assert RAN in ([], list(range(number)))
    RAN.append(number)
