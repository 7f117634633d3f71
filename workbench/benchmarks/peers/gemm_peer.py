"""The limit: stacked products of a layer's shape, (stack, K, K) by (stack, K, batch), float32."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


class Peer:
    """Nothing but matrix products; `options` name their "shape"."""

    def __init__(self, _arrays: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        self._torch = importlib.import_module("torch")
        self._torch.set_num_threads(1)
        self.version = self._torch.__version__
        stack, side, batch = options["shape"]
        device = options.get("device", "cpu")
        self._left = self._torch.rand((stack, side, side), device=device)
        self._right = self._torch.rand((stack, side, batch), device=device)
        self._result = self._torch.empty((stack, side, batch), device=device)

    def log_likelihood(self, _rows: Any) -> Any:
        """None: there is no model."""
        return None

    def rounds(self, _rows: Any) -> dict[str, Callable[..., Any]]:
        """What can be timed."""
        return {"gemm": lambda: self._torch.bmm(self._left, self._right, out=self._result)}
