"""Reads what a page's state says, which may hold anything: a workspace can come from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

CANVAS_FIELDS = ("filter", "hidden")


def part(state: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The mapping under `name`; an empty one where there is none.

    Examples
    --------
    >>> part({"form": {"seed": 1}}, "form"), part({"form": 3}, "form")
    ({'seed': 1}, {})
    """
    found = state.get(name)
    return found if isinstance(found, Mapping) else {}


def whole(state: Mapping[str, Any], name: str) -> int | None:
    """The whole number under `name`; None where there is none.

    Examples
    --------
    >>> whole({"focus": 7}, "focus"), whole({"focus": True}, "focus")
    (7, None)
    """
    found = state.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def word(state: Mapping[str, Any], name: str, usual: str = "") -> str:
    """The text under `name`; `usual` where there is none.

    Examples
    --------
    >>> word({"mode": "Ask"}, "mode"), word({}, "mode", "Look")
    ('Ask', 'Look')
    """
    found = state.get(name)
    return found if isinstance(found, str) else usual


def entries(state: Mapping[str, Any], name: str) -> list[Any]:
    """The list under `name`; an empty one where there is none.

    Examples
    --------
    >>> entries({"undo": [1]}, "undo"), entries({"undo": "x"}, "undo")
    ([1], [])
    """
    found = state.get(name)
    return list(found) if isinstance(found, list) else []


def of_canvas(canvas: Any) -> dict[str, Any]:
    """What a canvas shows beside its figure: selection, camera, filter and faded glyphs."""
    camera = {name: canvas.camera[name] for name in ("x", "y", "zoom") if name in canvas.camera}
    return {
        "selection": [int(node) for node in canvas.selection],
        "camera": camera,
        "filter": canvas.filter,
        "hidden": list(canvas.hidden),
    }


def aim_canvas(canvas: Any, state: Mapping[str, Any]) -> None:
    """Nothing; before it shows its figure, `canvas` gets the camera and the filter of `state`."""
    camera = part(state, "camera")
    numbers = [camera.get(name) for name in ("x", "y", "zoom")]
    known = all(isinstance(one, int | float) and math.isfinite(one) for one in numbers)
    canvas.param.update(
        camera=dict(zip(("x", "y", "zoom"), numbers, strict=True)) if known else {},
        filter=word(state, "filter"),
        hidden=[name for name in entries(state, "hidden") if isinstance(name, str)],
    )


def selected(state: Mapping[str, Any]) -> list[int]:
    """The ids that were selected on a canvas."""
    return [node for node in entries(state, "selection") if isinstance(node, int)]
