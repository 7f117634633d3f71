"""Work beside the page: short errands on threads."""

from __future__ import annotations

from workbench.jobs.errand import Errand
from workbench.jobs.pool import Pool, send
from workbench.jobs.snapshot import Failure, Snapshot
from workbench.jobs.state import Event, Status, after

__all__ = ["Errand", "Event", "Failure", "Pool", "Snapshot", "Status", "after", "send"]
