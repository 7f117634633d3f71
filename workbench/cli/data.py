"""workbench data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import complete
from workbench.cli.console import AsJson, answer, print_facts, print_rows
from workbench.core.units import number

if TYPE_CHECKING:
    from workbench.data import Dataset, Variable

SHOWN_CATEGORIES = 6
EVERY = "all"


def data(
    file: Annotated[
        str | None,
        typer.Argument(
            help="A file, or the name of a built-in data set; lists those when left out.",
            autocompletion=complete.data_sets,
        ),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The class column.")] = None,
    bins: Annotated[int | None, typer.Option(help="Bins for continuous columns.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the table as .csv, .tsv or .parquet.")
    ] = None,
    split: Annotated[str, typer.Option(help="What to write: all, train, valid or test.")] = EVERY,
    as_json: AsJson = False,
) -> None:
    """Say what a table holds: its columns, what is missing, how it is split.

    With --json: name, source, rows (of train, valid and test), classes, variables (name,
    kind, categories, missing) and saved; without a file data_sets, each with name,
    source, rows, n_variables and n_classes. Missing is a share in [0, 1].
    """
    if file is None:
        _list_built_in(as_json=as_json)
        return
    from workbench.data import load, save

    dataset = load(file, target=target, bins=bins)
    saved = None if out is None else save(dataset, out, None if split == EVERY else split)
    told = _facts(dataset) | {"saved": saved}
    answer(told, lambda: _print(dataset, told), as_json=as_json, units={"missing": "share"})


def _list_built_in(*, as_json: bool) -> None:
    from workbench.data import load
    from workbench.data.builtin import BUILTIN

    found = [load(name) for name in BUILTIN]
    rows = [
        (d.name, sum(_sizes(d).values()), d.n_variables, len(d.classes), d.source) for d in found
    ]
    names = ("name", "rows", "n_variables", "n_classes", "source")
    answer(
        {"data_sets": [dict(zip(names, row, strict=True)) for row in rows]},
        lambda: print_rows(
            ("name", "rows", "variables", "classes", "source"),
            [(name, *(f"{count:,}" for count in counts), source) for name, *counts, source in rows],
        ),
        as_json=as_json,
    )


def _sizes(dataset: Dataset) -> dict[str, int]:
    return {split: len(getattr(dataset, split)) for split in ("train", "valid", "test")}


def _facts(dataset: Dataset) -> dict[str, Any]:
    import numpy as np

    every = np.concatenate([dataset.train, dataset.valid, dataset.test])
    missing = np.isnan(every).mean(axis=0).tolist()
    return {
        "name": dataset.name,
        "source": dataset.source,
        "rows": _sizes(dataset),
        "classes": dataset.classes,
        "variables": [
            {"name": v.name, "kind": v.kind, "categories": v.categories, "missing": share}
            for v, share in zip(dataset.variables, missing, strict=True)
        ],
    }


def _print(dataset: Dataset, told: dict[str, Any]) -> None:
    print_facts(
        {
            "name": dataset.name,
            "rows": ", ".join(f"{n:,} {split}" for split, n in told["rows"].items()),
            "variables": f"{dataset.n_variables:,}",
            "classes": ", ".join(dataset.classes) or "none",
        }
    )
    typer.echo()
    shares = [each["missing"] for each in told["variables"]]
    print_rows(
        ("variable", "kind", "values", "missing"),
        (
            (variable.name, variable.kind, _values(variable), f"{number(100 * share)} %")
            for variable, share in zip(dataset.variables, shares, strict=True)
        ),
    )
    if told["saved"] is not None:
        typer.echo(f"\nsaved {told['saved']}")


def _values(variable: Variable) -> str:
    shown = ", ".join(variable.categories[:SHOWN_CATEGORIES])
    rest = variable.n_categories - SHOWN_CATEGORIES
    return f"{shown} and {rest:,} more" if rest > 0 else shown or "numbers"
