"""Writes src/style.json from the one style table, for the front end."""  # noqa: INP001  # a script beside the sources

from __future__ import annotations

from pathlib import Path

from workbench.core.files import write_atomic
from workbench.views.style import as_json

write_atomic(Path(__file__).parent / "src" / "style.json", as_json().encode("utf-8"))
