"""CudaEngine: batches through the lowered plan, each shape captured once and then replayed."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TypeVar

import numpy as np
import torch

from workbench.circuits.circuit import Circuit, with_parameters
from workbench.circuits.engine import Flows
from workbench.compute.cuda.capture import Recorder
from workbench.compute.cuda.capture import recorder as recorder_for
from workbench.compute.cuda.kernels import kernels as kernels_for
from workbench.compute.cuda.lowering import lower
from workbench.compute.cuda.matrices import Placement
from workbench.compute.cuda.passes import Passes, Totals
from workbench.compute.cuda.shape import Shape, precision, release
from workbench.compute.devices import Choice
from workbench.compute.plan import plan
from workbench.compute.torch_engine import DTYPES, TorchEngine, running
from workbench.core.arrays import BoolArray, FloatArray
from workbench.data.dataset import check_rows
from workbench.errors import ParameterError

T = TypeVar("T")

LEAST_SHARE = 0.25  # of a live shape that a smaller batch fills; below, a smaller shape is made
COLLECT_AFTER = 64  # batches, so that sums in float32 keep their digits


class CudaEngine:
    """Evaluates a circuit by steps in the linear domain; see :func:`workbench.compute.engine`.

    Rows whose smallest terms vanish in the range of the numbers, and rows of
    probability zero, are computed again in the log domain.

    Parameters
    ----------
    kernels
        "auto", "torch" or "triton"; see :func:`workbench.compute.cuda.kernels.kernels`.
    recorder
        Turns a pass into its replay; CUDA graphs on a GPU when omitted.
    tf32
        Whether float32 products may be rounded to ten bits, which is faster and no longer exact.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.devices import choose
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> engine = CudaEngine(coin, choose(coin, device="cpu"))
    >>> np.exp(engine.log_likelihood(np.array([[1.0]]))).round(2).tolist()
    [0.75]
    """

    def __init__(
        self,
        circuit: Circuit,
        choice: Choice,
        *,
        kernels: str = "auto",
        recorder: Recorder | None = None,
        tf32: bool = False,
    ) -> None:
        self.choice = choice
        self._circuit = circuit
        self._place = Placement(torch.device(choice.device), DTYPES[choice.dtype])
        self._precision = "tf32" if tf32 else "ieee"
        chosen = kernels_for(kernels, self._place.device, self._precision)
        self._passes = Passes(lower(plan(circuit), circuit), circuit, self._place, chosen)
        self._recorder = recorder or recorder_for(self._place.device)
        self._batch = choice.batch
        self._live: Shape | None = None
        self._log_domain: TorchEngine | None = None

    @property
    def circuit(self) -> Circuit:
        """The circuit with the engine's present parameters."""
        return self._circuit

    def set_parameters(self, log_weights: FloatArray, leaf_parameters: FloatArray) -> None:
        """Nothing; the structure stays and the parameters change."""
        self._circuit = with_parameters(
            self._circuit, log_weights=log_weights, leaf_parameters=leaf_parameters
        )
        self._passes.set_parameters(self._circuit)
        if self._log_domain is not None:
            self._log_domain.set_parameters(log_weights, leaf_parameters)

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats; NaN cells are marginalised."""
        check_rows(rows, self._circuit.variables)
        found, doubtful = self._fitting(lambda: self._forward(rows))
        if doubtful.any():
            found[doubtful] = self._fallback().log_likelihood(rows[doubtful])
        return found

    def node_values(self, rows: FloatArray) -> FloatArray:
        """(n_nodes, batch) log-values in nats, by the log-domain engine: each node is exact."""
        return self._fallback().node_values(rows)

    def flows(self, rows: FloatArray, weights: FloatArray | None = None) -> Flows:
        """Flows summed over rows, each row counted `weights` times."""
        check_rows(rows, self._circuit.variables)
        share = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
        scale = max(float(share.max(initial=0.0)), np.finfo(np.float64).tiny)
        found, doubtful, totals = self._fitting(lambda: self._both(rows, share / scale))
        flows = self._flows(found, totals, scale)
        if not doubtful.any():
            return flows
        again = self._fallback().flows(rows[doubtful], share[doubtful])
        flows.log_likelihood[doubtful] = again.log_likelihood
        return Flows(
            log_likelihood=flows.log_likelihood,
            edges=flows.edges + again.edges,
            nodes=flows.nodes + again.nodes,
            leaf_statistics=flows.leaf_statistics + again.leaf_statistics,
        )

    def _forward(self, rows: FloatArray) -> tuple[FloatArray, BoolArray]:
        shape = self._shape(len(rows))
        run = shape.replay("forward")
        results = []
        for chosen in shape.pieces(len(rows)):
            shape.load(rows[chosen], self._circuit)
            run()
            results.append(shape.work.result.clone())
        return _joined(results, len(rows))

    def _both(self, rows: FloatArray, share: FloatArray) -> tuple[FloatArray, BoolArray, Totals]:
        shape = self._shape(len(rows))
        if not shape.is_recorded("flows"):
            shape.replay("flows")
            self._passes.take_totals()  # recording runs the pass
        run = shape.replay("flows")
        results, totals = [], []
        for number, chosen in enumerate(shape.pieces(len(rows)), 1):
            shape.load(rows[chosen], self._circuit, share[chosen])
            run()
            results.append(shape.work.result.clone())
            if number % COLLECT_AFTER == 0:
                totals.append(self._passes.take_totals())
        totals.append(self._passes.take_totals())
        return *_joined(results, len(rows)), reduce(Totals.__add__, totals)

    def _flows(self, found: FloatArray, totals: Totals, scale: float) -> Flows:
        circuit, nodes = self._circuit, scale * totals.nodes
        through = scale * totals.edges
        return Flows(
            log_likelihood=found,
            edges=np.where(circuit.is_sum_edge, through, nodes[circuit.edge_parents]),
            nodes=nodes,
            leaf_statistics=scale * totals.leaf_statistics,
        )

    def _fallback(self) -> TorchEngine:
        if self._log_domain is None:
            self._log_domain = TorchEngine(self._circuit, self.choice)
        return self._log_domain

    def _shape(self, n_rows: int) -> Shape:
        """Buffers for `n_rows`: those that are there where they fit, else new ones instead."""
        wanted = min(self._batch, 1 << max(n_rows - 1, 0).bit_length())
        if self._live is None or not wanted <= self._live.batch <= wanted / LEAST_SHARE:
            self._live = None  # freed before the next is taken
            self._live = Shape(self._passes, self._circuit, wanted, self._recorder)
        return self._live

    def _fitting(self, call: Callable[[], T]) -> T:
        """What `call` returns, with smaller batches where memory is short."""
        while True:
            try:
                with running(self.choice.threads), precision(self._precision, self._place.device):
                    return call()
            except torch.OutOfMemoryError as error:
                self._halve(error)

    def _halve(self, error: torch.OutOfMemoryError) -> None:
        tried = self._live.batch if self._live is not None else self._batch
        self._live = None
        self._passes.take_totals()
        release(self._place.device)
        if tried == 1:
            raise ParameterError(
                "one row of this circuit does not fit into the memory of the device",
                given=f"device {self.choice.device!r}, {self._circuit!r}",
                expected=f"{self._passes.row_bytes():,} bytes for each row, and the parameters",
                remedy='Use device="cpu", or prune the circuit.',
            ) from error
        self._batch = tried // 2


def _joined(results: list[torch.Tensor], n_rows: int) -> tuple[FloatArray, BoolArray]:
    """(n_rows,) log-likelihoods, and which rows have to be computed again."""
    if not results:
        return np.empty(0), np.empty(0, dtype=np.bool_)
    values, doubts = torch.cat(results, dim=1)[:, :n_rows].cpu().numpy()
    return values.copy(), doubts > 0
