"""Memory at the peak of some code, measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

# ru_maxrss would count the parent, which the process shares until it loads its program.
MEASURE = """
import sys
sys.path.insert(0, {here!r})
{before}
def kibibytes(name):
    return next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith(name))
start = kibibytes("VmRSS:")
{code}
print(1024 * (kibibytes("VmHWM:") - start))
"""


def measured_peak(before, code):
    """Bytes that `code` takes at its peak, beyond what is there after `before`."""
    script = MEASURE.format(here=str(Path(__file__).parent), before=before, code=code)
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=600
    )
    return int(done.stdout.split()[-1])
