"""What a page says when its server is gone, until it is back."""

from __future__ import annotations

from typing import Any, ClassVar

from workbench.dashboard.parts import Part
from workbench.dashboard.theme import script, stylesheet


class Connection(Part):
    """A line over the page while the server does not answer; then the page is loaded again."""

    _esm = script("connection")
    _stylesheets: ClassVar = [stylesheet("connection")]

    def __init__(self, **params: Any) -> None:
        super().__init__(**{"sizing_mode": None, "width": 0, "height": 0, **params})
