"""Studies on disk: a folder of plain files and a manifest with their hashes."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from workbench.circuits import load as load_circuit
from workbench.circuits import save as save_circuit
from workbench.core.arrays import AnyArray
from workbench.core.files import write_atomic
from workbench.core.tables import Table
from workbench.data import load as load_data
from workbench.errors import FormatError
from workbench.learning import Pruned
from workbench.limits import LIMITS
from workbench.reasoning import load_run, save_run
from workbench.studies.recipe import Recipe
from workbench.studies.steps import Learned, judged, original
from workbench.studies.study import DATASET, Study
from workbench.theories import from_json, to_json

MANIFEST = "study.json"


def save_study(study: Study, folder: Path) -> Path:
    """`folder`, now holding `study`; it appears complete or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        built = Path(scratch) / folder.name
        built.mkdir()
        _write(study, built)
        if folder.exists():
            shutil.rmtree(folder)
        built.rename(folder)
    return folder


def load_study(recipe: Recipe, folder: Path) -> Study:
    """The study in `folder`, after every file agreed with its hash.

    Raises
    ------
    FormatError
        When a file is missing, changed or not what it should be.
    """
    facts = _checked(recipe, folder)
    data = load_data(DATASET, seed=recipe.seed)
    binned = load_data(DATASET, bins=recipe.bins, seed=recipe.seed)
    learned = Learned(data, load_circuit(folder / "circuit.wbc"), _table(folder / "history.csv"))
    described = judged(
        binned,
        original(data),
        recipe.label,
        load_circuit(folder / "class.wbc"),
        from_json(_text(folder / "theory.json")),
    )
    smaller = Pruned(
        circuit=load_circuit(folder / "pruned.wbc"),
        removed=_table(folder / "removed.csv"),
        bound=float(facts["bound"]),
        loss=float(facts["loss"]),
    )
    records = {
        name: _table(folder / f"records-{place}.csv") for place, name in enumerate(facts["methods"])
    }
    runs = tuple(load_run(folder / f"run-{place}.jsonl") for place in range(facts["n_runs"]))
    return Study(recipe, learned, smaller, described, records, runs)


def _write(study: Study, folder: Path) -> None:
    save_circuit(study.learned.circuit, folder / "circuit.wbc")
    save_circuit(study.pruned.circuit, folder / "pruned.wbc")
    save_circuit(study.described.circuit, folder / "class.wbc")
    write_atomic(folder / "theory.json", to_json(study.described.theory).encode())
    write_atomic(folder / "history.csv", _csv(study.learned.history))
    write_atomic(folder / "removed.csv", _csv(study.pruned.removed))
    for place, table in enumerate(study.records.values()):
        write_atomic(folder / f"records-{place}.csv", _csv(table))
    for place, run in enumerate(study.runs):
        save_run(run, folder / f"run-{place}.jsonl")
    facts = {
        "recipe": asdict(study.recipe),
        "bound": study.pruned.bound,
        "loss": study.pruned.loss,
        "methods": list(study.records),
        "n_runs": len(study.runs),
        "files": {path.name: _sha256(path) for path in sorted(folder.iterdir())},
    }
    write_atomic(folder / MANIFEST, json.dumps(facts, indent=2).encode())


def _checked(recipe: Recipe, folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        facts: dict[str, Any] = json.loads(_text(path))
        files, given = facts["files"], facts["recipe"]
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(path, "the manifest", str(error)) from None
    if given != asdict(recipe):
        raise FormatError(path, "recipe", "it is the study of another recipe")
    for name, expected in files.items():
        if _sha256(folder / Path(name).name) != expected:
            raise FormatError(folder / name, "the file", "its content has changed")
    return facts


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise FormatError(path, "the file", error.strerror or "unreadable") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LIMITS.file_bytes:
            raise FormatError(path, "the file", "it is too large")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(path, "the file", str(error)) from None


def _csv(table: Table) -> bytes:
    text = io.StringIO()
    text.write(",".join(table) + "\n")
    rows: Iterable[Any] = zip(*(table[name].tolist() for name in table), strict=True)
    text.writelines(",".join(map(repr, row)) + "\n" for row in rows)
    return text.getvalue().encode()


def _table(path: Path) -> Table:
    lines = [line.split(",") for line in _text(path).splitlines()]
    if not lines or any(len(cells) != len(lines[0]) for cells in lines):
        raise FormatError(path, "the table", "its rows differ in length")
    names, rows = lines[0], lines[1:]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    try:
        return Table({n: _numbers(c) for n, c in zip(names, columns, strict=True)})
    except ValueError as error:
        raise FormatError(path, "the table", str(error)) from None


def _numbers(cells: Sequence[str]) -> AnyArray:
    whole = all(cell.lstrip("-").isdigit() for cell in cells)
    return np.array(cells, dtype=np.str_).astype(np.int64 if whole else np.float64)
