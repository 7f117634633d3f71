"""pyjuice: the same tree of its node vectors, compiled for a GPU, trained by mini-batch EM."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Mapping
from typing import Any

STEP, PSEUDOCOUNT = 0.1, 0.1
LARGEST_BLOCK = 64


class Peer:
    """A hidden tree compiled by pyjuice; its products run on `options["device"]`."""

    def __init__(self, arrays: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        self._torch = importlib.import_module("torch")
        self._juice = importlib.import_module("pyjuice")
        self.version = importlib.metadata.version("pyjuice")
        self._device = self._torch.device(options["device"])
        self._model = self._juice.compile(tree(arrays, self._juice, self._torch))
        self._model.to(self._device)
        self._learner = self._juice.optim.MiniBatchEM(
            self._model, step_size=STEP, pseudocount=PSEUDOCOUNT
        )

    def log_likelihood(self, rows: Any) -> Any:
        """(batch,) nats."""
        return self._forward(self._on_device(rows)).flatten().tolist()

    def rounds(self, rows: Any) -> dict[str, Callable[..., Any]]:
        """What can be timed; the first calls record the CUDA graphs that later ones replay."""
        data = self._on_device(rows)

        def train() -> None:
            self._model(data, record_cudagraph=True).mean().backward()
            self._learner.step()

        return {"forward": lambda: self._forward(data), "train": train}

    def _on_device(self, rows: Any) -> Any:
        return self._torch.tensor(rows, device=self._device).long()

    def _forward(self, data: Any) -> Any:
        with self._torch.no_grad():
            return self._model(data, record_cudagraph=True)


def tree(arrays: Mapping[str, Any], juice: Any, torch: Any) -> Any:
    """The root of the tree of node vectors, in the largest blocks that divide the latents."""
    parents = arrays["parents"].tolist()
    latents, categories = arrays["emissions"].shape[1:]
    block = min(latents & -latents, LARGEST_BLOCK)
    below: dict[int, list[Any]] = {}
    for variable in reversed(arrays["order"].tolist()):
        unit = juice.inputs(
            variable,
            num_nodes=latents,
            dist=juice.distributions.Categorical(num_cats=categories),
            params=torch.tensor(arrays["emissions"][variable]).exp().reshape(-1),
            block_size=block,
        )
        unit = juice.multiply(unit, *below.pop(variable, []))
        is_root = parents[variable] < 0
        logs = arrays["prior"][None] if is_root else arrays["transitions"][variable]
        mixed = juice.summate(unit, num_nodes=len(logs), block_size=1 if is_root else block)
        mixed.set_params(torch.tensor(logs).exp())
        below.setdefault(parents[variable], []).append(mixed)
    return below[-1][0]
