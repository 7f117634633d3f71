"""Study: the embedded example, every number of it computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.core.progress import Progress, scaled, silent
from workbench.core.tables import Table
from workbench.data import load
from workbench.learning import Pruned
from workbench.reasoning import Run
from workbench.studies.recipe import Recipe
from workbench.studies.steps import (
    Described,
    Learned,
    describe,
    examples,
    graded_tasks,
    learn,
    original,
    pruned,
    repeated,
    sampled,
)

DATASET = "digits"
METHODS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "beam search": ("beam", {"n": 8, "width": 4}),
    "best of 8": ("best_of_n", {"n": 8}),
}


@dataclass(frozen=True, eq=False)
class Study:
    """Handwritten digits learned, pruned and described; Countdown searched and counted.

    Parameters
    ----------
    records
        For each method a table with one row per sample: problem, correct, tokens.
    runs
        Example searches to look at.
    """

    recipe: Recipe
    learned: Learned
    pruned: Pruned
    described: Described
    records: Mapping[str, Table]
    runs: tuple[Run, ...]


def compute(recipe: Recipe, on_progress: Progress = silent) -> Study:
    """The study of `recipe`, computed from data.

    Examples
    --------
    >>> tiny = Recipe(latents=2, epochs=1, label_latents=2, n_tasks=2, n_numbers=3,
    ...               n_samples=2, n_repeats=1)
    >>> sorted(compute(tiny).records)
    ['beam search', 'best of 8', 'one sample']
    """
    seed = recipe.seed
    data = load(DATASET, seed=seed)
    learned = learn(data, recipe.latents, recipe.epochs, seed, scaled(on_progress, 0.0, 0.45))
    smaller = pruned(learned, recipe.keep, scaled(on_progress, 0.45, 0.55))
    described = describe(
        load(DATASET, bins=recipe.bins, seed=seed),
        original(data),
        recipe.label,
        recipe.label_latents,
        recipe.epochs,
        seed,
        on_progress=scaled(on_progress, 0.55, 0.7),
    )
    tasks = graded_tasks(recipe.n_tasks, recipe.n_numbers, seed)
    records = {"one sample": sampled(tasks, recipe.n_samples, seed, scaled(on_progress, 0.7, 0.8))}
    for place, (name, (algorithm, params)) in enumerate(METHODS.items()):
        start = 0.8 + 0.1 * place
        records[name] = repeated(
            tasks,
            algorithm,
            params,
            recipe.n_repeats,
            recipe.noise,
            seed,
            scaled(on_progress, start, start + 0.1),
        )
    runs = examples(tasks, recipe.noise, seed)
    on_progress(1.0, "done")
    return Study(recipe, learned, smaller, described, records, runs)
