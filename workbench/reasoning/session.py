"""One search as it goes: turns an algorithm's requests into calls, and results into events.

A session does no I/O. The driver asks it which calls fit the budget
(:meth:`Session.grant`), has them made, and settles them; when nothing more is
granted, :meth:`Session.advance` gives the results to the algorithm. With a
recorded log the session first lives through it again: results come from the
record, and every event must equal the recorded one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from workbench.errors import ParameterError, StructureError
from workbench.reasoning.budget import Account, Cost, Ledger
from workbench.reasoning.events import (
    Answer,
    Call,
    Event,
    EventLog,
    LogWriter,
    Node,
    Prune,
    RunEnd,
    Score,
    Select,
    Stop,
    UserEdit,
    timeless,
    to_record,
)
from workbench.reasoning.keys import ROOT_PARENT, node_id, stream_key
from workbench.reasoning.plan import ModelCall, Plan, ProposeCall, ScoreCall
from workbench.reasoning.problems.base import State
from workbench.reasoning.proposers.base import (
    Proposal,
    Proposer,
    StepRequest,
    StepSample,
    count_tokens,
)
from workbench.reasoning.recall import Recall
from workbench.reasoning.searches.base import (
    Child,
    Evaluate,
    Inbox,
    Message,
    Propose,
    Proposed,
    Request,
    Scored,
    Started,
    TaskView,
)
from workbench.reasoning.verifiers.base import Judgement, ScoreRequest, Verifier


class _Live(NamedTuple):
    """What a session remembers of a node."""

    state: State | None
    parent: int
    depth: int
    texts: tuple[str, ...]
    path_tokens: int
    tokens: int
    terminal: bool


class _Grown(NamedTuple):
    """A sampled step with the node it becomes; no state when the step is not allowed."""

    id: int
    step: StepSample
    state: State | None
    terminal: bool


@dataclass
class _Pending:
    """A request of the algorithm and what has come back so far."""

    request: Request
    left: int
    samples: list[tuple[Child, ...]] = field(default_factory=list)
    scores: dict[int, float] = field(default_factory=dict)

    def message(self, dead: set[int]) -> Message | None:
        if isinstance(self.request, Evaluate):
            return Scored({n: score for n, score in self.scores.items() if n not in dead})
        if self.request.node in dead:
            return None
        alive = (s for s in self.samples if not any(child.id in dead for child in s))
        return Proposed(self.request.node, tuple(alive))


def _pending(request: Request) -> _Pending:
    wanted = request.n if isinstance(request, Propose) else len(request.nodes)
    return _Pending(request, wanted)


class Session:
    """One run in progress.

    Parameters
    ----------
    plan
        What to search and how.
    recorded
        A log to live through first; empty for a fresh run.
    """

    def __init__(self, plan: Plan, recorded: EventLog | None = None) -> None:
        _require_known_flops(plan)
        self.plan = plan
        self.account = Account(plan.budget)
        self._calls = Ledger()
        self._n_nodes = 0
        self._writer = LogWriter()
        self._recorded = recorded or EventLog(())
        self._recall = Recall(self._recorded)
        self._stream = stream_key(plan.task.hash, plan.seed)
        self._live: dict[int, _Live] = {}
        self._n_children: dict[int, int] = {}  # created
        self._next_index: dict[int, int] = {}  # asked for
        self._dead: set[int] = set()
        self._edits = list(plan.edits[_n_applied(plan, self._recorded) :])
        self._pending: list[_Pending] = []
        self._granting: list[_Pending] = []
        self._refused = False
        self._began = time.monotonic() - _last_reading(self._recorded)
        view = TaskView(plan.task.prompt(), plan.task.max_steps)
        self._state = plan.algorithm.init(view, plan.params, self._stream)

    def __len__(self) -> int:
        return len(self._writer)

    @property
    def is_open(self) -> bool:
        """Whether the algorithm waits for results."""
        return bool(self._pending)

    @property
    def is_replaying(self) -> bool:
        """Whether the recorded log is not lived through yet."""
        return len(self) < len(self._recorded)

    @property
    def has_ended(self) -> bool:
        """Whether the recorded log is that of a whole run, so that nothing is to be done."""
        return bool(self._recorded) and isinstance(self._recorded[-1], RunEnd)

    @property
    def known(self) -> EventLog:
        """The recorded log until all of it was lived through, then the events so far."""
        return self._recorded if self.is_replaying else self.log()

    @property
    def ledger(self) -> Ledger:
        """What was spent so far."""
        return replace(self._calls, nodes=self._n_nodes)

    def log(self) -> EventLog:
        """The events so far."""
        return self._writer.log()

    def since(self, seq: int) -> tuple[Event, ...]:
        """The events from `seq` on."""
        return self._writer.since(seq)

    def begin(self) -> None:
        """Nothing; opens the log and takes the first step."""
        self._emit(self.plan.start())
        root = node_id(self._stream, ROOT_PARENT, 0)
        task = self.plan.task
        state, text = task.initial(), task.prompt()
        terminal = task.is_terminal(state)
        self._live[root] = _Live(state, -1, 0, (), count_tokens(text), 0, terminal)
        ref = self._writer.keep_text(text)
        self._emit(Node(root, (), 0, 0, "root", ref, None, 0, None, terminal))
        self._step((Started(root),))

    def grant(self) -> list[ModelCall]:
        """The calls that fit the budget now, their worst case reserved; empty when none does."""
        if self._is_late():
            self._refused = True
            return []
        calls = [self._granted(pending) for pending in self._pending]
        self._granting = [p for p, call in zip(self._pending, calls, strict=True) if call]
        granted = [call for call in calls if call is not None]
        if not granted and any(pending.left for pending in self._pending):
            self._refused = True
        return granted

    def recalled(self, call: ModelCall) -> Sequence[Any] | None:
        """The results of `call` in the recorded log; ``None`` when it must really be made."""
        if not self.is_replaying:
            return None
        if isinstance(call, ProposeCall):
            return self._recall.proposals(call.requests)
        return self._recall.judgements(call.requests)

    def settle(
        self, calls: Sequence[ModelCall], results: Sequence[Sequence[Any]], seconds: float
    ) -> None:
        """Nothing; books the `results` of granted `calls` and logs them, in order.

        `seconds` is the time that each request took.
        """
        for pending, call, result in zip(self._granting, calls, results, strict=True):
            if isinstance(call, ProposeCall):
                self._settle_proposals(pending, call, result, seconds)
            else:
                self._settle_scores(pending, call, result, seconds)

    def advance(self, edits: Iterable[UserEdit] = ()) -> None:
        """Nothing; applies user `edits`, then gives the results to the algorithm."""
        received, self._pending = self._pending, []
        self._apply_edits(edits)
        refused = any(pending.left for pending in received)
        if refused and not any(pending.samples or pending.scores for pending in received):
            return  # the budget allows nothing more
        messages = (pending.message(self._dead) for pending in received)
        self._step(tuple(message for message in messages if message is not None))

    def finish(self, status: str | None = None) -> str:
        """The status of the run, after its last events are written."""
        self._apply_edits(())
        choice = self.plan.algorithm.answer(self._state)
        if choice is not None:
            self._emit(Select(choice.node, choice.rule))
        used = None if choice is None else self._path_tokens(choice.node)
        status = status or ("budget" if self._refused else "done")
        reason = {"budget": "the budget allows nothing more", "done": "the search is complete"}
        self._emit(Stop(None, reason.get(status, status)))
        totals = replace(self.ledger, used_tokens=used).record()
        self._emit(RunEnd(status, reason.get(status, status), totals, self._now()))
        return status

    def _step(self, inbox: Inbox) -> None:
        move = self.plan.algorithm.step(self._state, inbox)
        self._state = move.state
        for event in move.events:
            self._emit(event)
        self._pending = [_pending(r) for r in map(self._without_dead, move.requests) if r]

    def _without_dead(self, request: Request) -> Request | None:
        if isinstance(request, Propose):
            return None if request.node in self._dead else request
        nodes = tuple(node for node in request.nodes if node not in self._dead)
        return Evaluate(nodes) if nodes else None

    def _granted(self, pending: _Pending) -> ModelCall | None:
        if not pending.left:
            return None
        if isinstance(pending.request, Propose):
            return self._granted_proposals(pending, pending.request)
        return self._granted_scores(pending, pending.request)

    def _granted_proposals(self, pending: _Pending, request: Propose) -> ProposeCall | None:
        node = self._live[request.node]
        proposer, task = self.plan.proposer, self.plan.task
        most = proposer.most_tokens(task, node.state, request.steps)
        n_nodes = task.max_steps - node.depth if request.steps is None else request.steps
        flops = (proposer.flops_per_token or 0.0) * (node.path_tokens + most)
        each = Cost(most, 0, n_nodes, flops)
        n = self.account.room(each, pending.left)
        if not n:
            return None
        first = self._next_index.get(request.node, self._n_children.get(request.node, 0))
        self._next_index[request.node] = first + n
        requests = tuple(
            StepRequest(
                task, node.state, node.texts, self._stream, request.node, first + i, *request[2:]
            )
            for i in range(n)
        )
        return ProposeCall(proposer, requests, self.account.reserve(Cost().plus(each, n)))

    def _granted_scores(self, pending: _Pending, request: Evaluate) -> ScoreCall | None:
        verifier = self.plan.verifier
        todo = request.nodes[len(request.nodes) - pending.left :]
        flops_per_token = verifier.flops_per_token or 0.0
        reserved, requests = Cost(), []
        for node in todo:
            live = self._live[node]
            flops = flops_per_token * (live.path_tokens + verifier.most_tokens)
            total = reserved.plus(Cost(verifier.most_tokens, 1, 0, flops))
            if not self.account.room(total, 1):
                break
            reserved = total
            requests.append(ScoreRequest(self.plan.task, live.state, live.texts, node))
        if not requests:
            return None
        return ScoreCall(verifier, tuple(requests), self.account.reserve(reserved))

    def _settle_proposals(
        self, pending: _Pending, call: ProposeCall, proposals: Sequence[Proposal], seconds: float
    ) -> None:
        parent = call.requests[0].node
        live = self._live[parent]
        generated = sum(step.tokens for proposal in proposals for step in proposal.steps)
        prompt = live.path_tokens * len(proposals)
        fresh = live.path_tokens if live.parent == -1 and call.requests[0].draw == 0 else 0
        per_token = call.model.flops_per_token
        flops = None if per_token is None else per_token * (fresh + generated)
        grown = [self._followed(r, p) for r, p in zip(call.requests, proposals, strict=True)]
        nodes = tuple(node for sample in grown for node, *_ in sample)
        tokens = (prompt, prompt - fresh, generated)
        seq = len(self)
        self._emit(self._call("proposer", call, nodes, tokens, flops, seconds))
        for request, sample in zip(call.requests, grown, strict=True):
            if sample:
                pending.samples.append(self._grow(request, sample, seq))
        if not nodes and not self._n_children.get(parent):
            self._emit(Stop(parent, "nothing was proposed"))
        pending.left -= len(call.requests)
        spent = Cost(generated, 0, len(nodes), 0.0 if flops is None else flops)
        self.account.settle(call.reservation, spent)

    def _followed(self, request: StepRequest, proposal: Proposal) -> list[_Grown]:
        state: State | None = self._live[request.node].state
        node, child = request.node, request.draw
        grown = []
        for step in proposal.steps:
            node, child = node_id(self._stream, node, child), 0
            state = self.plan.task.follow(state, step.text)
            terminal = state is None or self.plan.task.is_terminal(state)
            grown.append(_Grown(node, step, state, terminal))
            if terminal:
                break
        return grown

    def _grow(self, request: StepRequest, sample: list[_Grown], call: int) -> tuple[Child, ...]:
        parent, child = request.node, request.draw
        children = []
        for grown in sample:
            self._n_children[parent] = max(self._n_children.get(parent, 0), child + 1)
            children.append(self._add_node(parent, child, grown, call))
            parent, child = grown.id, 0
        return tuple(children)

    def _add_node(self, parent: int, child: int, grown: _Grown, call: int) -> Child:
        above = self._live[parent]
        node, step, state, terminal = grown
        texts, depth = (*above.texts, step.text), above.depth + 1
        path_tokens = above.path_tokens + step.tokens
        self._live[node] = _Live(state, parent, depth, texts, path_tokens, step.tokens, terminal)
        self._n_nodes += 1
        ref = self._writer.keep_text(step.text)
        logp = step.log_probability
        self._emit(
            Node(node, (parent,), child, depth, "step", ref, logp, step.tokens, call, terminal)
        )
        if terminal:
            self._emit(self._answer(node, state, texts))
        return Child(node, parent, depth, terminal, logp, step.tokens, step.text)

    def _answer(self, node: int, state: State | None, texts: tuple[str, ...]) -> Answer:
        if state is None:  # the last step was not allowed
            return Answer(node, "", correct=False)
        return Answer(node, self.plan.task.answer(texts), self.plan.task.is_goal(state))

    def _settle_scores(
        self, pending: _Pending, call: ScoreCall, results: Sequence[Judgement], seconds: float
    ) -> None:
        nodes = tuple(request.node for request in call.requests)
        prompt = sum(self._live[node].path_tokens for node in nodes)
        generated = sum(result.generated_tokens for result in results)
        per_token = call.model.flops_per_token
        flops = None if per_token is None else per_token * (prompt + generated)
        tokens = (prompt, None, generated)
        self._emit(self._call("verifier", call, nodes, tokens, flops, seconds))
        kind = call.model.kind
        for node, result in zip(nodes, results, strict=True):
            self._emit(Score(node, kind, "value", result.value, None, result.exact))
            pending.scores[node] = result.value
        pending.left -= len(nodes)
        spent = Cost(generated, len(nodes), 0, 0.0 if flops is None else flops)
        self.account.settle(call.reservation, spent)

    def _call(
        self,
        role: str,
        call: ModelCall,
        nodes: tuple[int, ...],
        tokens: tuple[int | None, int | None, int | None],
        flops: float | None,
        seconds: float,
    ) -> Call:
        n_passes = len(call.requests)
        return Call(
            role, call.model.kind, n_passes, nodes, *tokens, flops, seconds * n_passes, self._now()
        )

    def _apply_edits(self, edits: Iterable[UserEdit]) -> None:
        cut: set[int] = set()
        while self.is_replaying and isinstance(self._recorded[len(self)], UserEdit):
            recorded = self._recorded[len(self)]
            cut |= self._prune(recorded)  # type: ignore[arg-type]
        if not self.is_replaying:
            for edit in (*self._edits, *edits):
                cut |= self._prune(edit)
            self._edits.clear()
        if cut:
            self._state = self.plan.algorithm.on_prune(self._state, frozenset(cut))

    def _prune(self, edit: UserEdit) -> set[int]:
        if edit.op != "prune" or edit.node not in self._live:
            raise ParameterError(
                "cannot apply an edit",
                given=f"{edit.op} of node {edit.node}",
                expected="prune of a node that the search has created",
            )
        self._emit(edit)
        cut: set[int] = set()
        for node, live in self._live.items():  # a parent comes before its children
            if node == edit.node or live.parent in cut:
                cut.add(node)
        cut -= self._dead
        for node in self._live:
            if node in cut:
                self._emit(Prune(node, "pruned by hand", by=edit.who))
        self._dead |= cut
        return cut

    def _emit(self, event: Event) -> None:
        seq = len(self)
        if 0 < seq < len(self._recorded):
            event = self._as_recorded(event, self._recorded[seq])
        stamped = self._writer.append(event)
        if isinstance(stamped, Call):
            self._calls = self._calls.plus(stamped)

    def _as_recorded(self, event: Event, recorded: Event) -> Event:
        if timeless(event)._replace(seq=recorded.seq) != timeless(recorded):
            raise StructureError(
                "cannot replay the run",
                given=f"event {recorded.seq}: {to_record(recorded)}",
                expected=f"{to_record(event)}",
                remedy="The log is from another version of the algorithm or the models.",
            )
        return recorded

    def _path_tokens(self, node: int) -> int:
        total = 0
        while node in self._live:
            total += self._live[node].tokens
            node = self._live[node].parent
        return total

    def _is_late(self) -> bool:
        limit = self.plan.budget.seconds
        return limit is not None and not self.is_replaying and self._now() >= limit

    def _now(self) -> float:
        return time.monotonic() - self._began


def _require_known_flops(plan: Plan) -> None:
    models: tuple[Proposer | Verifier, ...] = (plan.proposer, plan.verifier)
    unknown = [model.kind for model in models if model.flops_per_token is None]
    if plan.budget.flops is not None and unknown:
        raise ParameterError(
            "cannot hold a budget of FLOPs",
            given=f"models {unknown}",
            expected="models that report FLOPs for each token",
            remedy="Limit tokens instead.",
        )


def _n_applied(plan: Plan, recorded: EventLog) -> int:
    """How many edits of a fork its own log already holds; they come before all others."""
    since = -1 if plan.fork_at is None else plan.fork_at
    return sum(event.seq > since for event in recorded.of(UserEdit))


def _last_reading(log: EventLog) -> float:
    readings = (getattr(event, "t", None) for event in reversed(log.events))
    return next((reading for reading in readings if reading is not None), 0.0)
