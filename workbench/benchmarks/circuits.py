"""The benchmark "circuits": ours beside other packages on one tree with the same parameters.

Every process has one thread and counts CPU seconds; packages alternate; what
each answers is compared with the plain recursion in float64 before anything
is timed, and a package that answers otherwise is not timed.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from workbench.benchmarks.hidden_tree import HiddenTree, packed
from workbench.benchmarks.machine import describe
from workbench.benchmarks.processes import Outcome, Script, absence, interpreters, run
from workbench.benchmarks.report import Load, Process, Report, Sample, Standing
from workbench.benchmarks.settings import Settings
from workbench.benchmarks.workloads import WORKLOADS, Workload
from workbench.core.arrays import FloatArray
from workbench.core.files import write_atomic
from workbench.core.progress import Progress, silent

SCRIPTS = Path(__file__).parent / "peers"
OURS, LIMIT = "workbench", "gemm"
# Float32 keeps 24 bits, and a row's answer is a sum of as many terms as the tree has variables.
ABSOLUTE, RELATIVE = 1e-3, 5e-6
SHORTEST = 1e-6  # seconds: one round

PEERS: dict[str, tuple[Script, ...]] = {
    "cpu": (
        Script("cirkit", SCRIPTS / "cirkit_peer.py", "libcirkit"),
        Script("spflow", SCRIPTS / "spflow_peer.py", "spflow"),
    ),
    "cuda": (
        Script("pyjuice", SCRIPTS / "pyjuice_peer.py", "pyjuice"),
        Script(
            "pyjuice without its CUDA kernels",
            SCRIPTS / "pyjuice_peer.py",
            "pyjuice",
            environment={"PYJUICE_DISABLE_CUDA_KERNELS": "1"},
        ),
    ),
}


def bench_circuits(
    settings: Settings,
    on_progress: Progress = silent,
    keep: Callable[[Report], object] = lambda _report: None,
) -> Report:
    """What was measured of ours and of every package that is there.

    `keep` is called with the report so far after each workload.

    Raises
    ------
    ParameterError
        When a workload or a package is not known.
    """
    machine = {**describe(), "device": settings.device}
    report = Report("circuits", dt.datetime.now(dt.UTC).date().isoformat(), machine)
    chosen = settings.chosen(WORKLOADS)
    for number, workload in enumerate(chosen):

        def part(share: float, text: str = "", /, **values: float) -> None:
            on_progress((number + share) / len(chosen), text, **values)  # noqa: B023  # called at once

        report = _Bench(workload, settings, part).add_to(report)
        keep(report)
    return report


def scripts(workload: Workload, settings: Settings) -> tuple[Script, ...]:
    """Who runs on `workload`, ours first, in the order of alternation.

    Examples
    --------
    >>> [script.name for script in scripts(WORKLOADS["layer"], Settings())]
    ['workbench', 'workbench at 20 %', 'gemm']
    """
    device = settings.device
    known = {script.name.split()[0]: script for script in PEERS[device]}
    pythons = interpreters(settings.peers, frozenset(known))
    ours = Script(OURS, SCRIPTS / "workbench_peer.py", options={"device": device})
    found = [ours]
    for density in workload.densities:
        options = {**ours.options, "density": density}
        found.append(
            replace(ours, name=f"{OURS} at {density:.0%}".replace("%", " %"), options=options)
        )
    if workload.gemm is not None:
        shape = {"shape": workload.gemm, "device": device}
        found.append(Script(LIMIT, SCRIPTS / "gemm_peer.py", options=shape))
    if workload.peers:
        found += [
            replace(script, python=pythons[script.name.split()[0]], options={"device": device})
            for script in PEERS[device]
        ]
    return tuple(found)


@dataclass
class _Bench:
    """One workload: agreement first, then rounds in alternating processes."""

    workload: Workload
    settings: Settings
    on_progress: Progress
    standings: list[Standing] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    def add_to(self, report: Report) -> Report:
        """`report` with what this workload gave."""
        model, rows = self.workload.make()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            payload = packed({**model.arrays(), "rows": rows})
            job = {"model": str(write_atomic(folder / "model.npz", payload))}
            job |= self._how_long()
            self._measure(self._agreeing(model, rows, job, folder), job, folder, len(rows))
        return replace(
            report,
            loads=(*report.loads, self._load(model, len(rows))),
            standings=(*report.standings, *self.standings),
            processes=(*report.processes, *self.processes),
            samples=(*report.samples, *self.samples),
        )

    def _once(self, job: dict[str, Any]) -> dict[str, Any]:
        return {**job, "rounds": 1, "calls": 1, "most_seconds": SHORTEST}

    def _how_long(self) -> dict[str, Any]:
        return {
            "measures": [*self.workload.measures, LIMIT],
            "rounds": self.settings.rounds or self.workload.rounds,
            "calls": self.workload.calls,
            "most_seconds": self.settings.most_seconds,
        }

    def _agreeing(
        self, model: HiddenTree, rows: FloatArray, job: dict[str, Any], folder: Path
    ) -> list[Script]:
        """Who is there and answers as the plain recursion does."""
        expected = model.log_likelihood(rows)
        agreeing = []
        for script in scripts(self.workload, self.settings):
            self.on_progress(0.0, f"{self.workload.name}: checking {script.name}")
            reason = absence(script)
            outcome = reason or run(script, self._once(job), folder, keeps_freed=False)
            standing = judge(self.workload.name, script.name, outcome, expected)
            if reason:
                standing = replace(standing, status="absent")
            self.standings.append(standing)
            if standing.status == "measured" and isinstance(outcome, Outcome):
                agreeing.append(script)
                self.processes.append(
                    Process(self.workload.name, script.name, outcome.setup_s, outcome.peak_mib)
                )
        return agreeing

    def _measure(
        self, agreeing: list[Script], job: dict[str, Any], folder: Path, n_rows: int
    ) -> None:
        name = self.workload.name
        turns = list(alternation(agreeing, self.settings.repetitions))
        for number, (repetition, script) in enumerate(turns):
            self.on_progress(number / len(turns), f"{name}: {script.name}, {repetition + 1}")
            outcome = run(script, job, folder)
            if isinstance(outcome, str):
                self._fail(script.name, outcome)
                continue
            self.samples += [
                Sample(name, script.name, measure, repetition, seconds, n_rows)
                for measure, rounds in outcome.rounds.items()
                for seconds in rounds
            ]

    def _fail(self, peer: str, reason: str) -> None:
        self.standings = [
            replace(each, status="failed", reason=reason) if each.peer == peer else each
            for each in self.standings
        ]

    def _load(self, model: HiddenTree, n_rows: int) -> Load:
        stack, side, batch = self.workload.gemm or (0, 0, 0)
        return Load(
            self.workload.name,
            self.workload.title,
            model.n_variables,
            model.latents,
            model.categories,
            n_rows,
            model.forward_flops,
            2 * stack * side * side * batch,
        )


def alternation(entrants: list[Script], repetitions: int) -> Iterator[tuple[int, Script]]:
    """Whose turn it is: all in order, then all again, each time with its repetition.

    Examples
    --------
    >>> a, b = (Script(name, Path("x.py")) for name in "ab")
    >>> [(turn, script.name) for turn, script in alternation([a, b], 2)]
    [(0, 'a'), (0, 'b'), (1, 'a'), (1, 'b')]
    """
    for repetition in range(repetitions):
        for script in entrants:
            yield repetition, script


def judge(workload: str, peer: str, outcome: Outcome | str, expected: FloatArray) -> Standing:
    """How a package stands that gave `outcome` where `expected` ``(batch,)`` nats are right.

    It is refused when an answer is further off than 1e-3 nats plus 5e-6 of it.

    Examples
    --------
    >>> wrong = Outcome("1.0", (-2.0,), 0.0, {}, None)
    >>> judge("digits", "other", wrong, np.array([-1.0])).status
    'refused'
    """
    if isinstance(outcome, str):
        return Standing(workload, peer, "failed", reason=outcome)
    if outcome.log_likelihood is None:
        return Standing(workload, peer, "measured", outcome.version)
    found = np.array(outcome.log_likelihood)
    if found.shape != expected.shape or not np.isfinite(found).all():
        reason = f"{found.size} answers, {int((~np.isfinite(found)).sum())} of them not finite"
        return Standing(workload, peer, "refused", outcome.version, reason)
    differences = np.abs(found - expected)
    allowed = ABSOLUTE + RELATIVE * np.abs(expected)
    worst = int(np.argmax(differences - allowed))
    agrees = bool(differences[worst] <= allowed[worst])
    return Standing(
        workload,
        peer,
        "measured" if agrees else "refused",
        outcome.version,
        "" if agrees else f"a row has {found[worst]:.6g} nats instead of {expected[worst]:.6g}",
        float(differences.max()),
        float(allowed[worst]),
    )
