"""The oracle: the exact value-to-go, seen through noise and bias that the user sets.

With v the exact value, clipped to [FLOOR, 1 - FLOOR] so that its logit is
finite, a node scores

    sigmoid((logit(v) + noise * z + bias * closeness) / temperature)

z is standard normal and named by (seed, node); closeness is a surface feature
of the state in [0, 1], so a positive bias rewards states that only look near.
Without noise and bias no dead end ever outscores a live node.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from workbench.errors import ParameterError
from workbench.reasoning.keys import normal
from workbench.reasoning.verifiers.base import Judgement, ScoreRequest, register_verifier

FLOOR = 0.02


@dataclass(frozen=True)
class Oracle:
    """A verifier that knows the exact value-to-go and reports it imperfectly.

    Parameters
    ----------
    noise
        Standard deviation of the noise, in nats of the logit.
    bias
        Nats of the logit added per unit of the problem's `closeness`.
    temperature
        Divides the logit; above 1 makes scores less certain.
    seed
        Names the noise.

    Examples
    --------
    >>> from workbench.reasoning.problems import countdown
    >>> task = countdown([2, 3], 6)
    >>> asked = [ScoreRequest(task, state, (), 1) for state in ((6,), (5,))]
    >>> [round(judgement.value, 2) for judgement in Oracle().score(asked)]
    [0.98, 0.02]
    """

    noise: float = 0.0
    bias: float = 0.0
    temperature: float = 1.0
    seed: int = 0

    kind: ClassVar[str] = "oracle"

    def __post_init__(self) -> None:
        if not (0.0 <= self.noise < math.inf and math.isfinite(self.bias)):
            raise ParameterError(
                "cannot make an oracle",
                given=f"noise={self.noise}, bias={self.bias}",
                expected="finite numbers, noise from 0 up",
            )
        if not 0.0 < self.temperature < math.inf:
            raise ParameterError(
                "cannot make an oracle",
                given=f"temperature={self.temperature}",
                expected="a number above 0",
            )

    @property
    def flops_per_token(self) -> None:
        """``None``: the oracle reads states, not tokens."""

    @property
    def most_tokens(self) -> int:
        """0: it generates none."""
        return 0

    def score(self, requests: Sequence[ScoreRequest]) -> list[Judgement]:
        """One judgement for each request."""
        return [self._judged(request) for request in requests]

    def record(self) -> dict[str, Any]:
        """The verifier as a JSON object."""
        return {"kind": self.kind, **asdict(self)}

    def _judged(self, request: ScoreRequest) -> Judgement:
        state, problem = request.state, request.problem
        exact = 0.0 if state is None else problem.value_to_go(state)
        clipped = min(max(exact, FLOOR), 1.0 - FLOOR)
        logit = math.log(clipped / (1.0 - clipped))
        if self.noise:
            logit += self.noise * normal("oracle", self.seed, request.node)
        if self.bias and state is not None:
            logit += self.bias * problem.closeness(state)
        return Judgement(0.5 + 0.5 * math.tanh(0.5 * logit / self.temperature), exact)


def _read(record: Mapping[str, Any]) -> Oracle:
    return Oracle(record["noise"], record["bias"], record["temperature"], record["seed"])


register_verifier(Oracle.kind, _read)
