"""The style table as a Material theme and as CSS variables, in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.views.style import STYLE, Surfaces, Theme, css_variables, palette

STATIC = Path(__file__).with_name("static")


def stylesheet(*names: str) -> str:
    """The text of our style sheets, `base` first."""
    return "\n".join((STATIC / f"{name}.css").read_text("utf-8") for name in ("base", *names))


def script(name: str) -> str:
    """The module of the component `name`, after what all components share."""
    return "".join((STATIC / f"{part}.js").read_text("utf-8") for part in ("shared", name))


def theme_config() -> dict[str, Any]:
    """The Material theme of both modes: our colours, type, radii and neutral chrome."""
    return {"light": _material("light"), "dark": _material("dark")}


def page_styles() -> dict[str, Any]:
    """Styles of the page itself: our CSS variables, a neutral 48 px header, plain fonts."""
    header = {
        "minHeight": f"{STYLE.layout.header}px !important",
        "height": f"{STYLE.layout.header}px",
        "padding": "0 16px !important",
        "gap": "24px",
        "margin": "0 !important",
    }
    return {
        **{f"&.mui-{name}": _variables(name) for name in ("light", "dark")},
        "& .MuiToolbar-root": header,
        "& .header": {"height": f"{STYLE.layout.header}px"},
        "& .header .MuiLinearProgress-root": {
            "position": "absolute",
            "bottom": 0,
            "height": "2px",
        },
        "& .header .title": {
            "color": "var(--wb-text) !important",
            "fontSize": "16px",
            "fontWeight": 600,
            "whiteSpace": "nowrap",
            "maxWidth": "240px",
            "overflow": "hidden",
            "textOverflow": "ellipsis",
        },
        "& .header .MuiIconButton-root": {"color": "var(--wb-text)", "padding": "4px"},
    }


def _variables(theme: Theme) -> dict[str, str]:
    fonts = {"--wb-font-text": STYLE.fonts.text, "--wb-font-numbers": STYLE.fonts.numbers}
    ramp = palette(theme).ordinal
    steps = {f"--wb-ordinal-{place + 1}": colour for place, colour in enumerate(ramp)}
    both = palette(theme).diverging
    steps |= {f"--wb-diverging-{place + 1}": colour for place, colour in enumerate(both)}
    fill = ramp[4] if theme == "light" else ramp[3]
    return {**css_variables(theme), **fonts, **steps, "--wb-fill": fill}


def _material(theme: Theme) -> dict[str, Any]:
    colours = palette(theme)
    surfaces = colours.surfaces
    body, control = STYLE.type["body"], STYLE.layout.button
    return {
        "palette": {
            "primary": {"main": surfaces.accent, "contrastText": surfaces.canvas},
            "default": {
                "main": surfaces.text,
                "light": surfaces.divider,
                "dark": surfaces.text,
                "contrastText": surfaces.canvas,
            },
            "error": {"main": colours.states.failed},
            "success": {"main": colours.states.solved},
            "warning": {"main": surfaces.warn},
            "text": {"primary": surfaces.text, "secondary": surfaces.muted},
            "divider": surfaces.divider,
            "background": {"default": surfaces.canvas, "paper": surfaces.canvas},
        },
        "shape": {"borderRadius": STYLE.layout.radius_control},
        "typography": {"fontFamily": STYLE.fonts.text, "fontSize": body.px, "htmlFontSize": 16},
        "components": {
            "MuiAppBar": _override(
                backgroundColor=surfaces.panel,
                backgroundImage="none",
                color=surfaces.text,
                boxShadow="none",
                borderBottom=f"1px solid {surfaces.divider}",
            ),
            "MuiButton": _override(
                textTransform="none", boxShadow="none", minHeight=f"{control}px", fontSize="13px"
            ),
            "MuiOutlinedInput": {
                "styleOverrides": {
                    "root": {"fontSize": "13px"},
                    "notchedOutline": {"borderColor": surfaces.edge},
                }
            },
            "MuiInputLabel": _override(fontSize="13px"),
            "MuiFormControlLabel": {"styleOverrides": {"label": {"fontSize": "13px"}}},
            "MuiMenuItem": _override(fontSize="13px", minHeight="28px"),
            "MuiToggleButton": {"styleOverrides": {"root": _toggle(surfaces)}},
            "MuiPaper": _override(backgroundImage="none"),
        },
    }


def _toggle(surfaces: Surfaces) -> dict[str, Any]:
    chosen = {"backgroundColor": surfaces.divider, "color": surfaces.text, "fontWeight": 600}
    return {
        "textTransform": "none",
        "fontSize": "13px",
        "padding": "0 12px",
        "height": f"{STYLE.layout.button}px",
        "color": surfaces.text,
        "borderColor": surfaces.edge,
        "&.MuiToggleButton-default.Mui-selected": chosen,
        "&.MuiToggleButton-default.Mui-selected:hover": chosen,
    }


def _override(**styles: str) -> dict[str, Any]:
    return {"styleOverrides": {"root": styles}}
