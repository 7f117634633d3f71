"""What a widget can do, whichever host it lives in."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from workbench.views.spec import FigureSpec
from workbench.widgets.scene import encode
from workbench.widgets.spec import FigureWidget, WidgetSpec

Unsubscribe = Callable[[], None]


class View:
    """A figure on screen whose fields Python and the reader share.

    The two shells add the fields of its :class:`workbench.widgets.spec.WidgetSpec` and
    say how several of them are set at once, how one is watched, and how something is
    done after the view was told what is set now.
    """

    spec: ClassVar[WidgetSpec]
    figure: FigureSpec | None

    @abstractmethod
    def _set_fields(self, values: Mapping[str, Any]) -> None:
        """Set several fields so that the front end sees them together."""

    @abstractmethod
    def _watch_field(self, name: str, callback: Callable[[Any], None]) -> Unsubscribe:
        """Call `callback` with each new value of a field until unsubscribed."""

    @abstractmethod
    def _later(self, callback: Callable[[], None]) -> None:
        """Call `callback` once the view has been sent what is set now."""

    @abstractmethod
    def update(self, thing: Any, **options: Any) -> None:
        """Nothing; shows something else, or the same with other `options`."""

    @property
    def printed(self) -> FigureSpec | None:
        """The figure that stands for the view where no kernel answers."""
        return self.figure

    @property
    def plain(self) -> str:
        """The view in words, for where neither it nor a figure can be shown; "" for none."""
        return ""

    def on_action(self, kind: str, callback: Callable[[dict[str, Any]], None]) -> Unsubscribe:
        """A function that ends the calls of `callback` for actions of one `kind`.

        Kinds: "open" (Enter, or a double click), "expand" (E), "prune" (P), "undo"
        (Ctrl Z), "step" ([ and ]); all but "undo" and "step" carry the id of a node.
        """

        def filtered(event: dict[str, Any]) -> None:
            if event.get("type") == kind:
                callback(event)

        return self._watch_field("event", filtered)

    def _value(self, name: str) -> Any:
        return getattr(self, name)


class GraphView(View):
    """A node-link picture with a selection that Python and the reader share."""

    spec: ClassVar[FigureWidget]

    def update(self, thing: Any, **options: Any) -> None:
        """Nothing; shows another figure, or something to draw with `options`.

        The camera stays where it is as long as no node moves, and selected ids
        that the new figure lacks are dropped.

        Raises
        ------
        ParameterError
            When `thing` cannot be drawn by this widget.
        """
        self.figure = self.spec.figure(thing, **options)
        scene = encode(self.figure)
        known = set(self.figure.tables["nodes"]["id"].tolist())
        kept = [node for node in self._value("selection") if node in known]
        self._set_fields(
            {
                "scene": scene.header,
                "buffers": scene.buffers,
                "selection": kept,
                "title": self.figure.title or self._value("title"),
            }
        )

    def on_select(self, callback: Callable[[tuple[int, ...]], None]) -> Unsubscribe:
        """A function that ends the calls of `callback` with the selected ids."""
        return self._watch_field("selection", lambda ids: callback(tuple(ids)))

    def reveal(self, ids: Sequence[int]) -> None:
        """Nothing; selects the nodes with these ids, as far as they are drawn, and fits them."""
        known = set() if self.figure is None else set(self.figure.tables["nodes"]["id"].tolist())
        drawn = [int(node) for node in ids if int(node) in known]
        seq = int(self._value("aim").get("seq", 0)) + 1
        self._set_fields({"selection": drawn, "aim": {"seq": seq, "ids": drawn}})


def split_options(
    spec: WidgetSpec, options: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """`options` as those of the figure, those that are fields, and those of the host.

    `title` is a field: it names the widget, whether or not it draws the figure itself.

    Examples
    --------
    >>> from workbench.widgets.spec import CIRCUIT_CANVAS
    >>> split_options(CIRCUIT_CANVAS, {"group": "region", "theme": "dark", "width": 300})
    ({'group': 'region'}, {'theme': 'dark'}, {'width': 300})
    """
    fields = {name: value for name, value in options.items() if name in spec.fields}
    rest = {name: value for name, value in options.items() if name not in spec.fields}
    drawing = _drawing_options(spec)
    figure = {name: value for name, value in rest.items() if name in drawing}
    host = {name: value for name, value in rest.items() if name not in drawing}
    return figure, fields, host


def _drawing_options(spec: WidgetSpec) -> frozenset[str]:
    return frozenset(inspect.signature(spec.options_of).parameters)
