"""Where nodes lie: layered layout for circuits, tidy layout for trees."""

from __future__ import annotations

from workbench.views.layouts.layered import Layered, closest_levels, layered
from workbench.views.layouts.tidy import Places, breadth_first, tidy

__all__ = ["Layered", "Places", "breadth_first", "closest_levels", "layered", "tidy"]
