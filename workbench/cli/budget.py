"""workbench budget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import complete
from workbench.cli.console import AsJson, answer, print_rows, rows_of
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
    venue: Annotated[
        str, typer.Option(help="Sizes and fonts of the drawing.", autocompletion=complete.venues)
    ] = "neurips",
    as_json: AsJson = False,
) -> None:
    """Estimate pass@k with a simultaneous band from draws n and successes c.

    With --json: level, problems, curve (rows of k, pass_at_k, low and high) and saved.
    """
    from workbench.budgets import band, log_spaced_ks, pass_at_k
    from workbench.exports import export

    counts = read_counts(file)
    curve = pass_at_k(counts, log_spaced_ks(int(counts[:, 0].min()), points))
    limits = band(curve, level=level)
    columns = {"k": curve.ks, "pass_at_k": curve.value, "low": limits.low, "high": limits.high}
    saved = None if out is None else export(limits, out, venue=venue)
    rows = rows_of(columns)
    answer(
        {"level": level, "problems": len(counts), "curve": rows, "saved": saved},
        lambda: _print(rows, saved),
        as_json=as_json,
    )


def _print(rows: list[dict[str, Any]], saved: Path | None) -> None:
    print_rows(
        ("k", "pass@k", "low", "high"),
        (
            (f"{row['k']:,}", *(f"{row[name]:.4f}" for name in ("pass_at_k", "low", "high")))
            for row in rows
        ),
    )
    if saved is not None:
        typer.echo(f"saved {saved}")


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
