"""Reasoning: search over steps, as an event log from which all else is folded."""

from workbench.reasoning import problems, proposers, verifiers
from workbench.reasoning.budget import Budget, Ledger
from workbench.reasoning.control import Control
from workbench.reasoning.driver import search, search_many
from workbench.reasoning.events import EventLog
from workbench.reasoning.logfile import load_events, load_run, save_run
from workbench.reasoning.results import counts, outcomes
from workbench.reasoning.run import Run, prune_node
from workbench.reasoning.searches import algorithms, options
from workbench.reasoning.tree import NodeState, SearchTree, TreeFold

__all__ = [
    "Budget",
    "Control",
    "EventLog",
    "Ledger",
    "NodeState",
    "Run",
    "SearchTree",
    "TreeFold",
    "algorithms",
    "counts",
    "load_events",
    "load_run",
    "options",
    "outcomes",
    "problems",
    "proposers",
    "prune_node",
    "save_run",
    "search",
    "search_many",
    "verifiers",
]
