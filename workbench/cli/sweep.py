"""workbench sweep: one job with a cell for each combination of recipes, tasks and seeds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import complete
from workbench.cli.console import AsJson, answer, complain, note, print_rows, rows_of
from workbench.cli.search import parse_task
from workbench.cli.stored import cell_words, followed, opened
from workbench.core.lists import names, whole_numbers
from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.data import Dataset
    from workbench.jobs import Job

UNITS = {"train": "nats per row", "valid": "nats per row", "test": "nats per row"}

InStudy = Annotated[
    Path,
    typer.Option(
        "--study", help="The study that keeps the results.", autocompletion=complete.studies
    ),
]
SaveAs = Annotated[str, typer.Option("--save-as", help="What the table is called there.")]
Later = Annotated[
    bool, typer.Option("--later", help="Only submit; the program that serves the study runs it.")
]
DEFAULT = Path("sweeps.wb")


def learn(
    data: Annotated[
        str,
        typer.Argument(
            help="Tables, separated by commas: files or built-in data sets.",
            autocompletion=complete.data_sets,
        ),
    ],
    structures: Annotated[
        str,
        typer.Option(help="Such as hclt,rat.", autocompletion=complete.structures),
    ] = "hclt",
    latents: Annotated[str, typer.Option(help="Such as 4,8,16 or 1..4.")] = "16",
    epochs: Annotated[str, typer.Option(help="Such as 5,10,20.")] = "20",
    seeds: Annotated[str, typer.Option(help="Such as 0..9.")] = "0",
    target: Annotated[str | None, typer.Option(help="The class column; it is left out.")] = None,
    bins: Annotated[int | None, typer.Option(help="Bins for continuous columns.")] = None,
    study: InStudy = DEFAULT,
    save_as: SaveAs = "learning sweep",
    later: Later = False,
    as_json: AsJson = False,
) -> None:
    """Learn a circuit for each combination, with a live table.

    With --json: study, job, status, saved_as and table, a row per cell: data, structure,
    latents, epochs, seed, status, train, valid, test, nodes, edges, parameters, seconds, error, id
    and result (the hash of the learned cell).
    """
    from workbench.circuits import STRUCTURES
    from workbench.studies.cells import learn_cell

    grid: dict[str, Sequence[Any]] = {
        "data": [_table(name, target, bins) for name in names(data)],
        "structure": _known(names(structures), STRUCTURES, "structure"),
        "latents": whole_numbers(latents, "--latents"),
        "epochs": whole_numbers(epochs, "--epochs"),
        "seed": whole_numbers(seeds, "--seeds"),
    }
    _swept(study, learn_cell, grid, {"bins": bins}, save_as, later=later, as_json=as_json)


def search(
    algorithms: Annotated[
        str,
        typer.Argument(help="Such as beam,best_of_n.", autocompletion=complete.algorithms),
    ],
    task: Annotated[
        list[str] | None, typer.Option(help='"3 7 5 9 -> 24"; may be repeated.')
    ] = None,
    tasks: Annotated[int, typer.Option(min=1, help="Solvable tasks when none is given.")] = 20,
    tokens: Annotated[str, typer.Option(help="Budgets, such as 1000,4000.")] = "4000",
    seeds: Annotated[str, typer.Option(help="Such as 0..9.")] = "0",
    study: InStudy = DEFAULT,
    save_as: SaveAs = "search sweep",
    later: Later = False,
    as_json: AsJson = False,
) -> None:
    """Search all tasks with each combination of algorithm, budget and seed, with a live table.

    With --json: study, job, status, saved_as and table, a row per cell: algorithm, tokens
    given, seed, status, solved (share of the tasks), mean tokens, verifier_calls and nodes,
    seconds, error, id and result.
    """
    from workbench.reasoning import algorithms as known_algorithms
    from workbench.reasoning import problems
    from workbench.studies.cells import search_cell

    chosen = tuple(problems.countdown(*parse_task(text)) for text in task or ())
    grid: dict[str, Sequence[Any]] = {
        "algorithm": _known(names(algorithms), known_algorithms(), "algorithm"),
        "tokens": whole_numbers(tokens, "--tokens"),
        "seed": whole_numbers(seeds, "--seeds"),
    }
    fixed = {"tasks": chosen} if chosen else {"n_tasks": tasks}
    _swept(study, search_cell, grid, fixed, save_as, later=later, as_json=as_json)


COMMANDS: Mapping[str, Callable[..., None]] = {"learn": learn, "search": search}


def _table(name: str, target: str | None, bins: int | None) -> str | Dataset:
    """A built-in data set by its name, which the cell loads; a file as its dataset."""
    from workbench.data import load
    from workbench.data.builtin import BUILTIN

    return name if name in BUILTIN else load(name, target=target, bins=bins)


def _known(given: list[str], known: Collection[str], what: str) -> list[str]:
    for name in given:
        if name not in known:
            raise ParameterError(
                f"no such {what}", given=repr(name), expected=f"one of {sorted(known)}"
            )
    return given


def _swept(
    study: Path,
    function: Callable[..., Any],
    grid: Mapping[str, Sequence[Any]],
    fixed: Mapping[str, Any],
    save_as: str,
    *,
    later: bool,
    as_json: bool,
) -> None:
    with opened(study, run=not later, create=True) as found:
        job = found.sweep(function, grid, save_as=save_as, **fixed)
        if not later:
            followed(job, quiet=as_json)
        _tell(job, study, as_json=as_json)
        status = str(job.status)
    if status in {"failed", "cancelled"}:
        raise typer.Exit(1)


def _tell(job: Job, study: Path, *, as_json: bool) -> None:
    table = job.table()
    rows = [] if table is None else rows_of(table)
    told = {
        "study": study,
        "job": job.id,
        "status": str(job.status),
        "saved_as": job.save_as,
        "table": rows,
    }

    def words() -> None:
        if table is not None:
            print_rows(*cell_words(table, list(range(table.n_rows))))
        note(f"job {job.id} of {study}: {job.text}")

    answer(told, words, as_json=as_json, units=UNITS)
    for row in rows:
        if row["error"]:
            complain(f"job {row['id']}: {row['error']}")
