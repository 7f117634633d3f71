"""Makes witness.pdf, witness.svg, witness.png, witness.csv and data.sha256 beside this file.

A small circuit that is smooth and decomposable but not deterministic, with the units
that show it marked. Run it again and every byte stays the same:

    python gallery/property_witness/figure.py
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.circuits import Builder, Circuit, check
from workbench.circuits.circuit import Kind
from workbench.core.files import write_atomic
from workbench.core.tables import Table
from workbench.data import categorical
from workbench.exports import export
from workbench.views import FigureSpec, circuit_figure

TABLES = {"no": [1.0, 0.0], "yes": [0.0, 1.0]}


def circuit() -> Circuit:
    """Weather that tells its two kinds apart by rain, travel that does not by wind."""
    build = Builder([categorical(name, ["no", "yes"]) for name in ("rain", "wind", "late")])
    rain = [build.categorical(0, TABLES[value]) for value in ("no", "yes")]
    tables = ((TABLES["no"], [0.9, 0.1]), ([0.3, 0.7], [0.5, 0.5]))
    travel = [
        build.product([build.categorical(1, wind), build.categorical(2, late)])
        for wind, late in tables
    ]
    return build.circuit(
        build.product([build.sum(rain, [0.7, 0.3]), build.sum(travel, [0.6, 0.4])])
    )


def figure() -> FigureSpec:
    """The figure: the sum that fails and the children that both accept one value are marked."""
    given = circuit()
    witness = check(given).deterministic.witness
    if witness is None:
        raise SystemExit("this circuit is deterministic: there is nothing to show")
    spec = circuit_figure(given, failed=witness.nodes, title=str(witness))
    edges, nodes = spec.tables["edges"], spec.tables["nodes"]
    marked = np.isin(nodes["id"], witness.nodes)
    path = marked[edges["source"]] & marked[edges["target"]]
    tables = {
        **spec.tables,
        "edges": Table({**edges, "path": path}),
        "nodes": Table({**nodes, "label": labels(given)}),
    }
    made = replace(spec.provenance, recipe="python gallery/property_witness/figure.py")
    return replace(spec, tables=tables, provenance=made)


def labels(given: Circuit) -> np.ndarray:
    """(n_nodes,) kind and number of inner units, for leaves the values they accept."""
    words = []
    for node in range(given.n_nodes):
        kind = Kind(given.kinds[node])
        if kind != Kind.LEAF:
            words.append(f"{kind.name.lower()} {given.ids[node]}")
            continue
        variable = given.variables[given.leaf_variables[node]]
        accepted = np.flatnonzero(given.table_of(node) > -np.inf)
        only = f" = {variable.categories[accepted[0]]}" if len(accepted) == 1 else ""
        words.append(f"{variable.name}{only}")
    return np.array(words, dtype=object)


def main(folder: Path) -> None:
    """Write every file of the figure into `folder`."""
    spec = figure()
    for suffix in (".pdf", ".svg", ".png", ".csv"):
        export(spec, folder / f"witness{suffix}", venue="neurips", height=3.0, dpi=200)
    hashes = [f"{digest}  {name}" for name, digest in spec.provenance.inputs]
    write_atomic(folder / "data.sha256", ("\n".join(hashes) + "\n").encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
