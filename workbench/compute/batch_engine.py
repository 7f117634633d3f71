"""BatchEngine: tiles of rows through a compiled program, in the linear domain, on CPU threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from workbench.circuits.circuit import Circuit, with_parameters
from workbench.circuits.engine import Engine, Flows
from workbench.compute.batch_space import Space
from workbench.compute.batch_tables import read_parameters
from workbench.compute.batch_totals import Sums
from workbench.compute.devices import Choice
from workbench.compute.interactive import InteractiveEngine
from workbench.compute.lowering import lower
from workbench.compute.row_checks import checked_rows, shares_of
from workbench.core.arrays import BoolArray, FloatArray

WIDEST_TILE = 256  # rows; more would push a unit of 64 sums out of a core's cache
NARROWEST_TILE = 16
SPACE_BYTES = 192 * 2**20  # of the workspace of a thread
TILES_PER_ROUND = 32  # whose flows are added up in the engine's precision


@dataclass(frozen=True, eq=False)
class FlowPass:
    """What a pass up and down gave.

    Parameters
    ----------
    log_likelihood, is_doubtful, counted
        (batch,) nats, whether they may be wrong, and the flow that the root had.
    spaces
        Workspaces with totals of flows.
    """

    log_likelihood: FloatArray
    is_doubtful: BoolArray
    counted: FloatArray
    spaces: list[Space]

    @classmethod
    def empty(cls, n_rows: int) -> FlowPass:
        """A pass that has not run."""
        return cls(np.empty(n_rows), np.zeros(n_rows, dtype=np.bool_), np.zeros(n_rows), [])

    @property
    def root_flow(self) -> float:
        """The flow of the root, summed over rows."""
        return float(self.counted.sum())


class BatchEngine:
    """Evaluates a circuit by tiles of rows; see :func:`workbench.compute.engine`.

    Rows whose values spread too far for the precision are evaluated again: those
    of a float32 engine in float64, and those of a float64 engine in the log domain.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.devices import choose
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> engine = BatchEngine(coin, choose(coin, "cpu"))
    >>> np.exp(engine.log_likelihood(np.array([[1.0], [np.nan]]))).round(2).tolist()
    [0.75, 1.0]
    """

    def __init__(self, circuit: Circuit, choice: Choice) -> None:
        self.choice = choice
        self.program = lower(circuit)
        self._circuit: Circuit | Callable[[], Circuit] = circuit
        self._variables = circuit.variables
        sizes = [variable.n_categories for variable in circuit.variables]
        self._sizes: FloatArray = np.array(sizes, dtype=np.float64)
        self._idle: dict[bool, list[Space]] = {}
        self._take_parameters(circuit)

    @property
    def circuit(self) -> Circuit:
        """The circuit with the engine's present parameters."""
        circuit = self._circuit
        if not isinstance(circuit, Circuit):
            self._circuit = circuit = circuit()
        return circuit

    def set_parameters(self, log_weights: FloatArray, leaf_parameters: FloatArray) -> None:
        """Nothing; the structure stays and the parameters change."""
        self._take_parameters(
            with_parameters(self.circuit, log_weights=log_weights, leaf_parameters=leaf_parameters)
        )

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats; NaN cells are marginalised.

        Raises
        ------
        DataError
            When a cell does not fit its variable.
        """
        rows = self.checked(rows)
        found, is_doubtful = np.empty(len(rows)), np.zeros(len(rows), dtype=np.bool_)

        def evaluate(space: Space, chosen: slice) -> None:
            found[chosen], is_doubtful[chosen] = space.log_likelihood(rows[chosen], self.parameters)

        with self._running(len(rows), keeps_columns=False) as (spaces, rounds):
            for tiles in rounds:
                _run(evaluate, spaces, tiles, self.choice.workers)
        if is_doubtful.any():
            found[is_doubtful] = self._fallback.log_likelihood(rows[is_doubtful])
        return found

    def node_values(self, rows: FloatArray) -> FloatArray:
        """(n_nodes, batch) log-values in nats."""
        return self._log_domain.node_values(rows)

    def flows(self, rows: FloatArray, weights: FloatArray | None = None) -> Flows:
        """Flows summed over rows, each row counted `weights` times.

        Raises
        ------
        DataError
            When a cell does not fit its variable.
        """
        rows = self.checked(rows)
        shares = shares_of(weights, len(rows))
        scale = max(float(shares.max(initial=0.0)), np.finfo(np.float64).tiny)
        sums = Sums(self.program)

        def take(spaces: list[Space]) -> None:
            for space in spaces:
                sums.take(space.totals, self.parameters.tables)

        with self.flow_pass(rows, shares / scale, take) as done:
            flows = sums.flows(self.circuit, done.log_likelihood, done.root_flow, scale)
            if not done.is_doubtful.any():
                return flows
        return _with_others(flows, self.flows_of_doubtful(rows, shares, done), done.is_doubtful)

    @contextmanager
    def flow_pass(
        self,
        rows: FloatArray,
        shares: FloatArray,
        after_round: Callable[[list[Space]], None] | None = None,
    ) -> Iterator[FlowPass]:
        """What a pass up and down gave, in workspaces that are the caller's within the context.

        Their totals hold the flows of all rows but the doubtful ones, unless
        `after_round`, which is called after every few tiles, took them. `rows`
        are checked already, and `shares` at most 1.
        """
        done = FlowPass.empty(len(rows))

        def evaluate(space: Space, chosen: slice) -> None:
            found, is_doubtful = space.log_likelihood(rows[chosen], self.parameters)
            counts = (found > -np.inf) & ~is_doubtful
            done.log_likelihood[chosen], done.is_doubtful[chosen] = found, is_doubtful
            done.counted[chosen] = np.where(counts, shares[chosen], 0.0)
            space.add_flows(done.counted[chosen], self.parameters)

        with self._running(len(rows), keeps_columns=True) as (spaces, rounds):
            for tiles in rounds:
                _run(evaluate, spaces, tiles, self.choice.workers)
                if after_round is not None:
                    after_round(spaces)
            done.spaces.extend(spaces)
            yield done

    def flows_of_doubtful(self, rows: FloatArray, shares: FloatArray, done: FlowPass) -> Flows:
        """The flows of the doubtful rows alone, in a wider range of numbers."""
        return self._fallback.flows(rows[done.is_doubtful], shares[done.is_doubtful])

    def take_circuit(self, make: Callable[[], Circuit]) -> None:
        """Nothing; the parameters were changed in place, and `make` gives their circuit."""
        self._circuit = make
        self._forget_others()

    def checked(self, rows: FloatArray) -> FloatArray:
        """`rows` as the kernels read them, or DataError."""
        return checked_rows(rows, self._variables, self._sizes)

    @contextmanager
    def _running(
        self, n_rows: int, *, keeps_columns: bool
    ) -> Iterator[tuple[list[Space], list[list[slice]]]]:
        """Workspaces, one for each share of the work, and the tiles of each round."""
        n_threads, width = self._shape(n_rows, keeps_columns=keeps_columns)
        tiles = [slice(first, min(first + width, n_rows)) for first in range(0, n_rows, width)]
        size = TILES_PER_ROUND * n_threads
        rounds = [tiles[first : first + size] for first in range(0, len(tiles), size)]
        with self._spaces_for(n_threads, width, keeps_columns=keeps_columns) as spaces:
            yield spaces, rounds

    def _shape(self, n_rows: int, *, keeps_columns: bool) -> tuple[int, int]:
        """How many shares of the work there are, and how many rows a tile has."""
        program = self.program
        n_kept = 2 * program.n_rows + program.n_columns if keeps_columns else program.n_rows
        fitting = SPACE_BYTES // max(1, n_kept * np.dtype(self.choice.dtype).itemsize)
        asked = min(WIDEST_TILE, self.choice.batch, max(fitting, NARROWEST_TILE))
        n_threads = max(1, min(self.choice.threads, -(-n_rows // NARROWEST_TILE)))
        width = min(asked, -(-n_rows // n_threads))
        width = max(1, -(-width // NARROWEST_TILE)) * NARROWEST_TILE
        return min(n_threads, max(1, -(-n_rows // width))), width

    @contextmanager
    def _spaces_for(
        self, n_spaces: int, width: int, *, keeps_columns: bool
    ) -> Iterator[list[Space]]:
        """Workspaces that nobody else uses meanwhile.

        Those of the last width are kept for the next call; keeping every width
        would hold many times the memory that a call needs.
        """
        idle = self._idle.pop(keeps_columns, [])  # one step, so two threads never share one
        spaces = [space for space in idle if space.width == width][:n_spaces]
        spaces += [
            Space(self.program, self._variables, self.choice.dtype, width, keeps_columns)
            for _ in range(n_spaces - len(spaces))
        ]
        yield spaces
        self._idle[keeps_columns] = spaces

    def _take_parameters(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self.parameters = read_parameters(self.program, circuit, self.choice.dtype)
        self._forget_others()

    def _forget_others(self) -> None:
        """Nothing; the engines for other rows are made anew for new parameters."""
        self.__dict__.pop("_fallback", None)
        self.__dict__.pop("_log_domain", None)

    @cached_property
    def _fallback(self) -> Engine:
        """The engine for rows that spread too far."""
        if self.choice.dtype == "float32":
            return BatchEngine(self.circuit, replace(self.choice, dtype="float64"))
        return self._log_domain

    @cached_property
    def _log_domain(self) -> Engine:
        return InteractiveEngine(self.circuit, replace(self.choice, dtype="float64"))


def _run(
    evaluate: Callable[[Space, slice], None],
    spaces: list[Space],
    tiles: list[slice],
    workers: int,
) -> None:
    """Nothing, after every tile was evaluated; share k of the work is every k-th."""

    def work(number: int) -> None:
        for tile in tiles[number :: len(spaces)]:
            evaluate(spaces[number], tile)

    if workers == 1 or len(spaces) == 1:
        for number in range(len(spaces)):
            work(number)
        return
    with ThreadPoolExecutor(min(workers, len(spaces))) as pool:
        list(pool.map(work, range(len(spaces))))


def _with_others(flows: Flows, others: Flows, is_other: BoolArray) -> Flows:
    """`flows`, and those of the other rows."""
    log_likelihood = flows.log_likelihood.copy()
    log_likelihood[is_other] = others.log_likelihood
    return Flows(
        log_likelihood,
        flows.edges + others.edges,
        flows.nodes + others.nodes,
        flows.leaf_statistics + others.leaf_statistics,
    )
