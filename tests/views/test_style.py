"""Contrast, colour distance and order of the style table, computed here from scratch."""

import itertools
import json
import math
import subprocess
import sys

import numpy as np
import pytest

from workbench.errors import ParameterError
from workbench.views.style import (
    STYLE,
    as_json,
    bokeh_theme,
    css_variables,
    palette,
    ramp_colour,
)

THEMES = ("light", "dark")

# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear sRGB.
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
D65 = np.array([0.95047, 1.0, 1.08883])


def linear(colour):
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return float(linear(colour) @ TO_XYZ[1])


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(colour, vision="normal"):
    seen = np.clip(VISION[vision] @ linear(colour), 0, 1)
    share = TO_XYZ @ seen / D65
    root = np.where(share > 216 / 24389, np.cbrt(share), (share * 24389 / 27 + 16) / 116)
    return 116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])


def chroma_boost(one, other):
    mean = (math.hypot(*one[1:]) + math.hypot(*other[1:])) / 2
    return 0.5 * (1 - math.sqrt(mean**7 / (mean**7 + 25.0**7)))


def polar(colour, boost):
    a = colour[1] * (1 + boost)
    return math.hypot(a, colour[2]), math.degrees(math.atan2(colour[2], a)) % 360


def ciede2000(one, other):
    boost = chroma_boost(one, other)
    (c1, h1), (c2, h2) = polar(one, boost), polar(other, boost)
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = h1 + h2 if not c1 * c2 else (h1 + turn / 2) % 360
    light, c = (one[0] + other[0]) / 2, (c1 + c2) / 2
    weights = [(1, 0, 0), (-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63)]
    t = sum(w * math.cos(math.radians(n * hue + o)) for w, n, o in weights)
    s_l = 1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2)
    d_l = (other[0] - one[0]) / s_l
    d_c = (c2 - c1) / (1 + 0.045 * c)
    d_h = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)) / (1 + 0.015 * c * t)
    rotation = 60 * math.exp(-(((hue - 275) / 25) ** 2))
    r_t = -2 * math.sqrt(c**7 / (c**7 + 25.0**7)) * math.sin(math.radians(rotation))
    return math.sqrt(d_l**2 + d_c**2 + d_h**2 + r_t * d_c * d_h)


@pytest.mark.parametrize(
    ("one", "other", "expected"),  # Sharma, Wu and Dalal (2005), table 1
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.0, 2.0), (50, 0, 0), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_distance_itself(one, other, expected):
    assert ciede2000(one, other) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["canvas", "panel"])
@pytest.mark.parametrize("ink", ["text", "muted", "accent", "warn"])
def test_text_has_contrast(theme, ground, ink):
    surfaces = palette(theme).surfaces
    assert contrast(getattr(surfaces, ink), getattr(surfaces, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_glyphs_and_controls_have_contrast(theme):
    colours = palette(theme)
    surfaces, states = colours.surfaces, colours.states
    assert contrast(surfaces.edge, surfaces.canvas) >= 3.0
    assert contrast(surfaces.edge, surfaces.panel) >= 3.0
    for state in (states.solved, states.failed, states.inactive, states.focus, states.selected):
        assert contrast(state, surfaces.canvas) >= 3.0
    for hue in colours.hues:
        assert contrast(hue.colour, surfaces.canvas) >= 3.0
        assert contrast(hue.label, hue.colour) >= 4.5
    for fill in (states.solved, states.failed):
        assert contrast(states.mark_colour, fill) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_categories_are_apart(theme, vision):
    seen = [lab(hue.colour, vision) for hue in palette(theme).hues]
    assert min(ciede2000(a, b) for a, b in itertools.combinations(seen, 2)) >= 15


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_solved_and_failed_are_apart(theme, vision):
    states = palette(theme).states
    assert ciede2000(lab(states.solved, vision), lab(states.failed, vision)) >= 15


@pytest.mark.parametrize("vision", VISION)
def test_ordinal_ramps_are_monotone(vision):
    for theme, sign in (("light", -1), ("dark", 1)):
        seen = [lab(colour, vision) for colour in palette(theme).ordinal]
        assert all(sign * (b[0] - a[0]) > 0 for a, b in itertools.pairwise(seen))
        assert min(ciede2000(a, b) for a, b in itertools.pairwise(seen)) >= 7.9


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_diverging_ramps_turn_at_the_middle(theme, vision):
    seen = [lab(colour, vision) for colour in palette(theme).diverging]
    sign = 1 if theme == "light" else -1
    towards = [sign * (b[0] - a[0]) > 0 for a, b in itertools.pairwise(seen)]
    assert towards == [True] * 3 + [False] * 3
    assert ciede2000(seen[0], seen[-1]) >= 40


def test_every_meaning_has_more_than_a_colour():
    hues = palette("light").hues
    assert len({hue.marker for hue in hues}) == len(hues) == len(palette("dark").hues)
    described = {(g.shape, g.mark, g.fill == "none", g.dash) for g in STYLE.glyphs.values()}
    # "leaf" is the general form of the Gaussian leaf and looks like it
    assert len(described) == len(STYLE.glyphs) - 1


def test_themes_have_the_same_steps():
    light, dark = palette("light"), palette("dark")
    assert [hue.name for hue in light.hues] == [hue.name for hue in dark.hues]
    assert len(light.ordinal) == len(dark.ordinal) == 7
    assert all(glyph.hue < len(light.hues) for glyph in STYLE.glyphs.values())


def test_json_is_the_table():
    described = json.loads(as_json())
    assert described["palettes"]["dark"]["hues"][1]["colour"] == "#d96d2e"
    assert described["glyphs"]["product"]["shape"] == "square"
    assert list(described["glyphs"]) == sorted(STYLE.glyphs)


def test_json_is_equal_in_another_process_and_loads_no_toolkit():
    code = (
        "import sys; from workbench.views.style import as_json; sys.stdout.write(as_json());"
        "assert not {'bokeh', 'panel', 'matplotlib', 'holoviews'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode() == as_json()


@pytest.mark.parametrize("theme", THEMES)
def test_bokeh_accepts_the_theme(theme):
    from bokeh.plotting import figure
    from bokeh.themes import Theme

    plot = figure()
    Theme(json=bokeh_theme(theme)).apply_to_model(plot)
    assert plot.background_fill_color == palette(theme).surfaces.canvas


def test_css_names_every_hue():
    assert css_variables("dark")["--wb-hue-6"] == "#e7e169"
    assert css_variables("light")["--wb-mark-colour"] == "#ffffff"


def test_ramp_ends_are_its_colours():
    ramp = palette("light").ordinal
    assert ramp_colour(ramp, 0.0) == ramp[0]
    assert ramp_colour(ramp, 2.0) == ramp[-1]
    assert ramp_colour(ramp, 0.5) == ramp[3]


def test_unknown_theme_lists_the_themes():
    with pytest.raises(ParameterError, match=r"light.*dark"):
        palette("sepia")
