"""Runs: the columns of their event log as Parquet."""

from __future__ import annotations

from workbench.reasoning.columns import KIND, read_run, write_run
from workbench.store.codecs.base import FileCodec

RUN = FileCodec(KIND, write_run, read_run)
