"""Verifiers: where the scores of a search come from."""

from workbench.reasoning.verifiers.base import VERIFIERS, Judgement, ScoreRequest, Verifier
from workbench.reasoning.verifiers.oracle import Oracle
from workbench.reasoning.verifiers.outcome import Outcome

__all__ = ["VERIFIERS", "Judgement", "Oracle", "Outcome", "ScoreRequest", "Verifier"]
