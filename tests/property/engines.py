"""Every executor there is, by name: each makes an engine of a circuit on the CPU."""

import importlib

from workbench.circuits.reference import ReferenceEngine
from workbench.compute import engine
from workbench.compute.devices import choose

_EXECUTORS = {
    "torch": ("workbench.compute.torch_engine", "TorchEngine"),
    "interactive": ("workbench.compute.interactive", "InteractiveEngine"),
    "batch": ("workbench.compute.batch_engine", "BatchEngine"),
    "cuda": ("workbench.compute.cuda.engine", "CudaEngine"),
}
TOLERANCES = {"float64": 1e-10, "float32": 1e-4}


def _found(module, name):
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return None


def _executor(make):
    def made(circuit, dtype):
        return make(circuit, choose(circuit, "cpu", dtype))

    return made


ENGINES = {
    "chosen": lambda circuit, dtype: engine(circuit, "cpu", dtype),
    **{
        name: _executor(_found(*place))
        for name, place in _EXECUTORS.items()
        if _found(*place) is not None
    },
}


def every_engine(circuit):
    """(name, tolerance, engine) of all executors in both precisions, the reference first."""
    yield "reference", TOLERANCES["float64"], ReferenceEngine(circuit)
    for name, make in ENGINES.items():
        for dtype, tolerance in TOLERANCES.items():
            yield f"{name} {dtype}", tolerance, make(circuit, dtype)
