"""A recorder that stands in for CUDA graphs on a CPU, with the same rules.

What it records are the operations on the very tensors of the recording. A
replay repeats them, so it sees new inputs and parameters only where these were
written into the old buffers, and a pass that waits for a value is refused.
"""

from unittest import mock

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from workbench.compute.cuda.launches import Launch

WAITING = {"_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal", "lift_fresh"}
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_"}


class Tapes:
    """Records a pass as the list of its operations."""

    def __init__(self):
        self.recorded = 0

    def record(self, run):
        """The replay."""
        run()
        tape = _Tape()

        def launched(launch):
            tape.launch(launch)

        with mock.patch.object(Launch, "run", launched), tape:
            run()
        self.recorded += 1
        return tape.replay


class _Tape(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name, kwargs = func.overloadpacket.__name__, kwargs or {}
        assert name not in WAITING, f"a captured pass cannot wait: {func}"
        given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        if name in INDEXING:
            assert all(leaf.dtype != torch.bool for leaf in given[1:]), f"{func} waits on a mask"
        out = func(*args, **kwargs)
        held = {leaf.untyped_storage().data_ptr() for leaf in given}
        outs = [leaf for leaf in tree_leaves(out) if isinstance(leaf, torch.Tensor)]
        is_new = [leaf.untyped_storage().data_ptr() not in held for leaf in outs]
        self.calls.append(lambda: _again(func, args, kwargs, outs, is_new))
        return out

    def launch(self, launch):
        arguments = dict(launch.arguments, **launch.constants)

        def call():
            launch.kernel[launch.grid](**arguments)

        with torch.utils._python_dispatch._disable_current_modes():
            call()
        self.calls.append(call)

    def replay(self):
        for call in self.calls:
            call()


def _again(func, args, kwargs, outs, is_new):
    fresh = [leaf for leaf in tree_leaves(func(*args, **kwargs)) if isinstance(leaf, torch.Tensor)]
    for old, new, differs in zip(outs, fresh, is_new, strict=True):
        if differs:
            old.copy_(new)
