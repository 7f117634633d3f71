"""What runs in the interpreter of a peer: timing, and nothing of the workbench."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest

import workbench.benchmarks.peers
from workbench.benchmarks.peers.child import Clock, _peak_by_usage, _peak_mib, time_rounds

PEERS = Path(workbench.benchmarks.peers.__file__).parent
SELF_CONTAINED = sorted(
    path for path in PEERS.glob("*.py") if path.name not in {"__init__.py", "workbench_peer.py"}
)


class Ticking:
    """A clock that moves by what is done."""

    def __init__(self, step):
        self.now, self.step, self.calls = 0.0, step, 0

    def __call__(self):
        return self.now

    def work(self):
        self.calls += 1
        self.now += self.step


def test_rounds_are_means_over_their_calls_after_a_warm_up():
    clock = Ticking(0.5)
    assert time_rounds(clock.work, 3, 4, 100.0, clock) == [0.5, 0.5, 0.5]
    assert clock.calls == 2 + 3 * 4


def test_no_round_begins_after_the_time_is_up():
    clock = Ticking(4.0)
    assert time_rounds(clock.work, 10, 1, 10.0, clock) == [4.0] * 3


def test_slow_calls_are_warmed_up_once_and_timed_once():
    clock = Ticking(50.0)
    assert time_rounds(clock.work, 10, 1, 10.0, clock) == [50.0]
    assert clock.calls == 2


def test_the_clock_of_a_cpu_is_that_of_the_process():
    clock = Clock("cpu")
    before = clock()
    sum(range(200_000))
    assert clock() > before


@pytest.mark.parametrize("path", SELF_CONTAINED, ids=lambda path: path.name)
def test_scripts_import_only_numpy_and_the_standard_library(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert imported <= sys.stdlib_module_names | {"numpy", "__future__"}


@pytest.mark.parametrize("path", SELF_CONTAINED, ids=lambda path: path.name)
def test_no_script_hides_the_package_that_it_imports(path):
    # The folder of a script is searched first: "spflow.py" would be imported as SPFlow.
    assert path.stem == "child" or path.stem.endswith("_peer")


def test_the_peak_is_that_of_this_process_and_only_grows():
    before = _peak_mib("cpu")
    held = np.ones(40 * 2**20, dtype=np.uint8)
    assert before is not None
    assert _peak_mib("cpu") >= before
    assert _peak_by_usage() >= held.nbytes / 2**20
