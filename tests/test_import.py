"""`import workbench` is instant and brings no heavy library."""

import json
import subprocess
import sys

import pytest

HEAVY = ("anywidget", "bokeh", "holoviews", "matplotlib", "networkx", "pandas", "panel", "scipy",
         "sklearn", "torch")  # fmt: skip
SECONDS = 0.5  # promised to users; a fresh process, the best of some tries on a busy machine
TRIES = 5
PROBE = """
import json, sys, time
started = time.perf_counter()
import workbench
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "modules": sorted(sys.modules)}))
"""


def fresh_import():
    done = subprocess.run(
        [sys.executable, "-c", PROBE], check=True, capture_output=True, text=True, timeout=60
    )
    return json.loads(done.stdout)


def test_importing_loads_no_heavy_library():
    loaded = set(fresh_import()["modules"])
    assert "workbench" in loaded
    assert loaded & set(HEAVY) == set()


def test_importing_takes_under_half_a_second():
    best = min(fresh_import()["seconds"] for _ in range(TRIES))
    assert best < SECONDS


@pytest.mark.parametrize("room", ["errors", "limits", "core", "data", "circuits", "reasoning"])
def test_light_rooms_do_not_load_torch_or_panel(room):
    probe = f"import sys, workbench.{room}; print({{'torch', 'panel'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", probe], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "set()"
