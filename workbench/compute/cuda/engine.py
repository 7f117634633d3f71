"""CudaEngine: batches through the lowered plan, each shape captured once and then replayed."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TypeVar

import numpy as np
import torch

from workbench.circuits.circuit import Circuit, with_parameters
from workbench.circuits.engine import Flows
from workbench.compute.cuda.capture import Recorder, Run
from workbench.compute.cuda.capture import recorder as recorder_for
from workbench.compute.cuda.kernels import kernels as kernels_for
from workbench.compute.cuda.lowering import lower
from workbench.compute.cuda.matrices import Placement
from workbench.compute.cuda.passes import Passes, Totals
from workbench.compute.cuda.shape import Shape, precision, release
from workbench.compute.devices import Choice
from workbench.compute.learner import Learner, Prior
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
        self._learner: Learner | None = None  # has the parameters, once there is one
        self._place = Placement(torch.device(choice.device), DTYPES[choice.dtype])
        self._precision = "tf32" if tf32 and choice.dtype == "float32" else "ieee"
        chosen = kernels_for(kernels, self._place.device, self._precision)
        self._passes = Passes(lower(plan(circuit), circuit), circuit, self._place, chosen)
        self._recorder = recorder or recorder_for(self._place.device)
        self._batch = choice.batch
        self._live: Shape | None = None
        self._log_domain: TorchEngine | None = None

    @property
    def circuit(self) -> Circuit:
        """The circuit with the engine's present parameters."""
        return self._circuit if self._learner is None else self._learner.snapshot()()

    def set_parameters(self, log_weights: FloatArray, leaf_parameters: FloatArray) -> None:
        """Nothing; the structure stays and the parameters change."""
        self._circuit = with_parameters(
            self._circuit, log_weights=log_weights, leaf_parameters=leaf_parameters
        )
        self._learner = None
        self._passes.set_parameters(self._circuit)

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

    def count(self, rows: FloatArray) -> tuple[FloatArray, Flows | None]:
        """(batch,) nats, after the flows of `rows` were added to the totals of the steps.

        The flows of rows that had to be computed again come as the second value.
        """
        check_rows(rows, self._circuit.variables)
        found, doubtful = self._fitting(
            lambda: self._count(rows, np.ones(len(rows)), lambda _number: None)
        )
        if not doubtful.any():
            return found, None
        again = self._fallback().flows(rows[doubtful])
        found[doubtful] = again.log_likelihood
        return found, again

    def learner(self, prior: Prior) -> Learner:
        """A learner on the device; afterwards the engine has its parameters."""
        from workbench.compute.cuda.learner import CudaLearner

        circuit = self.circuit
        self._learner = self._fitting(
            lambda: CudaLearner(self._passes, circuit, prior, self._recorder, self)
        )
        return self._learner

    def _forward(self, rows: FloatArray) -> tuple[FloatArray, BoolArray]:
        shape = self._shape(len(rows))
        run = shape.replay("forward")
        results = []
        for chosen in shape.pieces(len(rows)):
            shape.load(rows[chosen])
            run()
            results.append(shape.work.result.clone())
        return _joined(results, len(rows))

    def _both(self, rows: FloatArray, share: FloatArray) -> tuple[FloatArray, BoolArray, Totals]:
        totals: list[Totals] = []

        def collect(number: int) -> None:
            if number % COLLECT_AFTER == 0:
                totals.append(self._passes.take_totals())

        found, doubtful = self._count(rows, share, collect)
        totals.append(self._passes.take_totals())
        return found, doubtful, reduce(Totals.__add__, totals)

    def _count(
        self, rows: FloatArray, share: FloatArray, after: Callable[[int], None]
    ) -> tuple[FloatArray, BoolArray]:
        """As `_forward`, and flows are added up on the device; `after` each batch is called."""
        shape = self._shape(len(rows))
        if not shape.is_recorded("flows"):
            shape.replay("flows")
            self._passes.take_totals()  # recording runs the pass
        run = shape.replay("flows")
        results = []
        for number, chosen in enumerate(shape.pieces(len(rows)), 1):
            shape.load(rows[chosen], share[chosen])
            run()
            results.append(shape.work.result.clone())
            after(number)
        return _joined(results, len(rows))

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
        """The log-domain engine, with the present parameters."""
        circuit = self.circuit
        if self._log_domain is None:
            self._log_domain = TorchEngine(circuit, self.choice)
        elif self._log_domain.circuit is not circuit:
            self._log_domain.set_parameters(circuit.log_weights, circuit.leaf_parameters)
        return self._log_domain

    def _shape(self, n_rows: int) -> Shape:
        """Buffers for `n_rows`: those that are there where they fit, else new ones instead."""
        wanted = min(self._batch, 1 << max(n_rows - 1, 0).bit_length())
        if self._live is None or not wanted <= self._live.batch <= wanted / LEAST_SHARE:
            self._live = None  # freed before the next is taken
            self._live = Shape(self._passes, self._circuit, wanted, self._recorder)
        return self._live

    @property
    def rows_at_once(self) -> int:
        """Rows that the present buffers hold, on which rounding depends; 0 without any."""
        return 0 if self._live is None else self._live.batch

    def take_rows_at_once(self, n_rows: int) -> None:
        """Nothing; there are buffers for `n_rows`, or as many as fit into memory."""

        def make() -> None:
            batch = min(n_rows, self._batch)
            self._live = None  # freed before the next is taken
            self._live = Shape(self._passes, self._circuit, batch, self._recorder)

        if n_rows not in {0, self.rows_at_once}:
            self._fitting(make)

    def within(self, run: Run) -> None:
        """Nothing; `run` is called on the engine's device, with its precision and threads."""
        self._fitting(run)

    def _fitting(self, call: Callable[[], T]) -> T:
        """What `call` returns, with smaller batches where memory is short."""
        while True:
            try:
                with running(self.choice.threads), precision(self._precision, self._place.device):
                    return call()
            except torch.OutOfMemoryError as error:
                if self._tried == 1:
                    raise self._too_large() from error
            self._halve()  # only now is what the failed call held free

    @property
    def _tried(self) -> int:
        return self._live.batch if self._live is not None else self._batch

    def _halve(self) -> None:
        self._batch = self._tried // 2
        self._live = None
        self._passes.take_totals()
        release(self._place.device)

    def _too_large(self) -> ParameterError:
        return ParameterError(
            "one row of this circuit does not fit into the memory of the device",
            given=f"device {self.choice.device!r}, {self._circuit!r}",
            expected=f"{self._passes.row_bytes():,} bytes for each row, and the parameters",
            remedy='Use device="cpu", or prune the circuit.',
        )


def _joined(results: list[torch.Tensor], n_rows: int) -> tuple[FloatArray, BoolArray]:
    """(n_rows,) log-likelihoods, and which rows have to be computed again."""
    if not results:
        return np.empty(0), np.empty(0, dtype=np.bool_)
    values, doubts = torch.cat(results, dim=1)[:, :n_rows].cpu().numpy()
    return values.copy(), doubts > 0
