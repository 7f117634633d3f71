"""Form widgets, all alike: small, as wide as their panel, 16 px apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import panel as pn
import panel_material_ui as pmui

from workbench.dashboard.parts import Blocks
from workbench.views.style import STYLE

_ALIKE = {"margin": 0, "sizing_mode": "stretch_width"}


def _sized(params: dict[str, Any]) -> dict[str, Any]:
    """As wide as the panel, unless a width is given."""
    return {"margin": 0, "sizing_mode": None if "width" in params else "stretch_width", **params}


def column(*objects: Any, gap: int = STYLE.layout.card_gap) -> pn.Column:
    """`objects` below each other with equal gaps."""
    return pn.Column(*objects, styles={"gap": f"{gap}px"}, **_ALIKE)


def row(*objects: Any, gap: int = STYLE.layout.spacing[1]) -> pn.Row:
    """`objects` beside each other, wrapped where they do not fit.

    No FlexBox: it makes its page from text that the browser would have to run.
    """
    for each in objects:
        each.align = "center"
    styles = {"flex-wrap": "wrap", "gap": f"{gap}px"}
    return pn.Row(*objects, styles=styles, **_ALIKE)


def select(label: str, options: Any, **params: Any) -> pmui.Select:
    """A choice among `options`, a list or a mapping from text to value."""
    return pmui.Select(label=label, options=options, size="small", **_sized(params))


def whole(label: str, value: int, start: int, end: int, **params: Any) -> pmui.IntInput:
    """A whole number from `start` to `end`."""
    return _bounded(
        pmui.IntInput(
            label=label, value=value, start=start, end=end, size="small", **_sized(params)
        )
    )


def number(label: str, value: float, start: float, end: float, **params: Any) -> pmui.FloatInput:
    """A number from `start` to `end`."""
    return _bounded(
        pmui.FloatInput(
            label=label, value=value, start=start, end=end, size="small", **_sized(params)
        )
    )


def _bounded(field: Any) -> Any:
    """`field`, which goes to the nearest bound when something beyond it is typed."""

    def keep(_: Any) -> None:
        value = field.start if field.value is None else field.value
        field.value = min(max(value, field.start), field.end)

    field.param.watch(keep, "value")
    return field


def slider(label: str, value: float, start: float, end: float, step: float) -> pmui.FloatSlider:
    """A number on a line; handlers should watch `value_throttled`."""
    return pmui.FloatSlider(
        label=label, value=value, start=start, end=end, step=step, size="small", **_ALIKE
    )


def text(label: str, value: str = "", **params: Any) -> pmui.TextInput:
    """A line of text."""
    return pmui.TextInput(label=label, value=value, size="small", **_sized(params))


def checkbox(label: str, *, value: bool = False) -> pmui.Checkbox:
    """A yes or no."""
    return pmui.Checkbox(label=label, value=value, margin=0, size="small")


def choices(label: str, options: Any, value: list[Any]) -> pmui.MultiChoice:
    """Any number of `options`, a mapping from text to value."""
    return pmui.MultiChoice(label=label, options=options, value=value, **_ALIKE)


def button(
    label: str, on_click: Callable[[], None], *, primary: bool = False, **params: Any
) -> Any:
    """A button; one primary button per panel says what comes next."""
    made = pmui.Button(
        label=label,
        variant="contained" if primary else "outlined",
        color="primary" if primary else "default",
        disable_elevation=True,
        **_sized(params),
    )
    made.on_click(lambda _: on_click())
    return made


def toggles(options: Any, value: Any, **params: Any) -> pmui.RadioButtonGroup:
    """A row of buttons of which exactly one is chosen."""
    return pmui.RadioButtonGroup(
        options=options,
        value=value,
        size="small",
        color="default",
        margin=0,
        sx={"& .MuiToggleButton-root": {"whiteSpace": "nowrap"}},
        **params,
    )


def pair(left: Any, right: Any) -> pn.Row:
    """Two widgets that share a line evenly."""
    return pn.Row(left, right, styles={"gap": f"{STYLE.layout.spacing[1]}px"}, **_ALIKE)


def fold(title: str, content: Any) -> pmui.Accordion:
    """`content` under a title that opens and closes it; `active` is [0] while it is open."""
    flat = {
        "background": "transparent",
        "backgroundImage": "none",
        "borderTop": "1px solid var(--wb-divider)",
        "& .MuiAccordionSummary-root": {"padding": 0, "minHeight": 32},
        "& .MuiAccordionSummary-content": {"margin": "4px 0 !important"},
        "& .MuiAccordionDetails-root": {"padding": "4px 0 0 0"},
    }
    return pmui.Accordion(
        (title, content),
        active=[],
        disable_gutters=True,
        elevation=0,
        title_variant="subtitle2",
        sx=flat,
        **_ALIKE,
    )


def beside(left: Any, right: Any) -> pn.Row:
    """Two views that share the bottom panel evenly, each scrolling by itself."""
    gap = {"gap": f"{STYLE.layout.card_gap}px"}
    return pn.Row(left, right, styles=gap, sizing_mode="stretch_both", margin=0)


def inline(**params: Any) -> Blocks:
    """Blocks that share a line with widgets and take what is left of it."""
    return Blocks(sizing_mode=None, styles={"flex": "1 1 160px", "width": "auto"}, **params)


def values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each field by its name, as it is written in a form's state."""
    return {name: field.value for name, field in fields.items()}


def fill(fields: Mapping[str, Any], known: Any) -> None:
    """Nothing; gives fields the values of `known`, which may hold anything.

    What a field does not take stays as it is: a state may come from elsewhere.
    """
    given = known if isinstance(known, Mapping) else {}
    for name, field in fields.items():
        value = given.get(name, field.value)
        if value != field.value and _fits(field, value):
            with suppress(ValueError, TypeError):
                field.value = value


def _fits(field: Any, value: Any) -> bool:
    options = getattr(field, "options", None)
    if options is None:
        are_numbers = _is_number(value) and _is_number(field.value)
        return are_numbers or isinstance(value, type(field.value))
    return value in (list(options.values()) if isinstance(options, Mapping) else list(options))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
