"""Random streams are named, repeatable and apart."""

import subprocess
import sys

import pytest

from workbench.core.seeds import key_number, stream


def test_equal_names_give_equal_numbers():
    assert stream(3, "em", 1).integers(2**60) == stream(3, "em", 1).integers(2**60)


@pytest.mark.parametrize(
    "other", [(4, "em", 1), (3, "em", 2), (3, "en", 1), (3, "em"), (3, "em", "1"), (3, "em1")]
)
def test_other_names_give_other_numbers(other):
    assert stream(3, "em", 1).integers(2**60) != stream(*other).integers(2**60)


def test_keys_do_not_run_into_each_other():
    assert key_number("ab", "c") != key_number("a", "bc")


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_numbers_do_not_depend_on_the_process(hash_seed):
    code = "from workbench.core.seeds import stream; print(stream(3, 'em', 1).integers(2**60))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert int(done.stdout) == stream(3, "em", 1).integers(2**60)


def test_the_number_has_128_bits():
    numbers = [key_number("key", i) for i in range(200)]
    assert max(numbers) >= 2**127
    assert max(numbers) < 2**128
