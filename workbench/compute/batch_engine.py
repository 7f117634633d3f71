"""BatchEngine: tiles of rows through a compiled program, in the linear domain, on CPU threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

import numpy as np

from workbench.circuits.circuit import Circuit, with_parameters
from workbench.circuits.engine import Engine, Flows
from workbench.compute.batch_space import Space
from workbench.compute.batch_tables import read_parameters
from workbench.compute.batch_totals import Sums
from workbench.compute.devices import Choice
from workbench.compute.interactive import InteractiveEngine
from workbench.compute.program import lower
from workbench.compute.row_checks import checked_rows, shares_of
from workbench.core.arrays import FloatArray

WIDEST_TILE = 256  # rows; more would push a unit of 64 sums out of a core's cache
NARROWEST_TILE = 16
SPACE_BYTES = 192 * 2**20  # of the workspace of a thread
TILES_PER_ROUND = 32  # whose flows are added up in the engine's precision


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
        self._program = lower(circuit)
        sizes = [variable.n_categories for variable in circuit.variables]
        self._sizes: FloatArray = np.array(sizes, dtype=np.float64)
        self._spaces: dict[tuple[int, bool], list[Space]] = {}
        self._take_parameters(circuit)

    @property
    def circuit(self) -> Circuit:
        """The circuit with the engine's present parameters."""
        return self._circuit

    def set_parameters(self, log_weights: FloatArray, leaf_parameters: FloatArray) -> None:
        """Nothing; the structure stays and the parameters change."""
        self._take_parameters(
            with_parameters(self._circuit, log_weights=log_weights, leaf_parameters=leaf_parameters)
        )

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats; NaN cells are marginalised.

        Raises
        ------
        DataError
            When a cell does not fit its variable.
        """
        rows = self._checked(rows)
        found, is_doubtful = np.empty(len(rows)), np.zeros(len(rows), dtype=np.bool_)

        def evaluate(space: Space, chosen: slice) -> None:
            found[chosen], is_doubtful[chosen] = space.log_likelihood(
                rows[chosen], self._parameters
            )

        for _ in self._run(len(rows), evaluate, keeps_columns=False):
            pass
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
        rows = self._checked(rows)
        shares = shares_of(weights, len(rows))
        scale = max(float(shares.max(initial=0.0)), np.finfo(np.float64).tiny)
        found, counted = np.empty(len(rows)), np.zeros(len(rows))
        is_doubtful = np.zeros(len(rows), dtype=np.bool_)
        sums = Sums(self._program)

        def evaluate(space: Space, chosen: slice) -> None:
            found[chosen], is_doubtful[chosen] = space.log_likelihood(
                rows[chosen], self._parameters
            )
            counts = (found[chosen] > -np.inf) & ~is_doubtful[chosen]
            counted[chosen] = np.where(counts, shares[chosen] / scale, 0.0)
            space.add_flows(counted[chosen], self._parameters)

        for spaces in self._run(len(rows), evaluate, keeps_columns=True):
            for space in spaces:
                sums.take(space.totals, self._parameters.tables)
        flows = sums.flows(self._circuit, found, float(counted.sum()), scale)
        if not is_doubtful.any():
            return flows
        again = self._fallback.flows(rows[is_doubtful], shares[is_doubtful])
        found[is_doubtful] = again.log_likelihood
        return Flows(
            found,
            flows.edges + again.edges,
            flows.nodes + again.nodes,
            flows.leaf_statistics + again.leaf_statistics,
        )

    def _checked(self, rows: FloatArray) -> FloatArray:
        return checked_rows(rows, self._circuit.variables, self._sizes)

    def _run(
        self, n_rows: int, evaluate: Callable[[Space, slice], None], *, keeps_columns: bool
    ) -> Iterator[list[Space]]:
        """The workspaces after each round of tiles; thread k takes every k-th tile of a round."""
        n_threads, width = self._shape(n_rows, keeps_columns=keeps_columns)
        tiles = [slice(first, min(first + width, n_rows)) for first in range(0, n_rows, width)]
        per_round = TILES_PER_ROUND * n_threads
        with self._spaces_for(n_threads, width, keeps_columns=keeps_columns) as spaces:
            for first in range(0, len(tiles), per_round):
                in_round = tiles[first : first + per_round]

                def work(number: int, mine: list[slice] = in_round) -> None:
                    for tile in mine[number::n_threads]:
                        evaluate(spaces[number], tile)

                _in_threads(work, n_threads)
                yield spaces

    def _shape(self, n_rows: int, *, keeps_columns: bool) -> tuple[int, int]:
        """How many threads, and how many rows a tile has."""
        program = self._program
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
        """Workspaces that nobody else uses meanwhile; they are kept for the next call."""
        idle = self._spaces.setdefault((width, keeps_columns), [])
        spaces = [idle.pop() for _ in range(min(n_spaces, len(idle)))]
        spaces += [
            Space(self._program, self._circuit, self.choice.dtype, width, keeps_columns)
            for _ in range(n_spaces - len(spaces))
        ]
        yield spaces
        idle.extend(spaces)

    def _take_parameters(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._parameters = read_parameters(self._program, circuit, self.choice.dtype)
        self.__dict__.pop("_fallback", None)
        self.__dict__.pop("_log_domain", None)

    @cached_property
    def _fallback(self) -> Engine:
        """The engine for rows that spread too far."""
        if self.choice.dtype == "float32":
            return BatchEngine(self._circuit, replace(self.choice, dtype="float64"))
        return self._log_domain

    @cached_property
    def _log_domain(self) -> Engine:
        return InteractiveEngine(self._circuit, replace(self.choice, dtype="float64"))


def _in_threads(work: Callable[[int], None], n_threads: int) -> None:
    """Nothing, after `work` was done for each number of a thread."""
    if n_threads == 1:
        work(0)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(work, range(n_threads)))
