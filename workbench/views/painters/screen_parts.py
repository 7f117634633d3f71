"""What the screen painters share."""

from __future__ import annotations

from typing import Any


def blank_plot(height: int, width: int | None, **options: Any) -> Any:
    """An empty Bokeh plot; it stretches to its container when `width` is None."""
    from bokeh.plotting import figure

    size: dict[str, Any] = {"sizing_mode": "stretch_width"} if width is None else {"width": width}
    plot = figure(
        height=height,
        tools="pan,wheel_zoom,box_zoom,reset,save",
        output_backend="canvas",
        **size,
        **options,
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    return plot
