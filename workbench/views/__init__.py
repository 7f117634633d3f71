"""Values into pictures: one style table, figure specifications, layouts and painters."""

from __future__ import annotations

from workbench.views.spec import Encoding, FigureSpec, Provenance

__all__ = ["Encoding", "FigureSpec", "Provenance"]
