"""The embedded study: computed when first wanted, then read from the user's cache folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from platformdirs import user_cache_path

from workbench.core.progress import Progress, silent
from workbench.errors import WorkbenchError
from workbench.studies.cache import MANIFEST, load_study, save_study
from workbench.studies.recipe import Recipe
from workbench.studies.study import Study, compute


def demo_study(
    cache_dir: str | Path | None = None,
    on_progress: Progress = silent,
    recipe: Recipe | None = None,
) -> Study:
    """The embedded study, from the cache or computed now and kept there.

    A cached study that fails its checks is computed again, and its `note` says
    so; a cache that cannot be written is only noted.

    Parameters
    ----------
    cache_dir
        Where to keep it; the user's cache folder by default.
    """
    chosen = recipe or Recipe()
    base = Path(cache_dir) if cache_dir is not None else user_cache_path("circuit-workbench")
    folder = base / f"study-{chosen.key()}"
    note = ""
    if (folder / MANIFEST).exists() or folder.exists():
        on_progress(0.0, "reading the cached study")
        try:
            return load_study(chosen, folder)
        except WorkbenchError as error:
            note = f"The cached study was computed again: {error}"
    study = replace(compute(chosen, on_progress), note=note)
    try:
        save_study(study, folder)
    except OSError as error:
        reason = error.strerror or str(error)
        study = replace(study, note=f"The study could not be kept in {folder}: {reason}.")
    return study
