"""Countdown and the Game of 24: combine all numbers with + - * / to reach the target.

As in Stream of Search every number is used exactly once, so a path over n
numbers has n - 1 steps. Two rules:

- "natural" (Countdown): all results are positive integers, division is exact;
- "rational" (Game of 24): exact fractions, zero and negative results allowed.

A state is the sorted tuple of the numbers left. Only steps with different
texts are counted as different: equal numbers are interchangeable, and a + b and
a * b are written once, larger number first.

Source: Gandhi et al. (2024), Stream of Search; Yao et al. (2023), Tree of
Thoughts (Game of 24).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, ClassVar, TypeAlias, cast

import numpy as np

from workbench.core.arrays import content_hash
from workbench.core.seeds import stream
from workbench.errors import ParameterError
from workbench.reasoning.problems.base import State, Step, register_domain

Number: TypeAlias = int | Fraction
Numbers: TypeAlias = tuple[Number, ...]

RULES = ("natural", "rational")
MAX_NUMBERS = 6  # seven numbers already have tens of millions of paths
MAX_NUMBER = 10**6
_STEP = re.compile(r"(\S+) ([-+*/]) (\S+) = (\S+) \(left: .*\)")


@dataclass(frozen=True)
class Countdown:
    """One instance: `numbers`, `target` and the `rules` of arithmetic.

    Examples
    --------
    >>> task = Countdown((2, 3, 4), 24)
    >>> [step.text for step in task.successors((4, 6))]
    ['6 + 4 = 10 (left: 10)', '6 * 4 = 24 (left: 24)', '6 - 4 = 2 (left: 2)']
    >>> task.n_solutions()
    3
    """

    numbers: tuple[int, ...]
    target: int
    rules: str = "natural"

    domain: ClassVar[str] = "countdown"

    def __post_init__(self) -> None:
        _require_instance(self.numbers, self.target, self.rules)

    @cached_property
    def hash(self) -> str:
        """The sha256 that names this instance."""
        return content_hash([self.domain, repr(self.initial()), str(self.target), self.rules])

    @property
    def max_steps(self) -> int:
        """The steps of every path."""
        return len(self.numbers) - 1

    def prompt(self) -> str:
        """The problem as text."""
        return f"Reach {self.target} from {' '.join(map(str, self.numbers))}"

    def initial(self) -> Numbers:
        """The numbers, sorted."""
        return tuple(sorted(self.numbers))

    def successors(self, state: State) -> tuple[Step, ...]:
        """All steps from `state`, each text once."""
        return _successors(cast("Numbers", state), self.rules)

    def follow(self, state: State, text: str) -> State | None:
        """The numbers left after the step `text`; ``None`` when it is not allowed."""
        return _by_text(cast("Numbers", state), self.rules).get(text.strip())

    def is_terminal(self, state: State) -> bool:
        """Whether one number is left."""
        return len(cast("Numbers", state)) == 1

    def is_goal(self, state: State) -> bool:
        """Whether the target alone is left."""
        return state == (self.target,)

    def answer(self, texts: Sequence[str]) -> str:
        """The steps as one expression, such as "(2 + 3) * 4"."""
        expressions = [(str(number), str(number)) for number in self.numbers]
        for text in texts:
            parts = _STEP.fullmatch(text)
            if parts is None:
                return ""
            left, sign, right, result = parts.groups()
            operands = _take(expressions, left), _take(expressions, right)
            expressions.append((result, f"({operands[0]} {sign} {operands[1]})"))
        answer = expressions[-1][1]
        return answer[1:-1] if answer.startswith("(") else answer

    def heuristic(self, state: State) -> float:
        """Minus log(1 + distance) of the nearest number to the target, in nats."""
        return -math.log1p(self._distance(state))

    def closeness(self, state: State) -> float:
        """1 / (1 + distance) of the nearest number to the target."""
        return 1.0 / (1.0 + self._distance(state))

    def value_to_go(self, state: State) -> float:
        """1.0 when the target can be reached from `state`, else 0.0."""
        return float(_solvable(cast("Numbers", state), self.target, self.rules))

    def n_solutions(self, state: State | None = None) -> int:
        """How many different sequences of steps lead from `state` to the target, exactly."""
        start = self.initial() if state is None else cast("Numbers", state)
        return _finals(start, self.rules).get(self.target, 0)

    def n_paths(self) -> int:
        """How many different complete sequences of steps there are, exactly."""
        return sum(_finals(self.initial(), self.rules).values())

    def record(self) -> dict[str, Any]:
        """The instance as a JSON object."""
        return {
            "domain": self.domain,
            "numbers": list(self.numbers),
            "target": self.target,
            "rules": self.rules,
            "hash": self.hash,
        }

    def _distance(self, state: State) -> float:
        return min(abs(float(number) - self.target) for number in cast("Numbers", state))


def countdown(numbers: Sequence[int], target: int) -> Countdown:
    """The Countdown instance of `numbers` and `target`: positive integers only.

    Examples
    --------
    >>> countdown([3, 7, 5, 9], 24).prompt()
    'Reach 24 from 3 7 5 9'
    """
    return Countdown(tuple(numbers), target)


def game_of_24(numbers: Sequence[int]) -> Countdown:
    """The Game of 24 on `numbers`, with exact fractions.

    Examples
    --------
    >>> game = game_of_24([3, 3, 8, 8])
    >>> game.value_to_go(game.initial())
    1.0
    """
    return Countdown(tuple(numbers), 24, "rational")


def countdown_set(
    n_tasks: int, size: int, seed: int = 0, *, solvable: bool = True
) -> tuple[Countdown, ...]:
    """Different random instances, graded: the easiest first.

    Numbers are uniform on 1..25 and targets on 10..100. Difficulty is exact: the
    share of all complete paths that reach the target.

    Parameters
    ----------
    n_tasks
        How many.
    size
        How many numbers each has, 2 to 6.
    seed
        Names the draw.
    solvable
        Keep only instances that have a solution.

    Examples
    --------
    >>> [task.n_solutions() > 0 for task in countdown_set(3, size=3, seed=1)]
    [True, True, True]
    """
    if n_tasks < 1:
        raise ParameterError("cannot draw instances", given=f"n_tasks={n_tasks}", expected="1 up")
    drawn: dict[str, Countdown] = {}
    for task in _random_instances(size, seed):
        if not solvable or task.value_to_go(task.initial()):
            drawn.setdefault(task.hash, task)
        if len(drawn) == n_tasks:
            break
    return tuple(sorted(drawn.values(), key=lambda task: -task.n_solutions() / task.n_paths()))


def _random_instances(size: int, seed: int) -> Iterator[Countdown]:
    generator = stream(seed, "countdown", size)
    while True:
        numbers = generator.integers(1, 26, size=size)
        yield Countdown(tuple(np.sort(numbers).tolist()), int(generator.integers(10, 101)))


def _require_instance(numbers: tuple[int, ...], target: int, rules: str) -> None:
    within = all(isinstance(number, int) and 1 <= number <= MAX_NUMBER for number in numbers)
    if not within or not 2 <= len(numbers) <= MAX_NUMBERS:
        raise ParameterError(
            "cannot make a Countdown instance",
            given=f"numbers {list(numbers)}",
            expected=f"2 to {MAX_NUMBERS} integers from 1 to {MAX_NUMBER:,}",
        )
    if not isinstance(target, int) or not 1 <= target <= MAX_NUMBER**2:
        raise ParameterError(
            "cannot make a Countdown instance",
            given=f"target {target!r}",
            expected="a positive integer",
        )
    if rules not in RULES:
        raise ParameterError(
            "cannot make a Countdown instance", given=f"rules {rules!r}", expected=f"one of {RULES}"
        )


def _natural_results(large: Number, small: Number) -> Iterator[tuple[str, Number]]:
    yield f"{large} + {small}", large + small
    yield f"{large} * {small}", large * small
    if large > small:
        yield f"{large} - {small}", large - small
    if large % small == 0:
        yield f"{large} / {small}", large // small


def _rational_results(large: Number, small: Number) -> Iterator[tuple[str, Number]]:
    yield f"{large} + {small}", large + small
    yield f"{large} * {small}", large * small
    pairs = [(large, small)] if large == small else [(large, small), (small, large)]
    for left, right in pairs:
        yield f"{left} - {right}", left - right
        if right:
            yield f"{left} / {right}", _whole(Fraction(left) / right)


_RESULTS: Mapping[str, Callable[[Number, Number], Iterator[tuple[str, Number]]]] = {
    "natural": _natural_results,
    "rational": _rational_results,
}


def _whole(number: Fraction) -> Number:
    return number.numerator if number.denominator == 1 else number


def _simplest(number: Number) -> Number:
    return _whole(number) if isinstance(number, Fraction) else number


@lru_cache(maxsize=2**16)
def _successors(state: Numbers, rules: str) -> tuple[Step, ...]:
    results = _RESULTS[rules]
    steps: dict[str, Step] = {}
    for i in range(len(state)):
        for j in range(i):
            rest = [number for k, number in enumerate(state) if k not in (i, j)]
            large, small = max(state[i], state[j]), min(state[i], state[j])
            for left_side, value in results(large, small):
                result = _simplest(value)
                left = " ".join(map(str, [result, *reversed(rest)]))
                text = f"{left_side} = {result} (left: {left})"
                steps[text] = Step(text, tuple(sorted([result, *rest])))
    return tuple(steps.values())


@lru_cache(maxsize=2**14)
def _by_text(state: Numbers, rules: str) -> Mapping[str, State]:
    return {step.text: step.state for step in _successors(state, rules)}


@lru_cache(maxsize=2**18)
def _solvable(state: Numbers, target: int, rules: str) -> bool:
    if len(state) == 1:
        return state[0] == target
    return any(
        _solvable(cast("Numbers", step.state), target, rules) for step in _successors(state, rules)
    )


@lru_cache(maxsize=2**12)
def _finals(state: Numbers, rules: str) -> Mapping[Number, int]:
    if len(state) == 1:
        return {state[0]: 1}
    counts: dict[Number, int] = {}
    for step in _successors(state, rules):
        for value, count in _finals(cast("Numbers", step.state), rules).items():
            counts[value] = counts.get(value, 0) + count
    return counts


def _take(expressions: list[tuple[str, str]], value: str) -> str:
    for place, (name, expression) in enumerate(expressions):
        if name == value:
            del expressions[place]
            return expression
    return value


def _read(record: Mapping[str, Any]) -> Countdown:
    return Countdown(tuple(record["numbers"]), record["target"], record.get("rules", "natural"))


register_domain(Countdown.domain, _read)
