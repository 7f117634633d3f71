"""every: a step again and again on the page's own turn, once the browser shows the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn


def every(period_ms: int, step: Callable[[], None]) -> Callable[[], None] | None:
    """A function that ends the calls of `step`; None where there is no page.

    Nothing is called before the browser says that it has loaded the page: until then
    Panel drops changes, also those made after the browser was sent the document.
    """
    if pn.state.curdoc is None:
        return None

    def turn() -> None:
        if pn.state.loaded:
            step()

    callback: Any = pn.state.add_periodic_callback(turn, period=period_ms)
    return callback.stop  # type: ignore[no-any-return]  # Panel has no types
