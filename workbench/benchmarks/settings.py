"""Settings: what a benchmark runs, on what, how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.benchmarks.workloads import Workload

DEVICES = ("cpu", "cuda")


@dataclass(frozen=True)
class Settings:
    """How to run a benchmark.

    Parameters
    ----------
    workloads
        Names; all of the device when empty.
    device
        "cpu" or "cuda".
    repetitions
        Processes of each package.
    rounds
        Rounds in a process; as the workload says when 0.
    most_seconds
        After which a process begins no further round of a measure.
    peers
        The interpreter that has a package, by its name.

    Raises
    ------
    ParameterError
        When a value is outside its range.

    Examples
    --------
    >>> Settings(repetitions=2).device
    'cpu'
    """

    workloads: tuple[str, ...] = ()
    device: str = "cpu"
    repetitions: int = 3
    rounds: int = 0
    most_seconds: float = 20.0
    peers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise ParameterError("unknown device", given=self.device, expected=f"one of {DEVICES}")
        if self.repetitions < 1 or self.rounds < 0 or not self.most_seconds > 0:
            raise ParameterError(
                "cannot measure",
                given=f"repetitions={self.repetitions}, rounds={self.rounds}, "
                f"most_seconds={self.most_seconds}",
                expected="1 or more repetitions, 0 or more rounds, more than 0 seconds",
            )

    def chosen(self, known: Mapping[str, Workload]) -> list[Workload]:
        """The workloads that are named, or all of the device.

        Raises
        ------
        ParameterError
            When a name is not known on the device.
        """
        here = {name: load for name, load in known.items() if self.device in load.devices}
        unknown = [name for name in self.workloads if name not in here]
        if unknown:
            raise ParameterError(
                f"no such workload on {self.device}",
                given=unknown[0],
                expected=f"one of {sorted(here)}",
            )
        return [here[name] for name in self.workloads or here]
