"""Triton's kernels beside those of PyTorch: interpreted on a CPU, and compiled for GPUs."""

import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from strategies import circuits_and_rows
from wide import (
    DTYPES,
    FAMILY_ROWS,
    ODD_ROWS,
    TOLERANCE,
    assert_same_flows,
    at_odds,
    chain,
    every_family,
    need_triton,
    rows_with_gaps,
)

from workbench.circuits import Builder
from workbench.compute import choose
from workbench.compute.cuda import formats, kernels
from workbench.compute.cuda.engine import CudaEngine
from workbench.compute.cuda.kernels import TorchKernels, TritonKernels
from workbench.data.variables import categorical
from workbench.errors import ParameterError

HERE = Path(__file__).parent
KERNELS = {
    "dense_flow_kernel",
    "dense_kernel",
    "edges_flow_kernel",
    "edges_kernel",
    "fused_kernel",
    "leaf_flow_kernel",
    "leaf_kernel",
    "product_flow_kernel",
    "product_kernel",
    "tiles_flow_kernel",
    "tiles_kernel",
}


@pytest.fixture
def kernels_run():
    need_triton()


def place():
    return "cuda" if torch.cuda.is_available() else "cpu"


def engine(circuit, dtype, name, batch=16):
    return CudaEngine(circuit, choose(circuit, place(), dtype, batch=batch), kernels=name)


def launched(circuit):
    """The names of the kernels that run `circuit`."""
    found = engine(circuit, "float64", "triton")
    work = found._shape(16).work
    runners = [runner for runner in found._passes.runners if hasattr(runner, "up")]
    return {launch.kernel.__name__ for r in runners for launch in (r.up(work), r.down(work))}


@pytest.mark.usefixtures("kernels_run")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("circuit", "cheap", "names"),
    [
        (chain(12), "", {"fused_kernel", "dense_flow_kernel", "dense_kernel"}),
        (chain(140, n_variables=2), "", {"dense_kernel", "product_kernel"}),
        (chain(8, 0.4), "EDGE_COST", {"edges_kernel", "edges_flow_kernel"}),
        (chain(40, 0.5, 16), "TILE_COST", {"tiles_kernel", "tiles_flow_kernel"}),
    ],
)
def test_every_kernel_equals_pytorch(circuit, cheap, names, dtype, monkeypatch):
    if cheap:
        monkeypatch.setattr(formats, "LEAST_CELLS", 0)
        monkeypatch.setattr(formats, cheap, 0.01)
    assert names <= launched(circuit)
    rows = rows_with_gaps(19, n_variables=len(circuit.variables))
    found, expected = engine(circuit, dtype, "triton"), engine(circuit, "float64", "torch")
    assert_same_flows(found.flows(rows), expected.flows(rows), TOLERANCE[dtype])
    assert not found._forward(rows)[1].any()


@pytest.mark.usefixtures("kernels_run")
@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=4)
@given(case=circuits_and_rows(mixed=True, normalised=False, max_variables=4))
def test_random_circuits_equal_pytorch(dtype, case):
    circuit, rows = case
    found, expected = (engine(circuit, dtype, name) for name in ("triton", "torch"))
    assert_same_flows(found.flows(rows), expected.flows(rows), TOLERANCE[dtype])


@pytest.mark.usefixtures("kernels_run")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("circuit", "rows"), [(every_family(), FAMILY_ROWS), (at_odds(), ODD_ROWS)]
)
def test_what_vanishes_is_bounded_alike(circuit, rows, dtype):
    found, expected = (engine(circuit, dtype, name) for name in ("triton", "torch"))
    assert_same_flows(found.flows(rows), expected.flows(rows), TOLERANCE[dtype])
    np.testing.assert_array_equal(found._forward(rows)[1], expected._forward(rows)[1])
    for table in ("scales", "errors"):
        actual, wanted = (getattr(e._live.work, table).double() for e in (found, expected))
        torch.testing.assert_close(actual, wanted, rtol=1e-4, atol=1e-30)


@pytest.mark.usefixtures("kernels_run")
def test_shared_factors_receive_every_flow():
    """Two products share a child, so that flows have to be added atomically."""
    build = Builder([categorical(name, 2) for name in "ab"])
    shared = build.categorical(0, [0.3, 0.7])
    others = [build.categorical(1, [p, 1 - p]) for p in (0.2, 0.6, 0.9)]
    sides = [build.product([shared, other]) for other in others]
    circuit = build.circuit(build.sum(sides, [0.5, 0.3, 0.2]))
    rows = rows_with_gaps(9, n_variables=2) % 2
    found, expected = (engine(circuit, "float64", name) for name in ("triton", "torch"))
    assert_same_flows(found.flows(rows), expected.flows(rows), 1e-10)
    assert found.flows(rows).nodes[found.circuit.children[0]] > 0


@pytest.mark.parametrize(
    ("has_triton", "capability", "expected"),
    [(True, (9, 0), TritonKernels), (True, (6, 1), TorchKernels), (False, (9, 0), TorchKernels)],
)
def test_kernels_follow_what_is_there(has_triton, capability, expected):
    with (
        mock.patch.object(kernels, "has_triton", return_value=has_triton),
        mock.patch.object(torch.cuda, "get_device_capability", return_value=capability),
    ):
        assert isinstance(kernels.kernels("auto", torch.device("cuda")), expected)


def test_kernels_that_are_not_there_are_refused():
    with pytest.raises(ParameterError, match="given 'cutlass'"):
        kernels.kernels("cutlass", torch.device("cpu"))
    with (
        mock.patch.object(kernels, "has_triton", return_value=False),
        pytest.raises(ParameterError, match="not installed"),
    ):
        kernels.kernels("triton", torch.device("cpu"))


@pytest.mark.slow
@pytest.mark.timeout(1000)
@pytest.mark.parametrize("capability", ["80", "90"])
def test_every_kernel_compiles_for_gpus_within_their_fast_memory(capability, tmp_path):
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE.parents[1] / "property"),
        "TRITON_CACHE_DIR": str(tmp_path),
        "TRITON_INTERPRET": "0",
    }
    done = subprocess.run(  # noqa: PLW1510  # its message is shown below
        [sys.executable, str(HERE / "compile_launches.py"), capability],
        capture_output=True,
        text=True,
        timeout=900,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == KERNELS
