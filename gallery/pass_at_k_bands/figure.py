"""Makes curve.pdf, curve.svg, curve.png, curve.csv and data.sha256 beside this file.

The data are synthetic and declared: two methods try 60 problems whose success
probabilities follow Beta laws, 256 samples each. Run it again and every byte
stays the same:

    python gallery/pass_at_k_bands/figure.py
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.budgets import Curve, band, log_spaced_ks, pass_at_k
from workbench.core.files import write_atomic
from workbench.core.seeds import stream
from workbench.exports import export
from workbench.views.curve_figure import curve_figure
from workbench.views.spec import FigureSpec

N_PROBLEMS, N_SAMPLES, SEED = 60, 256, 0
LAWS = {"few hard problems": (0.6, 6.0), "many hard problems": (0.2955, 12.4)}


def curve_of(name: str) -> Curve:
    """pass@k of one method on problems drawn from its law."""
    rng = stream(SEED, "gallery", "pass_at_k_bands", name)
    p = rng.beta(*LAWS[name], N_PROBLEMS)
    successes = rng.binomial(N_SAMPLES, p)
    counts = np.stack([np.full(N_PROBLEMS, N_SAMPLES), successes], axis=1)
    return pass_at_k(counts, log_spaced_ks(N_SAMPLES, 33))


def figure() -> FigureSpec:
    """The figure: two curves with calibrated simultaneous 95 % bands."""
    curves = {name: curve_of(name) for name in LAWS}
    bands = {name: band(curve, seed=SEED) for name, curve in curves.items()}
    spec = curve_figure(curves, bands)
    recipe = "python gallery/pass_at_k_bands/figure.py"
    return replace(spec, provenance=replace(spec.provenance, seed=SEED, recipe=recipe))


def main(folder: Path) -> None:
    """Write every file of the figure into `folder`."""
    spec = figure()
    for suffix in (".pdf", ".svg", ".png", ".csv"):
        export(spec, folder / f"curve{suffix}", venue="neurips", height=2.6, dpi=200)
    hashes = [f"{digest}  {name}" for name, digest in spec.provenance.inputs]
    write_atomic(folder / "data.sha256", ("\n".join(hashes) + "\n").encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
