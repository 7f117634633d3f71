"""The form of a sweep: several values of each setting, and how many runs they come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.dashboard import facts, forms
from workbench.dashboard.parts import Blocks
from workbench.dashboard.words import block
from workbench.errors import WorkbenchError
from workbench.limits import LIMITS, require_within

Grid = Mapping[str, Sequence[Any]]
TITLE = "Sweep over several values"
HINT = "Lists and ranges, such as 4,8,16 or 0..9. Every combination is run."


class SweepForm:
    """Fields that take several values each, folded until they are asked for.

    Parameters
    ----------
    fields
        The fields by name, as they are written in a page's state.
    grid
        The values that the fields have now; raises where they cannot be read.
    start
        Called with the grid when the sweep is asked for.
    one, several
        What a cell is called, such as "learning run" and "learning runs".
    """

    def __init__(
        self,
        fields: Mapping[str, Any],
        grid: Callable[[], Grid],
        start: Callable[[Grid], None],
        one: str,
        several: str,
    ) -> None:
        self.fields, self._grid, self._start = fields, grid, start
        self._words = one, several
        self.told = Blocks()
        self.button = forms.button("Start the sweep", self._on_start)
        for field in fields.values():
            for name in {"value", "value_input"} & set(field.param):
                field.param.watch(lambda _: self._count(), name)
        inside = forms.column(
            Blocks(blocks=[block("caption", text=HINT)]),
            *fields.values(),
            self.told,
            self.button,
        )
        self.view = forms.fold(TITLE, inside)
        self._count()

    def state(self) -> dict[str, Any]:
        """Whether it is open, and its fields, as JSON."""
        return {"is_open": bool(self.view.active), "fields": forms.values(self.fields)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Show what `state` says; what it lacks stays as it is."""
        forms.fill(self.fields, facts.part(state, "fields"))
        self.view.active = [0] if state.get("is_open") is True else []

    def _count(self) -> None:
        try:
            n_cells = math.prod(len(values) for values in self._grid().values())
            require_within("cells of a sweep", n_cells, LIMITS.n_cells, "Give fewer values.")
        except WorkbenchError as error:
            self.told.blocks = [block("warn", text=str(error))]
            self.button.disabled = True
            return
        self.told.blocks = [block("muted", text=f"{n_cells:,} {self._words[n_cells != 1]}")]
        self.button.disabled = n_cells == 0

    def _on_start(self) -> None:
        self._start(self._grid())
