"""Makes rates.pdf, rates.svg, rates.png, rates.csv and data.sha256 beside this file.

The rounds in circuits.json were measured, with the machine that is described in it:

    workbench bench circuits --peer cirkit=PYTHON --peer spflow=PYTHON --out circuits.json

Drawing them again gives the same bytes:

    python gallery/benchmark_bars/figure.py
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from workbench.benchmarks import read_report
from workbench.core.files import write_atomic
from workbench.exports import export
from workbench.views import FigureSpec, rates_figure

REPORT = Path(__file__).parent / "circuits.json"


def figure() -> FigureSpec:
    """The figure: two workloads, what each package reaches of the limit."""
    spec = rates_figure(read_report(REPORT), workloads=("digits", "images"))
    recipe = "python gallery/benchmark_bars/figure.py"
    return replace(spec, provenance=replace(spec.provenance, recipe=recipe))


def main(folder: Path) -> None:
    """Write every file of the figure into `folder`."""
    spec = figure()
    for suffix in (".pdf", ".svg", ".png", ".csv"):
        export(spec, folder / f"rates{suffix}", venue="neurips", dpi=200)
    hashes = [f"{digest}  {name}" for name, digest in spec.provenance.inputs]
    write_atomic(folder / "data.sha256", ("\n".join(hashes) + "\n").encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
