"""Values into pictures: one style table, figure specifications, layouts and painters."""

from __future__ import annotations

from workbench.views.bounds_figure import bounds_figure
from workbench.views.circuit_figure import circuit_figure
from workbench.views.curve_figure import band_figure, curve_figure
from workbench.views.figures import figure_of
from workbench.views.posterior_figure import posterior_figure
from workbench.views.rates_figure import rates_figure
from workbench.views.separation_figure import separation_figure
from workbench.views.spec import Encoding, FigureSpec, Provenance
from workbench.views.theory_figure import theory_figure
from workbench.views.tree_figure import tree_figure

__all__ = [
    "Encoding",
    "FigureSpec",
    "Provenance",
    "band_figure",
    "bounds_figure",
    "circuit_figure",
    "curve_figure",
    "figure_of",
    "posterior_figure",
    "rates_figure",
    "separation_figure",
    "theory_figure",
    "tree_figure",
]
