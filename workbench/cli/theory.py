"""workbench theory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import complete
from workbench.cli.bar import progress_bar
from workbench.cli.console import AsJson, answer, note, print_facts, rows_of
from workbench.cli.stored import InStudy, SaveAs, as_job, kept_facts
from workbench.core.units import number
from workbench.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Dataset
    from workbench.studies import Described
    from workbench.theories import Theory

LANGUAGE_OF = {".txt": "text", ".md": "sentences", ".tex": "latex", ".sql": "sql", ".json": "json"}
UNITS = {"measures.bits": "bits", "measures.recall": "share", "measures.precision": "share"}


def theory(
    data: Annotated[
        str,
        typer.Argument(
            help="A file, or the name of a built-in data set.", autocompletion=complete.data_sets
        ),
    ],
    label: Annotated[str, typer.Option(help="The class to describe.")],
    target: Annotated[str | None, typer.Option(help="The class column of a file.")] = None,
    bins: Annotated[int, typer.Option(min=2, help="Bins for continuous columns.")] = 4,
    latents: Annotated[int, typer.Option(min=1, help="Latent states per variable.")] = 4,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the rows of the class.")] = 20,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal theories.")] = 0,
    language: Annotated[
        str,
        typer.Option(
            "--as",
            help="text, sentences, latex, sql or json.",
            autocompletion=complete.renderings,
        ),
    ] = "text",
    dialect: Annotated[str, typer.Option(help="Of the SQL, as sqlglot names it.")] = "duckdb",
    out: Annotated[
        Path | None,
        typer.Option(help="Write it: .txt, .md, .tex, .sql, .json, or draw it: .pdf, .svg, ..."),
    ] = None,
    study: InStudy = None,
    save_as: SaveAs = None,
    as_json: AsJson = False,
) -> None:
    """Describe a class of a table in rules, measure them, and count them in a database.

    With --json: label, language, theory (in that language), rules (text, literals, units,
    of_class and of_all: test rows), measures (each with value, low and high), check (count
    by the database, mask_count, equal, dialect, sql) and saved; with a study also study,
    item and job.
    """
    require_language(language)
    dataset, frame = read_source(data, target, bins, seed)
    how: dict[str, Any] = {"label": label, "latents": latents, "epochs": epochs, "seed": seed}
    kept: dict[str, Any] = {}
    if study is None:
        described = described_now(dataset, frame, how, quiet=as_json)
    else:
        described, kept = _as_job(study, save_as, dataset, frame, bins, how, quiet=as_json)
    saved = None if out is None else write_theory(described.theory, out, dialect)
    written = render(described.theory, language, dialect)
    words = {"language": language, "theory": written, "saved": saved}
    told = {**theory_facts(described), **words, **kept}
    answer(told, lambda: print_theory(told), as_json=as_json, units=UNITS)
    if not described.check.equal:
        note("warning: the database counts other rows than the theory selects")


def require_language(language: str) -> None:
    """Nothing, or :class:`ParameterError` when theories are not written in `language`."""
    from workbench.theories.renderings import RENDERINGS

    if language not in RENDERINGS:
        raise ParameterError(
            "no such way to write a theory",
            given=repr(language),
            expected=f"one of {list(RENDERINGS)}",
        )


def read_source(
    data: str, target: str | None, bins: int, seed: int
) -> tuple[Dataset, pd.DataFrame]:
    """The binned dataset with classes, and the table of its original values.

    Raises
    ------
    DataError
        When the table cannot be read or has no classes.
    """
    from workbench.data import load, read_table
    from workbench.data.tables import TABLE_READERS
    from workbench.errors import DataError
    from workbench.studies import original

    dataset = load(data, target=target, bins=bins, seed=seed)
    if not dataset.classes:
        raise DataError(
            f"{dataset.name} has no classes to describe",
            remedy="Name the class column by --target.",
        )
    if Path(data).suffix.lower() in TABLE_READERS:
        return dataset, read_table(data)
    return dataset, original(load(data, target=target, seed=seed))


def _as_job(
    study: Path,
    save_as: str | None,
    dataset: Dataset,
    frame: pd.DataFrame,
    bins: int,
    how: Mapping[str, Any],
    *,
    quiet: bool,
) -> tuple[Described, dict[str, Any]]:
    from workbench.studies.tasks import Source

    name, source = save_as or f"theory of {how['label']}", Source(dataset, frame)
    return as_job(
        study, "studies.describe_class", name, quiet=quiet, source=source, bins=bins, **how
    )


def described_now(
    dataset: Dataset, frame: pd.DataFrame, how: Mapping[str, Any], *, quiet: bool
) -> Described:
    """The theory of a class, with a progress bar unless `quiet`."""
    from workbench.studies import describe

    with progress_bar(f"Describing {how['label']}", quiet=quiet) as report:
        return describe(dataset, frame, **how, on_progress=report)


def render(theory: Theory, language: str, dialect: str) -> str:
    """The theory in `language`; SQL in `dialect`."""
    from workbench.theories.renderings import RENDERINGS, sql

    return sql(theory, dialect) if language == "sql" else RENDERINGS[language](theory)


def write_theory(theory: Theory, path: Path, dialect: str = "duckdb") -> Path:
    """`path`, after the theory is there: in the language of its suffix, else as a figure."""
    from workbench.core.files import write_atomic
    from workbench.exports import export

    language = LANGUAGE_OF.get(path.suffix.lower())
    if language is None:
        return export(theory, path)
    return write_atomic(path, f"{render(theory, language, dialect)}\n".encode())


def theory_facts(described: Described) -> dict[str, Any]:
    """Rules, measures and check of a described class, as numbers."""
    from workbench.studies import rule_table

    table, check = described.measures.table, described.check
    return {
        "label": described.label,
        "rules": rows_of(rule_table(described)),
        "measures": {
            row["measure"]: {name: row[name] for name in ("value", "low", "high")}
            for row in rows_of(table)
        },
        "check": {
            "count": check.count,
            "mask_count": check.mask_count,
            "equal": check.equal,
            "dialect": check.dialect,
            "sql": check.sql,
        },
    }


def print_theory(told: dict[str, Any]) -> None:
    """Nothing; the theory is printed, then its measures and its check."""
    typer.echo(told["theory"])
    typer.echo()
    check = told["check"]
    agreement = "the same" if check["equal"] else f"{check['mask_count']:,}"
    counted = f"{check['count']:,} rows by SQL, {agreement} by the theory"
    facts: dict[str, object] = {name: _measured(each) for name, each in told["measures"].items()}
    facts["counted"] = counted
    print_facts(facts | kept_facts(told))


def _measured(each: dict[str, float | None]) -> str:
    value, low, high = each["value"], each["low"], each["high"]
    if value is None:
        return "none"
    interval = "" if low is None or high is None else f" [{number(low)}, {number(high)}]"
    return f"{number(value)}{interval}"
