"""Work beside the page: short errands on threads, and jobs that a workspace keeps."""

from __future__ import annotations

from workbench.jobs.call import Call, Ref
from workbench.jobs.cluster import DaskExecutor
from workbench.jobs.cluster_local import LocalCluster
from workbench.jobs.errand import Errand
from workbench.jobs.executor import Executor
from workbench.jobs.job import Job, job, jobs
from workbench.jobs.perform import perform
from workbench.jobs.pool import Pool, send
from workbench.jobs.processes import Processes
from workbench.jobs.runner import Runner
from workbench.jobs.snapshot import Failure, Snapshot
from workbench.jobs.state import Event, Status, after
from workbench.jobs.study import OpenStudy
from workbench.jobs.study import open_study as open  # noqa: A004  # jobs.open reads best
from workbench.jobs.submitting import submit, sweep
from workbench.jobs.tasks import Task, known, register
from workbench.jobs.watch import watch

__all__ = [
    "Call",
    "DaskExecutor",
    "Errand",
    "Event",
    "Executor",
    "Failure",
    "Job",
    "LocalCluster",
    "OpenStudy",
    "Pool",
    "Processes",
    "Ref",
    "Runner",
    "Snapshot",
    "Status",
    "Task",
    "after",
    "job",
    "jobs",
    "known",
    "open",
    "perform",
    "register",
    "send",
    "submit",
    "sweep",
    "watch",
]
