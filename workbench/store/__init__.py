"""Workspaces: values with their history and provenance, kept so that nothing is lost."""

from __future__ import annotations
