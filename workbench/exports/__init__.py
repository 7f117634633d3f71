"""Figures as files for a paper: PDF, SVG, PNG and CSV at a venue's widths."""

from __future__ import annotations

from workbench.exports.export import export
from workbench.exports.provenance import read_provenance
from workbench.exports.venues import VENUES, Venue

__all__ = ["VENUES", "Venue", "export", "read_provenance"]
