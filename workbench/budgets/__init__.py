"""What a budget buys: exact curves, their bands, and what they cost in tokens."""

from __future__ import annotations

from workbench.budgets.bands import Band, band
from workbench.budgets.beta_law import BetaLaw, fit_beta_law
from workbench.budgets.pass_at_k import Curve, checked_counts, log_spaced_ks, pass_at_k, pass_hat_k
from workbench.budgets.token_axis import TokenCurve, counts_of, curve_against_tokens

__all__ = [
    "Band",
    "BetaLaw",
    "Curve",
    "TokenCurve",
    "band",
    "checked_counts",
    "counts_of",
    "curve_against_tokens",
    "fit_beta_law",
    "log_spaced_ks",
    "pass_at_k",
    "pass_hat_k",
]
