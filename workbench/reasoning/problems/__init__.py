"""Problems with exact answers: successors, goals, value-to-go and counts of solutions."""

from workbench.reasoning.problems.base import DOMAINS, Problem, Step, success_probability
from workbench.reasoning.problems.countdown import (
    Countdown,
    countdown,
    countdown_set,
    game_of_24,
)

__all__ = [
    "DOMAINS",
    "Countdown",
    "Problem",
    "Step",
    "countdown",
    "countdown_set",
    "game_of_24",
    "success_probability",
]
