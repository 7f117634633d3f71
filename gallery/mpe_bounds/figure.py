"""Makes bounds.pdf, bounds.svg, bounds.png, bounds.csv and data.sha256 beside this file.

A circuit learned from handwritten digits (digits.wbc) completes an image whose first
three lines are known. Run it again and the numbers stay the same:

    python gallery/mpe_bounds/figure.py
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.circuits import Circuit, hclt, save
from workbench.circuits import load as load_circuit
from workbench.core.files import write_atomic
from workbench.data import Dataset, load
from workbench.exports import export
from workbench.inference import mpe
from workbench.learning import fit
from workbench.views import FigureSpec, bounds_figure

LATENTS, EPOCHS, SEED = 8, 15, 0
IMAGE, N_KNOWN = 3, 24  # which test image, and how many of its pixels are known
CIRCUIT = Path(__file__).parent / "digits.wbc"


def learned(data: Dataset) -> Circuit:
    """The circuit beside this file; learned anew and kept there when it is gone."""
    if not CIRCUIT.exists():
        start = hclt(data, latents=LATENTS, seed=SEED)
        save(fit(start, data, epochs=EPOCHS, seed=SEED).circuit, CIRCUIT)
    return load_circuit(CIRCUIT)


def figure() -> FigureSpec:
    """The figure: both bounds of the most probable completion, until they meet."""
    data = load("digits")
    evidence = data.test[IMAGE].copy()
    evidence[N_KNOWN:] = np.nan
    circuit = learned(data)
    spec = bounds_figure(mpe(circuit, evidence))
    made = replace(
        spec.provenance,
        inputs=(("digits", data.hash), ("circuit", circuit.hash)),
        seed=SEED,
        recipe="python gallery/mpe_bounds/figure.py",
    )
    return replace(spec, provenance=made)


def main(folder: Path) -> None:
    """Write every file of the figure into `folder`."""
    spec = figure()
    for suffix in (".pdf", ".svg", ".png", ".csv"):
        export(spec, folder / f"bounds{suffix}", venue="neurips", height=2.6, dpi=200)
    hashes = [f"{digest}  {name}" for name, digest in spec.provenance.inputs]
    write_atomic(folder / "data.sha256", ("\n".join(hashes) + "\n").encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
