from unittest import mock

import torch

from workbench.compute.cuda import cuda_lines


def test_every_matter_has_its_line():
    starts = {line.partition(":")[0] for line in cuda_lines()}
    assert {"graphs", "kernels", "float32 products"} < starts
    assert any(start.startswith("GPU") for start in starts)


def test_devices_are_listed_with_their_memory():
    patches = {
        "is_available": True,
        "device_count": 1,
        "get_device_name": "Test card",
        "get_device_capability": (9, 0),
        "mem_get_info": (3 * 2**30, 4 * 2**30),
    }
    with mock.patch.multiple(
        torch.cuda, **{name: mock.Mock(return_value=value) for name, value in patches.items()}
    ):
        lines = cuda_lines()
    assert lines[0] == "GPU 0: Test card, compute capability 9.0, 3,072 of 4,096 MiB free"
    assert "captured once" in lines[1]
    assert lines[2].startswith("kernels: ")
