"""workbench budget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.console import print_rows
from workbench.errors import DataError

if TYPE_CHECKING:
    from workbench.core.arrays import IdArray


def budget(
    file: Annotated[Path, typer.Argument(help="A table with columns n and c, a row per problem.")],
    level: Annotated[float, typer.Option(help="Confidence of the band.")] = 0.95,
    points: Annotated[int, typer.Option(min=2, help="Budgets to show.")] = 9,
    out: Annotated[
        Path | None, typer.Option(help="Draw the curve into .pdf, .svg or .png.")
    ] = None,
    venue: Annotated[str, typer.Option(help="Sizes and fonts of the drawing.")] = "neurips",
) -> None:
    """Estimate pass@k with a simultaneous band from draws n and successes c."""
    from workbench.budgets import band, log_spaced_ks, pass_at_k
    from workbench.exports import export

    counts = read_counts(file)
    curve = pass_at_k(counts, log_spaced_ks(int(counts[:, 0].min()), points))
    limits = band(curve, level=level)
    rows = zip(curve.ks, curve.value, limits.low, limits.high, strict=True)
    print_rows(
        ("k", "pass@k", "low", "high"),
        ((f"{k:,}", *(f"{value:.4f}" for value in values)) for k, *values in rows),
    )
    if out is not None:
        typer.echo(f"saved {export(limits, out, venue=venue)}")


def read_counts(file: Path) -> IdArray:
    """(problem, 2) draws n and successes c, from the columns of those names or the only two.

    Raises
    ------
    DataError
        When the table has no such columns or a cell is no number.
    """
    import numpy as np

    from workbench.budgets import checked_counts
    from workbench.data import read_table

    frame = read_table(file)
    columns = ["n", "c"] if {"n", "c"} <= set(frame.columns) else list(frame.columns)
    if len(columns) != 2:
        raise DataError(
            f"cannot read counts from {file.name}",
            given=f"columns {list(frame.columns)[:20]}",
            expected="columns n (draws) and c (successes)",
        )
    try:
        counts = frame[columns].to_numpy(dtype=np.float64)
    except ValueError as error:
        raise DataError(f"cannot read counts from {file.name}: {error}") from error
    return checked_counts(counts)
