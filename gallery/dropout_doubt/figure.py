"""Makes doubt.pdf, doubt.svg, doubt.png, doubt.csv and data.sha256 beside this file.

Circuits of the ten classes of handwritten digits (circuits/) are asked about test images, the same
images rotated or with noise, and patches of photographs. Run it again and the numbers
stay the same:

    python gallery/dropout_doubt/figure.py
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from workbench.circuits import Circuit, save
from workbench.circuits import load as load_circuit
from workbench.core.files import write_atomic
from workbench.data import Dataset, load
from workbench.exports import export
from workbench.studies import class_circuits, doubt, unfamiliar_images
from workbench.views import FigureSpec, separation_figure

RATE, SEED = 0.05, 0
CIRCUITS = Path(__file__).parent / "circuits"


def learned(data: Dataset) -> tuple[Circuit, ...]:
    """The circuits beside this file; learned anew and kept there when they are gone."""
    if not CIRCUITS.exists():
        for label, circuit in zip(data.classes, class_circuits(data, seed=SEED), strict=True):
            save(circuit, CIRCUITS / f"{label}.wbc")
    return tuple(load_circuit(CIRCUITS / f"{label}.wbc") for label in data.classes)


def figure() -> FigureSpec:
    """The figure: four scores of test images and of others, with the checks of the pass."""
    data = load("digits")
    circuits = learned(data)
    found = doubt(
        data, circuits, unfamiliar_images(data, SEED), RATE, n_checked=6, n_samples=2_000, seed=SEED
    )
    spec = separation_figure(found.separation)
    made = replace(
        spec.provenance,
        inputs=(
            ("digits", data.hash),
            ("photographs", load("photographs").hash),
            *(
                (f"circuit of {name}", one.hash)
                for name, one in zip(data.classes, circuits, strict=True)
            ),
        ),
        seed=SEED,
        recipe="python gallery/dropout_doubt/figure.py",
    )
    return replace(spec, tables={**spec.tables, "checks": found.checks}, provenance=made)


def main(folder: Path) -> None:
    """Write every file of the figure into `folder`."""
    spec = figure()
    for suffix in (".pdf", ".svg", ".png", ".csv"):
        export(spec, folder / f"doubt{suffix}", venue="neurips", dpi=200)
    hashes = [f"{digest}  {name}" for name, digest in spec.provenance.inputs]
    write_atomic(folder / "data.sha256", ("\n".join(hashes) + "\n").encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
