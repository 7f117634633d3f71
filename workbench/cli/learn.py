"""workbench learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import complete
from workbench.cli.bar import progress_bar
from workbench.cli.console import AsJson, answer, print_facts, rows_of
from workbench.cli.stored import InStudy, SaveAs, as_job, kept_facts
from workbench.core.units import quantity
from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.data import Dataset
    from workbench.learning import Fit
    from workbench.studies import Learned


def learn(
    data: Annotated[
        str,
        typer.Argument(
            help="A file, or the name of a built-in data set.", autocompletion=complete.data_sets
        ),
    ],
    structure: Annotated[
        str,
        typer.Option(
            help="What the circuit is built as, such as hclt or rat.",
            autocompletion=complete.structures,
        ),
    ] = "hclt",
    latents: Annotated[
        int, typer.Option(min=1, help="Latent states per variable or region, where there are any.")
    ] = 16,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training rows.")] = 20,
    seconds: Annotated[float | None, typer.Option(help="Stop after this long.")] = None,
    target: Annotated[str | None, typer.Option(help="The class column; it is left out.")] = None,
    bins: Annotated[int | None, typer.Option(help="Bins for continuous columns.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    seed: Annotated[int, typer.Option(help="Equal seeds give equal models.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Where to save the circuit; model.wbc unless there is a study."),
    ] = None,
    study: InStudy = None,
    save_as: SaveAs = None,
    as_json: AsJson = False,
) -> None:
    """Learn a circuit from a table and save it.

    With --json: saved, nodes, edges, parameters, measured_on ("test" or "train"),
    log_likelihood and history, a row per epoch with epoch, train, valid and, without a
    study, seconds; with one also study, item and job.
    """
    from workbench.circuits import save
    from workbench.data import load

    dataset = load(data, target=target, bins=bins)
    if study is None:
        found = _learned_here(
            dataset, structure, latents, epochs, seconds, device, seed, quiet=as_json
        )
        out = out or Path("model.wbc")
        kept: dict[str, Any] = {}
    else:
        _require_repeatable(seconds, device)
        name = save_as or f"circuit of {dataset.name}"
        found, kept = as_job(
            study, "studies.learn_circuit", name, quiet=as_json,
            source=dataset, latents=latents, epochs=epochs, seed=seed, structure=structure,
        )  # fmt: skip
    saved = None if out is None else save(found.circuit, out)
    facts = {"saved": saved, **kept, **learned_facts(found, dataset)}
    answer(facts, lambda: print_learned(facts), as_json=as_json, units=UNITS)


def _learned_here(
    dataset: Dataset,
    structure: str,
    latents: int,
    epochs: int,
    seconds: float | None,
    device: str,
    seed: int,
    *,
    quiet: bool,
) -> Fit:
    from workbench.circuits import build_structure
    from workbench.learning import fit

    start = build_structure(structure, dataset, latents=latents, seed=seed)
    with progress_bar("Learning", quiet=quiet) as report:
        return fit(
            start,
            dataset,
            epochs=epochs,
            seconds=seconds,
            device=device,
            seed=seed,
            on_progress=report,
        )


def _require_repeatable(seconds: float | None, device: str) -> None:
    """Nothing, or :class:`ParameterError`: a job gives the same result wherever it is run again."""
    if seconds is not None or device != "auto":
        raise ParameterError(
            "a job of a study takes neither --seconds nor --device",
            remedy="Leave them out, or leave out --study.",
        )


UNITS = {
    "log_likelihood": "nats per row",
    "history.train": "nats per row",
    "history.valid": "nats per row",
    "history.seconds": "seconds",
}


def learned_facts(learned: Fit | Learned, dataset: Dataset) -> dict[str, Any]:
    """Size of the learned circuit, its mean log-likelihood on unseen rows, and its history."""
    from workbench.inference import log_likelihood

    split = "test" if len(dataset.test) else "train"
    return {
        "nodes": learned.circuit.n_nodes,
        "edges": learned.circuit.n_edges,
        "parameters": learned.circuit.n_parameters,
        "measured_on": split,
        "log_likelihood": float(log_likelihood(learned.circuit, getattr(dataset, split)).mean()),
        "history": rows_of(learned.history),
    }


def print_learned(told: dict[str, Any]) -> None:
    """Nothing; the facts of :func:`learned_facts` are printed in words."""
    counts = {name: f"{told[name]:,}" for name in ("nodes", "edges", "parameters")}
    mean = quantity(told["log_likelihood"], "nats per row", digits=5)
    print_facts({**kept_facts(told), **counts, f"{told['measured_on']} log-likelihood": mean})
