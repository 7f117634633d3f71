"""One theory in several languages, one file each: text, sentences, LaTeX, SQL and JSON."""

from __future__ import annotations

from workbench.theories.renderings.json import from_json, to_json
from workbench.theories.renderings.latex import latex
from workbench.theories.renderings.sentences import sentences
from workbench.theories.renderings.sql import Storage, sql
from workbench.theories.renderings.text import text

RENDERINGS = {"text": text, "sentences": sentences, "latex": latex, "sql": sql, "json": to_json}

__all__ = ["RENDERINGS", "Storage", "from_json", "latex", "sentences", "sql", "text", "to_json"]
