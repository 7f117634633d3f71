"""Theories: logical descriptions read off circuits, made short, measured and queried."""

from __future__ import annotations

from workbench.theories.check_sql import SqlCheck, count_sql
from workbench.theories.contract import contract
from workbench.theories.mass import mass, rule_masses, support_mass
from workbench.theories.measures import Measures, Share, measures
from workbench.theories.nodes import FALSE, TRUE, And, Constant, Literal, Node, Or
from workbench.theories.putput import frontier, putput
from workbench.theories.renderings import from_json, latex, sentences, sql, text, to_json
from workbench.theories.scores import pu_score
from workbench.theories.simplify import simplify
from workbench.theories.support import Support, significance
from workbench.theories.theory import Rule, Theory, theory_of

__all__ = [
    "FALSE",
    "TRUE",
    "And",
    "Constant",
    "Literal",
    "Measures",
    "Node",
    "Or",
    "Rule",
    "Share",
    "SqlCheck",
    "Support",
    "Theory",
    "contract",
    "count_sql",
    "from_json",
    "frontier",
    "latex",
    "mass",
    "measures",
    "pu_score",
    "putput",
    "rule_masses",
    "sentences",
    "significance",
    "simplify",
    "sql",
    "support_mass",
    "text",
    "theory_of",
    "to_json",
]
