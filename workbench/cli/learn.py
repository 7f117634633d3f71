"""workbench learn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.console import print_facts, progress_bar
from workbench.core.units import quantity


def learn(
    data: Annotated[str, typer.Argument(help="A file, or digits, iris, wine, breast_cancer.")],
    latents: Annotated[int, typer.Option(min=1, help="Latent states per variable.")] = 16,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training rows.")] = 20,
    seconds: Annotated[float | None, typer.Option(help="Stop after this long.")] = None,
    target: Annotated[str | None, typer.Option(help="The class column; it is left out.")] = None,
    bins: Annotated[int | None, typer.Option(help="Bins for continuous columns.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    seed: Annotated[int, typer.Option(help="Equal seeds give equal models.")] = 0,
    out: Annotated[Path, typer.Option(help="Where to save the circuit.")] = Path("model.wbc"),
) -> None:
    """Learn a circuit from a table and save it."""
    from workbench.circuits import hclt, save
    from workbench.data import load
    from workbench.inference import log_likelihood
    from workbench.learning import fit

    dataset = load(data, target=target, bins=bins)
    start = hclt(dataset, latents=latents, seed=seed)
    with progress_bar("Learning") as report:
        learned = fit(
            start,
            dataset,
            epochs=epochs,
            seconds=seconds,
            device=device,
            seed=seed,
            on_progress=report,
        )
    save(learned.circuit, out)
    rows = dataset.test if len(dataset.test) else dataset.train
    which = "test" if len(dataset.test) else "train"
    mean = float(log_likelihood(learned.circuit, rows).mean())
    print_facts(
        {
            "saved": out,
            "nodes": f"{learned.circuit.n_nodes:,}",
            "edges": f"{learned.circuit.n_edges:,}",
            "parameters": f"{learned.circuit.n_parameters:,}",
            f"{which} log-likelihood": quantity(mean, "nats per row", digits=5),
        }
    )
