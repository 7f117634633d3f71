"""Goals: how much faster than others and how near to the limit ours has to be."""

from __future__ import annotations

from dataclasses import dataclass

AT_LEAST, AT_MOST = "at least", "at most"


@dataclass(frozen=True)
class Goal:
    """A floor and a target for one figure.

    Parameters
    ----------
    workload, measure
        Of what; the measure is that of ours.
    kind
        A name in :data:`workbench.benchmarks.summary.FIGURES`: "speed" (times as fast as
        `against`), "limit" (share of the rate of bare matrix products), "memory" (share of
        the peak of `against`), "time" (share of the time of ours that is dense) or "seconds".
    against
        The package, or the other run of ours, that is compared with.
    direction
        Whether more is better.
    """

    workload: str
    measure: str
    kind: str
    floor: float
    target: float
    against: str = ""
    direction: str = AT_LEAST

    def verdict(self, value: float) -> str:
        """How `value` stands: "target reached", "floor reached" or "not reached".

        Examples
        --------
        >>> Goal("digits", "forward", "speed", 5.0, 10.0, "cirkit").verdict(7.0)
        'floor reached'
        """
        sign = 1.0 if self.direction == AT_LEAST else -1.0
        if sign * value >= sign * self.target:
            return "target reached"
        return "floor reached" if sign * value >= sign * self.floor else "not reached"


def _speed(workload: str, against: str, **ratios: tuple[float, float]) -> tuple[Goal, ...]:
    return tuple(
        Goal(workload, measure, "speed", floor, target, against)
        for measure, (floor, target) in ratios.items()
    )


def _limit(workload: str, **shares: tuple[float, float]) -> tuple[Goal, ...]:
    return tuple(
        Goal(workload, measure, "limit", floor, target)
        for measure, (floor, target) in shares.items()
    )


def _memory(workload: str, against: str, floor: float, target: float) -> Goal:
    return Goal(workload, "memory", "memory", floor, target, against, AT_MOST)


def _sparse(workload: str, measure: str) -> Goal:
    return Goal(workload, measure, "time", 0.5, 0.3, "workbench at 20 %", AT_MOST)


_CUDA = tuple(
    goal
    for latents, target in ((64, 1.5), (128, 1.5), (256, 1.0), (512, 1.0), (1024, 1.0))
    for goal in (
        *_speed(f"images {latents}", "pyjuice", train=(1.0, target)),
        Goal(f"images {latents}", "train", "time", 0.5, 0.5, "workbench at 20 %", AT_MOST),
    )
)

GOALS: tuple[Goal, ...] = (
    *_speed("digits", "cirkit", forward=(5.0, 10.0), train=(7.0, 15.0)),
    *_speed("digits", "spflow", forward=(10.0, 20.0), train=(20.0, 40.0)),
    *_limit("digits", forward=(0.12, 0.35), train=(0.12, 0.35)),
    *_speed("images", "cirkit", forward=(15.0, 25.0), train=(12.0, 20.0)),
    *_speed("images", "spflow", forward=(9.0, 15.0), train=(40.0, 60.0)),
    *_limit("images", forward=(0.35, 0.60), train=(0.40, 0.65)),
    _memory("images", "cirkit", 1 / 2, 1 / 3),
    _memory("images", "spflow", 1 / 4, 1 / 6),
    _sparse("layer", "forward"),
    _sparse("layer", "flows"),
    _sparse("sparse images", "forward"),
    _sparse("sparse images", "flows"),
    Goal("small", "query", "seconds", 50e-6, 50e-6, direction=AT_MOST),
    *_speed("small", "spflow", query=(100.0, 100.0)),
    *_CUDA,
)
