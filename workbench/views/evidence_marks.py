"""Evidence on the picture of a circuit: leaves whose value is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.core.tables import Table
from workbench.views.spec import FigureSpec


def with_evidence(figure: FigureSpec, circuit: Circuit, known: Mapping[int, str]) -> FigureSpec:
    """`figure` of `circuit` with the leaves of known variables marked and their values written.

    Parameters
    ----------
    known
        By column, what is known in words. No node moves, so views keep their cameras.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> from workbench.views import circuit_figure
    >>> build = Builder((categorical("x", 2),))
    >>> leaf = build.circuit(build.categorical(0, [0.5, 0.5]))
    >>> nodes = with_evidence(circuit_figure(leaf), leaf, {0: "x = 1"}).tables["nodes"]
    >>> nodes["glyph"].tolist(), nodes["label"].tolist()
    (['evidence'], ['x = 1'])
    """
    if not known:
        return figure
    nodes = figure.tables["nodes"]
    order = np.argsort(circuit.ids)
    found = order[np.searchsorted(circuit.ids, nodes["id"], sorter=order)]
    columns = circuit.leaf_variables[found]  # -1 at inner nodes
    marked = np.flatnonzero(np.isin(columns, list(known)))
    glyphs, labels = (nodes[name].astype(object) for name in ("glyph", "label"))
    glyphs[marked] = "evidence"
    labels[marked] = [known[column] for column in columns[marked].tolist()]
    changed = Table({**nodes, "glyph": glyphs, "label": labels})
    return replace(figure, tables={**figure.tables, "nodes": changed})
