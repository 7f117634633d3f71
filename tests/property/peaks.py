"""Memory at the peak of some code, measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

MEASURE = """
import resource, sys
sys.path.insert(0, {here!r})
{before}
def resident():
    return resource.getpagesize() * int(open("/proc/self/statm").read().split()[1])
start = resident()
{code}
print(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)
"""


def measured_peak(before, code):
    """Bytes that `code` takes at its peak, beyond what is there after `before`."""
    script = MEASURE.format(here=str(Path(__file__).parent), before=before, code=code)
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=600
    )
    return int(done.stdout.split()[-1])
