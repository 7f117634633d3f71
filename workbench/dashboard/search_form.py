"""What the Reasoning page searches: a task, how, within what; one search, or a sweep of many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbench.core.lists import whole_numbers
from workbench.dashboard import facts, forms
from workbench.dashboard.sweep_form import Grid, SweepForm
from workbench.errors import ParameterError
from workbench.reasoning import Budget, algorithms, options, problems, proposers, verifiers
from workbench.reasoning.problems import Problem
from workbench.reasoning.searches.base import Option

RULES = {"Countdown: whole numbers": "natural", "Game of 24: fractions": "rational"}


class SearchForm:
    """The fields of searching.

    Parameters
    ----------
    on_search
        Called when a search is asked for.
    on_sweep
        Called with the values of each setting when a sweep is asked for.
    """

    def __init__(self, on_search: Callable[[], None], on_sweep: Callable[[Grid], None]) -> None:
        titles = {entry.title: name for name, entry in algorithms().items()}
        self.numbers = forms.text("Numbers", "3 7 5 9")
        self.goal = forms.whole("Target", 24, 1, 10**6)
        self.rules = forms.select("Rules", RULES, value="natural")
        self.algorithm = forms.select("Algorithm", titles)
        self.algorithm.param.watch(lambda _: self._show_params(), "value")
        self.params = forms.column()
        self.temperature = forms.number("Proposer temperature", 1.0, 0.0, 100.0)
        self.noise = forms.number("Verifier noise", 0.0, 0.0, 100.0)
        self.bias = forms.number("Verifier bias", 0.0, -100.0, 100.0)
        self.budget = forms.whole("Token budget (0 for none)", 0, 0, 10**9)
        self.seed = forms.whole("Seed", 0, 0, 2**31 - 1)
        self.pace = forms.number("Seconds between rounds", 0.2, 0.0, 5.0)
        self.beside = forms.checkbox("Run beside the page, without pauses")
        self.fields = {
            "numbers": self.numbers, "goal": self.goal, "rules": self.rules,
            "algorithm": self.algorithm, "temperature": self.temperature, "noise": self.noise,
            "bias": self.bias, "budget": self.budget, "seed": self.seed, "pace": self.pace,
            "beside": self.beside,
        }  # fmt: skip
        self.varied = {
            "algorithms": forms.choices("Algorithms to try", titles, list(titles.values())[:2]),
            "tokens": forms.text("Token budgets to try", "500,1000,2000"),
            "seeds": forms.text("Seeds to try", "0..4"),
            "n_tasks": forms.whole("Generated tasks (0 for the one above)", 20, 0, 10_000),
            "n_numbers": forms.whole("Numbers of a generated task", 4, 2, 8),
        }
        self.sweep = SweepForm(
            self.varied, self._grid, on_sweep, "round of searches", "rounds of searches"
        )
        self.views = (
            self.numbers,
            self.goal,
            self.rules,
            self.algorithm,
            self.params,
            self.temperature,
            forms.pair(self.noise, self.bias),
            self.budget,
            self.seed,
            self.pace,
            self.beside,
            forms.button("Run", on_search, primary=True),
            self.sweep.view,
        )
        self._show_params()

    def state(self) -> dict[str, Any]:
        """The fields, those of the algorithm, and those of the sweep, as JSON."""
        return {
            "form": forms.values(self.fields),
            "params": forms.values(self.own),
            "sweep": self.sweep.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Show what `state` says; what it lacks stays as it is."""
        forms.fill(self.fields, state.get("form"))
        forms.fill(self.own, state.get("params"))
        self.sweep.restore(facts.part(state, "sweep"))

    @property
    def task(self) -> Problem:
        """What to solve.

        Raises
        ------
        ParameterError
            When the numbers cannot be read.
        """
        words = self.numbers.value.replace(",", " ").split()
        if not words or not all(word.isdigit() for word in words):
            raise ParameterError(
                "cannot read the numbers",
                given=repr(self.numbers.value),
                expected="whole numbers such as 3 7 5 9",
            )
        return problems.Countdown(tuple(map(int, words)), int(self.goal.value), self.rules.value)

    @property
    def options(self) -> dict[str, Any]:
        """How to search: budget, seed, proposer, verifier, and the algorithm's parameters."""
        noise, bias, seed = self.noise.value, self.bias.value, self.seed.value
        return {
            "budget": Budget(tokens=self.budget.value or None),
            "seed": seed,
            "proposer": proposers.Symbolic(temperature=self.temperature.value),
            "verifier": verifiers.Oracle(noise=noise, bias=bias, seed=seed),
            "params": forms.values(self.own),
        }

    @property
    def fixed(self) -> dict[str, Any]:
        """What the cells of the sweep share: the tasks, and the verifier's noise."""
        n_tasks, n_numbers = self.varied["n_tasks"].value, self.varied["n_numbers"].value
        made = {"n_tasks": n_tasks, "n_numbers": n_numbers}
        return {"noise": self.noise.value, **(made if n_tasks else {"tasks": (self.task,)})}

    def _grid(self) -> Grid:
        tokens, seeds = self.varied["tokens"], self.varied["seeds"]
        return {
            "algorithm": list(self.varied["algorithms"].value),
            "tokens": whole_numbers(tokens.value_input, "token budgets to try"),
            "seed": whole_numbers(seeds.value_input, "seeds to try"),
        }

    def _show_params(self) -> None:
        entry = algorithms()[self.algorithm.value]
        self.own = {found.name: _field(found) for found in options(entry.params)}
        self.params.objects = list(self.own.values())


def _field(found: Option) -> Any:
    label = found.help
    if found.choices is not None:
        return forms.select(label, list(found.choices), value=found.default)
    if found.type is bool:
        return forms.checkbox(label, value=found.default)
    low = -(2**31) if found.low is None else found.low
    high = 2**31 if found.high is None else found.high
    if found.type is int:
        return forms.whole(label, found.default, int(low), int(high))
    return forms.number(label, found.default, low, high)
