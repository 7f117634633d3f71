"""Estimates of memory against the peaks of processes."""

import sys

import numpy as np
import pytest
from peaks import measured_peak

from workbench.circuits import Builder, hclt, load, save
from workbench.circuits.memory import Size, size_of
from workbench.circuits.structures.hclt_memory import hclt_size, path
from workbench.compute import engine, memory_needed, planned_hclt
from workbench.core import memory
from workbench.data.variables import categorical
from workbench.errors import LimitError, ParameterError

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc")

# A chain of 16 binary variables, so that the tree of the rows is a path.
CHAIN = """
import numpy as np
from workbench.circuits import hclt
from workbench.compute import engine
random = np.random.default_rng(0)
rows = random.integers(2, size=(300, 16)).astype(float)
for column in range(1, 16):
    keep = random.random(300) < 0.9
    rows[keep, column] = rows[keep, column - 1]
"""
WARM = """
small = engine(hclt(rows, latents=2), "cpu", {dtype!r}, threads=1)
small.flows(rows[:{n_rows}])
"""


def planned(latents):
    return hclt_size([categorical("x", 2)] * 16, latents, path(16))


@on_linux
@pytest.mark.parametrize(
    "latents", [pytest.param(260, id="1e6"), pytest.param(850, id="1e7", marks=pytest.mark.slow)]
)
def test_the_peak_of_building_is_estimated_within_a_fifth(latents):
    before = CHAIN + "hclt(rows[:, :4], latents=2)"
    measured = measured_peak(before, f"circuit = hclt(rows, latents={latents})")
    assert memory_needed(planned(latents)).building == pytest.approx(measured, rel=0.2)


SLOW = pytest.mark.slow
CASES = {
    "interactive 1e6": ("interactive", 3, "float64", 260),
    "batch 1e6": ("batch", 256, "float64", 260),
    "batch 1e6 in float32": ("batch", 256, "float32", 260),
    "interactive 1e7": ("interactive", 3, "float64", 850),
    "batch 1e7": ("batch", 256, "float64", 850),
    "batch 1e7 in float32": ("batch", 256, "float32", 850),
}


@on_linux
@pytest.mark.parametrize(
    ("kind", "n_rows", "dtype", "latents"),
    [
        pytest.param(*case, id=name, marks=[] if name == "batch 1e6" else [SLOW])
        for name, case in CASES.items()
    ],
)
def test_the_peak_from_nothing_to_flows_is_estimated_within_a_fifth(kind, n_rows, dtype, latents):
    before = CHAIN + WARM.format(dtype=dtype, n_rows=n_rows)
    code = f"""
running = engine(hclt(rows, latents={latents}), "cpu", {dtype!r}, batch=256, threads=1)
running.flows(rows[:{n_rows}])
"""
    estimate = memory_needed(planned(latents), kind, dtype, batch=n_rows, threads=1)
    assert estimate.peak == pytest.approx(measured_peak(before, code), rel=0.2)


def test_an_estimate_of_a_circuit_is_that_of_its_size():
    build = Builder((categorical("x", 2),))
    circuit = build.circuit(build.categorical(0, [0.5, 0.5]))
    assert memory_needed(circuit) == memory_needed(size_of(circuit))
    held = sum(
        getattr(circuit, name).nbytes
        for name in (
            "kinds",
            "offsets",
            "children",
            "log_weights",
            "leaf_variables",
            "leaf_families",
            "leaf_offsets",
            "leaf_parameters",
            "ids",
        )
    )
    assert memory_needed(circuit).circuit == pytest.approx(held, abs=8)


def test_more_of_anything_needs_more():
    small = Size(1000, 10_000, 1000)
    needed = memory_needed(small).running
    for larger in (Size(2000, 10_000, 1000), Size(1000, 11_000, 1000), Size(1000, 10_000, 2000)):
        assert memory_needed(larger).running > needed
    assert memory_needed(small, threads=2).running > needed
    assert memory_needed(small, batch=16).running < needed
    assert memory_needed(small, dtype="float32").running < needed
    assert memory_needed(small, engine="interactive").running < needed


def test_a_plan_of_a_hundred_million_edges_is_told_without_making_it():
    size = planned_hclt(variables=784, categories=256, latents=357)
    assert size.n_edges == pytest.approx(1e8, rel=0.03)
    needed = memory_needed(size)
    assert 2 * 2**30 < needed.building < 8 * 2**30
    assert needed.peak > needed.building


@pytest.mark.parametrize(("kind", "dtype"), [("quantum", "float64"), ("batch", "float16")])
def test_unknown_engines_and_precisions_are_named(kind, dtype):
    with pytest.raises(ParameterError, match="unknown engine or precision"):
        memory_needed(Size(1, 0, 2), kind, dtype)


@pytest.fixture
def little_memory(monkeypatch):
    """A machine that has 1 MiB left, and asks even for that."""
    rows = np.random.default_rng(0).integers(2, size=(100, 16)).astype(float)
    circuit = hclt(rows, latents=40)
    monkeypatch.setattr(memory, "ALWAYS_GRANTED", 0)
    monkeypatch.setattr(memory, "available_memory", lambda: 2**20)
    return circuit


def test_an_engine_that_does_not_fit_is_refused(little_memory):
    with pytest.raises(LimitError) as refusal:
        engine(little_memory, "cpu")
    message = str(refusal.value)
    assert message.startswith("too little memory to run a circuit of ")
    assert "expected at most 80% of the 0.0 GiB available now. Take smaller batches" in message


def test_a_file_that_does_not_fit_is_refused(little_memory, tmp_path):
    file = save(little_memory, tmp_path / "large.wbc")
    with pytest.raises(LimitError, match=r"too little memory to read large\.wbc"):
        load(file)
