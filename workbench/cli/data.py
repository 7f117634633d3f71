"""workbench data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.console import print_facts, print_rows
from workbench.core.units import number

if TYPE_CHECKING:
    from workbench.data import Variable

SHOWN_CATEGORIES = 6


def data(
    file: Annotated[str, typer.Argument(help="A file, or digits, iris, wine, breast_cancer.")],
    target: Annotated[str | None, typer.Option(help="The class column.")] = None,
    bins: Annotated[int | None, typer.Option(help="Bins for continuous columns.")] = None,
) -> None:
    """Say what a table holds: its columns, what is missing, how it is split."""
    import numpy as np

    from workbench.data import load

    dataset = load(file, target=target, bins=bins)
    print_facts(
        {
            "name": dataset.name,
            "rows": ", ".join(
                f"{len(getattr(dataset, split)):,} {split}" for split in ("train", "valid", "test")
            ),
            "variables": f"{dataset.n_variables:,}",
            "classes": ", ".join(dataset.classes) or "none",
        }
    )
    typer.echo()
    every = np.concatenate([dataset.train, dataset.valid, dataset.test])
    missing = np.isnan(every).mean(axis=0)
    print_rows(
        ("variable", "kind", "values", "missing"),
        (
            (variable.name, variable.kind, _values(variable), f"{number(100 * share)} %")
            for variable, share in zip(dataset.variables, missing, strict=True)
        ),
    )


def _values(variable: Variable) -> str:
    shown = ", ".join(variable.categories[:SHOWN_CATEGORIES])
    rest = variable.n_categories - SHOWN_CATEGORIES
    return f"{shown} and {rest:,} more" if rest > 0 else shown or "numbers"
