"""cirkit: the same tree of its symbolic layers, folded and optimised, trained by Adam.

Only its documented interface is used, and only where a user installed it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Mapping
from typing import Any

LEARNING_RATE = 0.01


class Peer:
    """A hidden tree compiled by cirkit for PyTorch."""

    def __init__(self, arrays: Mapping[str, Any], _options: Mapping[str, Any]) -> None:
        self._torch = importlib.import_module("torch")
        self._torch.set_num_threads(1)
        self.version = importlib.metadata.version("libcirkit")
        pipeline = importlib.import_module("cirkit.pipeline")
        context = pipeline.PipelineContext(
            backend="torch", semiring="lse-sum", fold=True, optimize=True
        )
        self._model = context.compile(_tree(arrays))
        self._adam = self._torch.optim.Adam(self._model.parameters(), lr=LEARNING_RATE)

    def log_likelihood(self, rows: Any) -> Any:
        """(batch,) nats."""
        return self._forward(self._torch.tensor(rows).long()).flatten().tolist()

    def rounds(self, rows: Any) -> dict[str, Callable[..., Any]]:
        """What can be timed."""
        data = self._torch.tensor(rows).long()

        def train() -> None:
            self._adam.zero_grad()
            (-self._model(data).mean()).backward()
            self._adam.step()

        return {
            "forward": lambda: self._forward(data),
            "query": lambda: self._forward(data),
            "train": train,
        }

    def _forward(self, data: Any) -> Any:
        with self._torch.no_grad():
            return self._model(data)


def _tree(arrays: Mapping[str, Any]) -> Any:
    layers = importlib.import_module("cirkit.symbolic.layers")
    circuit = importlib.import_module("cirkit.symbolic.circuit").Circuit
    scope = importlib.import_module("cirkit.utils.scope").Scope
    parents = arrays["parents"].tolist()
    latents, categories = arrays["emissions"].shape[1:]
    inputs: dict[Any, list[Any]] = {}
    below: dict[int, list[Any]] = {}
    for variable in reversed(arrays["order"].tolist()):
        unit = layers.CategoricalLayer(
            scope([variable]),
            latents,
            num_categories=categories,
            probs=_softmax(arrays["emissions"][variable]),
        )
        inputs[unit] = []
        if variable in below:
            parts = [unit, *below.pop(variable)]
            unit = layers.HadamardLayer(latents, arity=len(parts))
            inputs[unit] = parts
        is_root = parents[variable] < 0
        logs = arrays["prior"][None] if is_root else arrays["transitions"][variable]
        mixed = layers.SumLayer(latents, len(logs), arity=1, weight=_softmax(logs))
        inputs[mixed] = [unit]
        below.setdefault(parents[variable], []).append(mixed)
    return circuit(list(inputs), inputs, below[-1])


def _softmax(logs: Any) -> Any:
    parameters = importlib.import_module("cirkit.symbolic.parameters")
    initial = importlib.import_module("cirkit.symbolic.initializers").ConstantTensorInitializer
    tensor = parameters.TensorParameter(*logs.shape, initializer=initial(logs))
    return parameters.Parameter.from_unary(parameters.SoftmaxParameter(logs.shape), tensor)
