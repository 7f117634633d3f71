import os
from pathlib import Path

import pytest

from workbench.core import memory
from workbench.core.memory import available_memory, give_back, require_memory
from workbench.errors import LimitError


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A Linux of 8 GiB available, whose control groups are files that a test writes."""
    meminfo, own = tmp_path / "meminfo", tmp_path / "own"
    meminfo.write_text("MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\n")
    own.write_text("0::/user/job\n")
    groups = tmp_path / "cgroup"
    (groups / "user" / "job").mkdir(parents=True)
    monkeypatch.setattr(memory, "_MEMINFO", meminfo)
    monkeypatch.setattr(memory, "_OWN_GROUP", own)
    monkeypatch.setattr(memory, "_GROUPS", groups)
    return groups


def limit(group, most, used, cached=0):
    (group / "memory.max").write_text(most)
    (group / "memory.current").write_text(str(used))
    (group / "memory.stat").write_text(f"anon 5\ninactive_file {cached}\n")


def test_without_groups_it_is_what_the_machine_has(machine):
    assert available_memory() == 8 * 2**30


def test_the_tightest_group_counts(machine):
    limit(machine / "user" / "job", "max", 2**30)
    limit(machine / "user", str(3 * 2**30), 2**30, cached=2**29)
    assert available_memory() == 2 * 2**30 + 2**29


def test_a_full_group_leaves_nothing(machine):
    limit(machine / "user" / "job", str(2**30), 2 * 2**30)
    assert available_memory() == 0


def test_elsewhere_all_memory_counts_or_nothing_is_known(monkeypatch):
    absent = Path("/nowhere/at/all")
    for name in ("_MEMINFO", "_OWN_GROUP", "_GROUPS"):
        monkeypatch.setattr(memory, name, absent)
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}.get)
    assert available_memory() == 4_096_000
    monkeypatch.delattr(os, "sysconf")
    assert available_memory() is None
    require_memory("hold the world", 2**60, "None.")


def test_small_requests_are_granted_without_asking(machine):
    limit(machine / "user" / "job", "0", 0)
    require_memory("add", memory.ALWAYS_GRANTED, "None.")
    with pytest.raises(LimitError):
        require_memory("add", memory.ALWAYS_GRANTED + 1, "None.")


def test_the_refusal_says_what_is_needed_and_what_there_is(machine):
    require_memory("fit", int(6.3 * 2**30), "Shrink.")
    with pytest.raises(LimitError) as refusal:
        require_memory("build 7 edges", 7 * 2**30, "Take fewer latents.")
    assert str(refusal.value) == (
        "too little memory to build 7 edges: given a need of about 7.0 GiB; "
        "expected at most 80% of the 8.0 GiB available now. Take fewer latents."
    )


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's own figures")
def test_what_is_freed_between_pieces_still_in_use_goes_back():
    pieces = [bytes(100_000) for _ in range(1_000)]  # too small to be mapped one by one
    held = pieces[::50]
    give_back()
    full = resident()
    del pieces
    give_back()
    assert resident() < full - 40 * 2**20
    assert len(held) == 20


def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
