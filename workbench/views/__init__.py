"""Values into pictures: one style table, figure specifications, layouts and painters."""

from __future__ import annotations

from workbench.views.circuit_figure import circuit_figure
from workbench.views.spec import Encoding, FigureSpec, Provenance
from workbench.views.tree_figure import tree_figure

__all__ = ["Encoding", "FigureSpec", "Provenance", "circuit_figure", "tree_figure"]
