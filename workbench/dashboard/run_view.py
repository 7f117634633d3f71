"""A run on screen: its tree at any event, its events on lanes, and what happened when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.core.tables import Table
from workbench.core.units import number
from workbench.dashboard.parts import Block
from workbench.dashboard.words import actions, block, links, rows, table
from workbench.reasoning import NodeState, Run, SearchTree
from workbench.reasoning import events as ev
from workbench.views.spec import FigureSpec
from workbench.views.tree_figure import tree_figure

OPEN = ("paused", "cancelled")
LANES = ("nodes", "scores", "choices", "answers", "calls")
_LANE_OF: Mapping[type[Any], int] = {
    ev.Node: 0,
    ev.Score: 1,
    ev.Prune: 2,
    ev.Keep: 2,
    ev.Select: 3,
    ev.Answer: 3,
    ev.Stop: 3,
    ev.Call: 4,
    ev.UserEdit: 2,
}


def frame(run: Run, whole: FigureSpec, seq: int, colour: str) -> FigureSpec:
    """The figure of the tree as it was after event `seq`, every node where it ends up."""
    tree = run.tree.at(max(seq, int(run.tree.born[0])))  # never without its root
    direction = whole.encoding("direction")
    towards: Any = "down" if direction is None else direction.label
    found = tree_figure(tree, colour, direction=towards)
    nodes = dict(found.tables["nodes"])
    for name in ("x", "y"):
        nodes[name] = whole.tables["nodes"][name][: tree.n_nodes]
    return replace(found, tables={**found.tables, "nodes": Table(nodes)})


def lanes(run: Run) -> dict[str, Any]:
    """What the timeline shows of `run`."""
    spent, total = [], 0
    for event in run.events:
        if isinstance(event, ev.Call):
            total += event.generated_tokens or 0
        spent.append(total)
    codes = [_LANE_OF.get(type(event), -1) for event in run.events]
    return {"lanes": list(LANES), "codes": codes, "tokens": spent}


def told(run: Run, seq: int) -> str:
    """Event `seq` in words."""
    if not 0 <= seq < len(run.events):
        return ""
    event = run.events[seq]
    teller = _TELLERS.get(type(event))
    return type(event).__name__ if teller is None else teller(run, event)


def _step(run: Run, node: int) -> str:
    tree = run.tree
    return tree.text(tree.row(node)) or "the root"


_TELLERS: Mapping[type[Any], Callable[[Run, Any], str]] = {
    ev.RunStart: lambda _, e: f"start of {e.algorithm}, seed {e.seed}",
    ev.Call: lambda _, e: f"{e.role}: {e.passes:,} passes, {e.generated_tokens or 0:,} tokens",
    ev.Node: lambda run, e: f"new node: {_step(run, e.id)}",
    ev.Score: lambda run, e: f"score {number(e.value)} for {_step(run, e.node)}",
    ev.Prune: lambda run, e: f"pruned: {_step(run, e.node)} ({e.rule})",
    ev.Keep: lambda run, e: f"kept: {_step(run, e.node)} ({e.rule})",
    ev.Answer: lambda _, e: f"answer {e.value}: {'correct' if e.correct else 'wrong'}",
    ev.Select: lambda run, e: f"returned: {_step(run, e.node)} ({e.rule})",
    ev.Stop: lambda _, e: f"stop: {e.reason}",
    ev.UserEdit: lambda run, e: f"you {e.op}d {_step(run, e.node)}",
    ev.RunEnd: lambda _, e: f"end: {e.status}, {e.reason}",
}  # fmt: skip


def run_blocks(run: Run) -> list[Block]:
    """The run as a whole: outcome, ledger, how it was made."""
    outcome = {"text": "solved", "state": "solved"} if run.solved else {
        "text": "not solved", "state": "failed"}  # fmt: skip
    counts = np.bincount(run.tree.state, minlength=len(NodeState)).tolist()
    return [
        block("title", text=run.task.prompt()),
        block("badges", items=[outcome, {"text": run.status}]),
        *([actions(("Go on", "resume"), primary=0)] if run.status in OPEN else []),
        rows(
            answer=run.answer or "none",
            algorithm=run.algorithm,
            nodes=number(run.tree.n_nodes),
            events=number(len(run.events)),
            seed=str(run.seed),
        ),
        block("head", text="Ledger"),
        ledger_table(run),
        block("head", text="Nodes by state"),
        rows(**{state.name.lower(): number(counts[state]) for state in NodeState}),
    ]


def ledger_table(run: Run) -> Block:
    """Calls, passes and tokens by role; a dash where nothing was reported."""
    used = {role: totals for role, totals in run.ledger.roles.items() if totals.calls}
    unknown = float("nan")

    def column(name: str) -> list[float]:
        return [float(getattr(t, name)) if getattr(t, name) is not None else unknown
                for t in used.values()]  # fmt: skip

    columns: dict[str, list[Any]] = {
        "Role": list(used),
        "Passes": column("passes"),
        "In": column("prompt_tokens"),
        "Out": column("generated_tokens"),
    }
    return table(columns, dense=True)


def node_blocks(tree: SearchTree, row: int) -> list[Block]:
    """One node: its step, its numbers, the path to it and what follows."""
    tokens = int(tree.tokens[row])
    path = [step for step in tree.path(row).tolist() if step != row]
    children = tree.children(row).tolist()
    return [
        block("title", text=tree.text(row) or "Root"),
        rows(
            state=NodeState(tree.state[row]).name.lower(),
            depth=number(int(tree.depth[row])),
            score=number(float(tree.score[row]), 6),
            log_probability=f"{number(float(tree.log_probability[row]), 6)} nats",
            tokens=number(tokens) if tokens >= 0 else "missing",
            value_to_go=number(float(tree.value_to_go[row]), 6),
            on_the_selected_path="yes" if tree.selected[row] else "no",
        ),
        block("actions", items=[
            {"text": "Prune it and go on", "target": "prune", "disabled": row == 0}]),
        *([block("head", text="Path from the root"), _steps(tree, path)] if path else []),
        *([block("head", text=f"Next steps ({len(children):,})"), _steps(tree, children[:24])]
          if children else []),
    ]  # fmt: skip


def _steps(tree: SearchTree, found: list[int]) -> Block:
    return links(
        (tree.text(row) or "root", number(float(tree.score[row])) if row else "", row)
        for row in found
    )
