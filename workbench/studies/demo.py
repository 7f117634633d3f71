"""The embedded study: a workspace among the user's own, filled when it is first wanted."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from workbench.core.progress import Progress, silent
from workbench.reasoning import Run
from workbench.reasoning.run import OPEN
from workbench.store import Workspace, studies_folder
from workbench.store import open as open_workspace
from workbench.studies.counts import Outcomes, Records
from workbench.studies.recipe import Recipe
from workbench.studies.study import DATASET, Study, compute

DOOR = "demo"
RECIPE = "recipe"


def demo_study(
    folder: str | Path | None = None,
    on_progress: Progress = silent,
    recipe: Recipe | None = None,
) -> Path:
    """The folder of the embedded study, a workspace with everything that it computed.

    It is computed when it is not there, or when another recipe made it. What
    somebody saved there is never lost: what is computed comes as new revisions, and
    only where the latest one was computed, too.

    Parameters
    ----------
    folder
        Where the studies are; the user's own by default, see
        :func:`workbench.store.studies_folder`.

    Raises
    ------
    StorageError
        When nothing can be written there.
    """
    chosen = recipe or Recipe()
    path = (studies_folder() if folder is None else Path(folder)) / f"{DATASET}.wb"
    with open_workspace(path, door=DOOR) as workspace:
        if not _is_filled(workspace, chosen):
            study = compute(chosen, on_progress)
            fill(workspace, study)
    return path


def fill(workspace: Workspace, study: Study) -> None:
    """Nothing; everything in `study` is in `workspace` now, with what it was made from.

    Examples
    --------
    >>> import tempfile
    >>> tiny = Recipe(latents=2, epochs=1, label_latents=2, n_tasks=2, n_numbers=3,
    ...               n_samples=2, n_repeats=1)
    >>> with open_workspace(Path(tempfile.mkdtemp()) / "digits.wb") as workspace:
    ...     fill(workspace, compute(tiny))
    ...     sorted(item.name for item in workspace.items("run"))
    ['run 1', 'run 2']
    """
    seed, recipe = study.recipe.seed, study.recipe
    with workspace.transaction():
        learned = _save(
            workspace, study.learned, "circuit", seed=seed,
            sources={"data": study.learned.data},
            recipe=f"learn: {recipe.latents} latent states, {recipe.epochs} epochs",
        )  # fmt: skip
        _save(
            workspace, study.pruned, "pruned circuit",
            sources={"learned": learned}, recipe=f"prune: keep {recipe.keep:.0%} of the sum edges",
        )  # fmt: skip
        _save(
            workspace, study.described, f"theory of {recipe.label}", seed=seed,
            sources={"data": study.described.data},
            recipe=f"describe: class {recipe.label}, {recipe.bins} grey levels",
        )  # fmt: skip
        for place, run in enumerate(study.runs):
            name = f"run {place + 1}"
            if _is_ours(workspace, name):
                keep_run(workspace, name, run)
        methods = {name: Outcomes(table) for name, table in study.records.items()}
        _save(
            workspace, Records("Countdown", methods), "records", seed=seed, sources={},
            recipe=f"search: {recipe.n_tasks} problems of {recipe.n_numbers} numbers",
        )  # fmt: skip
        facts = {"key": recipe.key(), **asdict(recipe)}
        _save(workspace, facts, RECIPE, sources={}, recipe="what this study was computed with")


def keep_run(workspace: Workspace, name: str, run: Run) -> str:
    """The hash of `run`, now in `workspace`; one that is open is kept though nobody asked for it.

    Examples
    --------
    >>> import tempfile
    >>> from workbench.reasoning import problems, search
    >>> run = search(problems.countdown([2, 3], 6), "beam")
    >>> with open_workspace(Path(tempfile.mkdtemp()) / "study.wb") as study:
    ...     _ = keep_run(study, "run 1", run)
    ...     study.latest("run 1").note
    'solved'
    """
    is_open = run.status in OPEN
    return workspace.save(
        run,
        name,
        seed=run.seed,
        recipe=f"{run.algorithm} on {run.task.prompt()}",
        note="unfinished" if is_open else "solved" if run.solved else "not solved",
        autosave=is_open,
    ).hash


def _save(workspace: Workspace, value: object, name: str, **facts: object) -> str:
    """The hash of what is called `name` now."""
    if not _is_ours(workspace, name):
        return workspace.put(value)
    return workspace.save(value, name, **facts).hash  # type: ignore[arg-type]  # named above


def _is_ours(workspace: Workspace, name: str) -> bool:
    """Whether nobody else has saved something under `name`."""
    history = workspace.history(name)
    return not history or history[0].door == DOOR


def _is_filled(workspace: Workspace, recipe: Recipe) -> bool:
    if not workspace.has(RECIPE):
        return False
    facts = workspace.load(RECIPE)
    return isinstance(facts, dict) and facts.get("key") == recipe.key()
