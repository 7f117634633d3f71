"""SPFlow: the same tree of its modules, its forward pass and its EM."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


class Peer:
    """A hidden tree as SPFlow's modules, in its default precision."""

    def __init__(self, arrays: Mapping[str, Any], _options: Mapping[str, Any]) -> None:
        self._torch = importlib.import_module("torch")
        self._torch.set_num_threads(1)
        self.version = importlib.metadata.version("spflow")
        self._model = _tree(arrays, self._torch)

    def log_likelihood(self, rows: Any) -> Any:
        """(batch,) nats."""
        return self._forward(self._torch.tensor(rows, dtype=self._torch.float32)).flatten().tolist()

    def rounds(self, rows: Any) -> dict[str, Callable[..., Any]]:
        """What can be timed."""
        learn = importlib.import_module("spflow.learn.expectation_maximization")
        data = self._torch.tensor(rows, dtype=self._torch.float32)
        return {
            "forward": lambda: self._forward(data),
            "query": lambda: self._forward(data),
            "train": lambda: learn.expectation_maximization(self._model, data, max_steps=1),
        }

    def _forward(self, data: Any) -> Any:
        with self._torch.no_grad():
            return self._model.log_likelihood(data)


def _tree(arrays: Mapping[str, Any], torch: Any) -> Any:
    scope = importlib.import_module("spflow.meta").Scope
    categorical = importlib.import_module("spflow.modules.leaves").Categorical
    products = importlib.import_module("spflow.modules.products")
    sums = importlib.import_module("spflow.modules.sums")
    parents = arrays["parents"].tolist()
    below: dict[int, list[Any]] = {}
    for variable in reversed(arrays["order"].tolist()):
        table = torch.tensor(arrays["emissions"][variable])[None, :, None, :]
        unit = categorical(scope([variable]), out_channels=table.shape[1], logits=table)
        if variable in below:
            unit = products.ElementwiseProduct([unit, *below.pop(variable)])
        is_root = parents[variable] < 0
        logs = arrays["prior"][None] if is_root else arrays["transitions"][variable]
        weights = np.exp(np.ascontiguousarray(logs.T, dtype=np.float64))
        weights /= weights.sum(axis=0)
        mixed = sums.Sum(unit, weights=torch.tensor(weights, dtype=torch.float32)[None, :, :, None])
        below.setdefault(parents[variable], []).append(mixed)
    return below[-1][0]
