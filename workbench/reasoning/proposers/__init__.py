"""Proposers: where the steps of a search come from."""

from workbench.reasoning.proposers.base import (
    PROPOSERS,
    Proposal,
    Proposer,
    StepRequest,
    StepSample,
    count_tokens,
)
from workbench.reasoning.proposers.symbolic import Symbolic

__all__ = [
    "PROPOSERS",
    "Proposal",
    "Proposer",
    "StepRequest",
    "StepSample",
    "Symbolic",
    "count_tokens",
]
