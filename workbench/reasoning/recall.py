"""Results of earlier calls, read back from a recorded log instead of paid for again."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.reasoning.events import Call, EventLog, Node, Score
from workbench.reasoning.keys import node_id
from workbench.reasoning.proposers.base import Proposal, StepRequest, StepSample
from workbench.reasoning.verifiers.base import Judgement, ScoreRequest


class Recall:
    """The proposals and judgements that a log holds.

    Examples
    --------
    >>> Recall(EventLog(())).proposals([])
    ()
    """

    def __init__(self, log: EventLog) -> None:
        self._texts = log.texts
        self._nodes: dict[int, Node] = {event.id: event for event in log.of(Node)}
        self._scores: dict[int, Score] = {event.node: event for event in log.of(Score)}
        self._tokens: dict[tuple[int, ...], int] = {
            call.nodes: call.generated_tokens or 0
            for call in log.of(Call)
            if call.role == "verifier"
        }

    def proposals(self, requests: Sequence[StepRequest]) -> tuple[Proposal, ...] | None:
        """The recorded proposals; ``None`` unless every sample is recorded to its end."""
        found = []
        for request in requests:
            proposal = self._proposal(request)
            if proposal is None:
                return None
            found.append(proposal)
        return tuple(found)

    def judgements(self, requests: Sequence[ScoreRequest]) -> tuple[Judgement, ...] | None:
        """The recorded judgements; ``None`` unless every node is scored.

        Tokens are recorded for the whole call: the first judgement carries them all.
        """
        nodes = tuple(request.node for request in requests)
        if nodes not in self._tokens or not all(node in self._scores for node in nodes):
            return None
        tokens = [self._tokens[nodes], *(0 for _ in nodes[1:])]
        scores = (self._scores[node] for node in nodes)
        return tuple(
            Judgement(score.value, score.exact, n) for score, n in zip(scores, tokens, strict=True)
        )

    def _proposal(self, request: StepRequest) -> Proposal | None:
        steps: list[StepSample] = []
        node = self._nodes.get(node_id(request.stream, request.node, request.draw))
        while node is not None:
            text = self._texts[node.text]
            steps.append(StepSample(text, node.log_probability, node.tokens or 0))
            if node.terminal or len(steps) == request.steps:
                return Proposal(tuple(steps))
            node = self._nodes.get(node_id(request.stream, node.id, 0))
        return None
