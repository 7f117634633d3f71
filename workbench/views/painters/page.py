"""A printed page: exact inches, one font that ships with Matplotlib, bytes that repeat.

The same page gives the same bytes in every process: the salt of SVG ids is
fixed, no date is written, fonts are embedded as TrueType (Type 42) in PDF, and
text in SVG is drawn as paths unless asked otherwise, because a reader's machine
may lack the font.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from workbench.errors import ParameterError
from workbench.views.style import STYLE, Palette, Theme, palette

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SvgText = Literal["path", "text"]
POINTS_PER_INCH = 72.0
POINTS_PER_PX = 0.75
SMALLEST_PT = 6.0


@dataclass(frozen=True, slots=True)
class Page:
    """Size in inches, type sizes in points and theme of one printed figure.

    Examples
    --------
    >>> Page(3.25, 2.0).width_pt
    234.0
    """

    width: float
    height: float
    label_pt: float = 8.0
    tick_pt: float = 7.0
    theme: Theme = "light"
    svg_text: SvgText = "path"
    dpi: int = 300

    @property
    def width_pt(self) -> float:
        """The width in points."""
        return self.width * POINTS_PER_INCH

    @property
    def height_pt(self) -> float:
        """The height in points."""
        return self.height * POINTS_PER_INCH

    @property
    def colours(self) -> Palette:
        """The colours of the page's theme."""
        return palette(self.theme)


def settings(page: Page) -> dict[str, Any]:
    """The Matplotlib settings of `page`, complete enough not to depend on the user's own.

    Examples
    --------
    >>> settings(Page(3.25, 2.0))["pdf.fonttype"]
    42
    """
    surfaces = page.colours.surfaces
    return {
        "font.family": [STYLE.fonts.paper],
        "font.size": page.label_pt,
        "axes.labelsize": page.label_pt,
        "axes.titlesize": page.label_pt,
        "xtick.labelsize": page.tick_pt,
        "ytick.labelsize": page.tick_pt,
        "legend.fontsize": page.tick_pt,
        "mathtext.fontset": "dejavusans",
        "text.usetex": False,
        "text.color": surfaces.text,
        "axes.labelcolor": surfaces.text,
        "axes.edgecolor": surfaces.edge,
        "axes.facecolor": surfaces.canvas,
        "axes.linewidth": 0.6,
        "axes.unicode_minus": True,
        "figure.facecolor": surfaces.canvas,
        "savefig.facecolor": surfaces.canvas,
        "savefig.bbox": None,
        "xtick.color": surfaces.edge,
        "ytick.color": surfaces.edge,
        "xtick.labelcolor": surfaces.muted,
        "ytick.labelcolor": surfaces.muted,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "grid.color": surfaces.divider,
        "grid.linewidth": 0.5,
        "path.simplify": False,
        "pdf.fonttype": 42,
        "pdf.compression": 6,
        "svg.fonttype": "path" if page.svg_text == "path" else "none",
        "svg.hashsalt": "circuit-workbench",
    }


@contextmanager
def blank(page: Page) -> Iterator[Figure]:
    """An empty figure of the size of `page`, inside its settings.

    Examples
    --------
    >>> with blank(Page(3.25, 2.0)) as figure:
    ...     figure.get_size_inches().tolist()
    [3.25, 2.0]
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context():
        mpl.rcdefaults()
        chosen: Any = settings(page)
        mpl.rcParams.update(chosen)
        yield Figure(figsize=(page.width, page.height), dpi=POINTS_PER_INCH)


def to_bytes(figure: Figure, page: Page, suffix: str, metadata: Mapping[str, str]) -> bytes:
    """`figure` as a file of the kind that `suffix` names, with `metadata` inside.

    Call it inside :func:`blank`, whose settings also govern the writing.

    Raises
    ------
    ParameterError
        When no writer knows the suffix.
    """
    if suffix not in WRITERS:
        raise ParameterError(
            "cannot draw this kind of file", given=repr(suffix), expected=f"one of {list(WRITERS)}"
        )
    stream = io.BytesIO()
    WRITERS[suffix](figure, page, stream, metadata)
    return stream.getvalue()


def _pdf(figure: Figure, page: Page, stream: io.BytesIO, metadata: Mapping[str, str]) -> None:
    undated: dict[str, Any] = {"CreationDate": None, "ModDate": None}
    figure.savefig(stream, format="pdf", metadata={**metadata, **undated})


def _svg(figure: Figure, page: Page, stream: io.BytesIO, metadata: Mapping[str, str]) -> None:
    renamed = {_SVG_NAMES[name]: text for name, text in metadata.items()}
    drawn = io.BytesIO()
    figure.savefig(drawn, format="svg", metadata={**renamed, "Date": None})
    # The document type names a file on another host; SVG readers need none.
    stream.write(re.sub(rb"<!DOCTYPE[^>]*>\n", b"", drawn.getvalue(), count=1))


def _png(figure: Figure, page: Page, stream: io.BytesIO, metadata: Mapping[str, str]) -> None:
    figure.savefig(stream, format="png", dpi=page.dpi, metadata={"Software": "", **metadata})


_SVG_NAMES = MappingProxyType(
    {"Title": "Title", "Subject": "Description", "Keywords": "Keywords", "Creator": "Creator"}
)
WRITERS: Mapping[str, Callable[[Figure, Page, io.BytesIO, Mapping[str, str]], None]] = (
    MappingProxyType({".pdf": _pdf, ".svg": _svg, ".png": _png})
)
