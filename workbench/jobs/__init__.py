"""Work beside the page: submit a function, watch it, cancel it, take its result."""

from __future__ import annotations

from workbench.jobs.job import Failure, Job, Snapshot
from workbench.jobs.pool import Pool, submit
from workbench.jobs.state import Event, Status, after

__all__ = ["Event", "Failure", "Job", "Pool", "Snapshot", "Status", "after", "submit"]
