"""Every cap of the workbench in one frozen value: bytes, nodes, depth and seconds.

Readers check these before they allocate; the numbers are generous for research
data and small enough that a hostile file cannot exhaust a laptop.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import LimitError


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on what may be read, built or drawn.

    Examples
    --------
    >>> Limits().n_rows
    5000000
    """

    file_bytes: int = 200 * 2**20
    header_bytes: int = 64 * 2**20
    n_rows: int = 5_000_000
    n_columns: int = 20_000
    n_categories: int = 4_096
    n_nodes: int = 10_000_000
    n_edges: int = 100_000_000
    n_events: int = 10_000_000
    n_rules: int = 10_000
    n_cubes: int = 200_000
    n_cells: int = 10_000
    json_depth: int = 64
    text_chars: int = 1_000_000
    drawn_nodes: int = 200_000
    upload_bytes: int = 200 * 2**20
    result_bytes: int = 8 * 2**30
    blob_bytes: int = 2 * 2**30
    inline_bytes: int = 4096
    archive_bytes: int = 16 * 2**30
    archive_members: int = 200_000


LIMITS = Limits()


def require_within(name: str, value: int, limit: int, remedy: str = "") -> None:
    """Nothing, or :class:`LimitError` when `value` exceeds `limit`.

    Examples
    --------
    >>> require_within("rows", 10, 100)
    """
    if value > limit:
        raise LimitError(
            f"too many {name}", given=f"{value:,}", expected=f"at most {limit:,}", remedy=remedy
        )
