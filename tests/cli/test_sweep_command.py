"""workbench sweep and jobs: a sweep run, watched, cancelled, resumed, from the shell."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
from rich.console import Console

import workbench as wb
from workbench.cli import main, stored
from workbench.core.tables import Table
from workbench.jobs import open as open_study
from workbench.studies.cells import learn_cell

pytestmark = pytest.mark.usefixtures("own_folders")

SWEEP = ["sweep", "learn", "iris", "--latents", "2,3", "--epochs", "2", "--seeds", "0..1"]
SWEEP += ["--bins", "3", "--study", "s.wb"]


def told(capsys, *arguments, code=0):
    assert main([*map(str, arguments), "--json"]) == code
    shown = capsys.readouterr()
    return json.loads(shown.out)


def test_a_sweep_is_run_and_its_table_is_that_of_the_cells(capsys):
    sweep = told(capsys, *SWEEP)
    assert sweep["status"] == "done"
    rows = sweep["table"]
    assert [(row["latents"], row["seed"]) for row in rows] == [(2, 0), (2, 1), (3, 0), (3, 1)]
    alone = learn_cell("iris", latents=3, epochs=2, seed=1, bins=3)
    assert rows[3]["test"] == alone.measures["test"]
    assert {row["status"] for row in rows} == {"done"}

    assert {row["structure"] for row in rows} == {"hclt"}

    (job,) = told(capsys, "jobs", "list", "s.wb")["jobs"]
    assert (job["id"], job["cells"], job["save_as"]) == (sweep["job"], 4, "learning sweep")
    whole = told(capsys, "jobs", "show", "s.wb", job["id"])
    assert [row["result"] for row in whole["table"]] == [row["result"] for row in rows]
    assert whole["resumable"] is False
    cell = told(capsys, "jobs", "show", "s.wb", rows[0]["id"])
    assert cell["arguments"]["latents"] == 2
    assert cell["values"]["nodes"][-1] == rows[0]["nodes"]
    assert told(capsys, "jobs", "watch", "s.wb", job["id"])["status"] == "done"
    assert main(["jobs", "show", "s.wb", str(job["id"])]) == 0
    shown = capsys.readouterr().out
    assert "4 of 4 done" in shown
    assert "latents" in shown
    assert main(["study", "load", "s.wb", "learning sweep", "--out", "sweep.csv"]) == 0
    assert Path("sweep.csv").read_text().count("\n") == 5

    with open_study("s.wb", run=False) as study:
        live = Console(file=io.StringIO(), width=200)
        live.print(stored.live_table(study.job(job["id"]), most=3))
    words = live.file.getvalue()
    assert "learning sweep: 4 of 4 done" in words
    assert words.count("100 %") == 3
    assert "and 1 more" in words


def test_searches_are_swept_and_later_ones_wait_for_run(capsys):
    options = ["--tasks", "2", "--tokens", "100,300", "--seeds", "3", "--study", "s.wb"]
    later = told(capsys, "sweep", "search", "beam", *options, "--later")
    assert (later["status"], len(later["table"])) == ("queued", 2)
    cancelled = told(capsys, "jobs", "cancel", "s.wb", later["job"])["jobs"]
    assert [job["status"] for job in cancelled] == ["cancelled"]
    assert main(["jobs", "watch", "s.wb", str(later["job"])]) == 1
    capsys.readouterr()
    first = later["job"] + 1
    again = told(capsys, "jobs", "resume", "s.wb", f"{first}..{first + 1}", "--later")["jobs"]
    assert [(job["id"], job["status"]) for job in again] == [
        (first, "queued"),
        (first + 1, "queued"),
    ]
    assert told(capsys, "jobs", "cancel", "s.wb", f"{first},{first + 1}")["jobs"][1]["cells"] == 0
    assert told(capsys, "jobs", "resume", "s.wb", later["job"], "--later")["jobs"][0]["status"] == (
        "queued"
    )
    done = told(capsys, "jobs", "run", "s.wb")["jobs"]
    assert [(job["id"], job["status"]) for job in done] == [(later["job"], "done")]
    table = told(capsys, "jobs", "show", "s.wb", later["job"])["table"]
    assert [row["tokens given"] for row in table] == [100, 300]
    assert all(0 <= row["solved"] <= 1 for row in table)
    assert told(capsys, "jobs", "run", "s.wb")["jobs"] == []


def test_a_cell_that_fails_is_told_and_the_exit_code_says_so(own_folders, capsys):
    table = own_folders / "gone.csv"
    table.write_text("a,b\n" + "x,y\nz,y\n" * 6)
    options = ["--latents", "2", "--epochs", "0,1", "--study", "s.wb"]
    assert main(["sweep", "learn", str(table), *options]) == 1
    shown = capsys.readouterr()
    assert "error: job " in shown.err
    assert "done" in shown.out
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sweep", "learn", "iris", "--latents", "2..x"], "--latents"),
        (["sweep", "learn", "absent.csv"], "absent.csv"),
        (["sweep", "learn", "iris", "--structures", "ladder"], "learn_spn"),
        (["sweep", "search", "nonsense"], "beam"),
        (["sweep", "search", "beam", "--task", "3 7"], "3 7"),
        (["jobs", "show", "absent.wb", "1"], "absent.wb"),
        (["jobs", "cancel", "absent.wb", "1"], "absent.wb"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_kept(arguments, message, capsys):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert list(Path.cwd().iterdir()) == []


def test_columns_that_say_nothing_are_left_out():
    table = Table({"seed": [0, 1], "test": [np.nan, np.nan], "error": ["", ""], "text": ["a", "b"]})
    assert stored.cell_words(table, [1]) == (["seed"], [["1"]])


def _hear_interrupts():
    """Undo that a shell lets what it runs in the background ignore Ctrl+C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(*arguments):
    """A command in a session of its own, which is ended with all its children."""
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench.cli", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_hear_interrupts,  # noqa: PLW1509  # no other thread runs here
    )
    workers = []
    try:
        yield process
        if process.poll() is None:
            workers = psutil.Process(process.pid).children(recursive=True)
    finally:
        process.kill()
        process.communicate()
        for worker in workers:
            with suppress(psutil.NoSuchProcess):
                worker.kill()


def wait_until(holds, process):
    deadline = time.monotonic() + 200
    while not holds():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_study_is_opened_with_all_tasks_that_the_shell_submits():
    probe = (
        "from pathlib import Path; from workbench import jobs\n"
        "from workbench.cli.stored import opened\n"
        "with opened(Path('s.wb'), create=True): print(*jobs.known())"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )
    submitted = {"studies.learn_circuit", "studies.describe_class", "reasoning.search"}
    cells = {"studies.cells.learn_cell", "studies.cells.search_cell"}
    assert submitted | cells <= set(done.stdout.split())


def interrupted(*arguments, when):
    """The exit code and errors of a command that got Ctrl+C once `when` holds, with its workers."""
    with started(*arguments) as process:
        wait_until(when, process)
        workers = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    return process.returncode, said, workers


def first_job_is_under_way():
    if not Path("s.wb", "index.sqlite").exists():
        return False
    with open_study("s.wb", run=False) as study:
        rows = study.rows("SELECT progress FROM jobs WHERE parent IS NULL")
        return bool(rows) and rows[0][0] > 0.1


def test_ctrl_c_cancels_and_resuming_gives_the_same_circuit(capsys):
    learn = ["learn", "iris", "--bins", "4", "--latents", "3", "--epochs", "4000"]
    code, said, workers = interrupted(*learn, "--study", "s.wb", when=first_job_is_under_way)
    assert code == 130
    assert "workbench jobs resume" in said
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []
    (job,) = told(capsys, "jobs", "list", "s.wb")["jobs"]
    assert job["status"] == "cancelled"
    resume = said.strip().splitlines()[-1].partition("workbench jobs ")[2].split()
    assert told(capsys, "jobs", *resume)["jobs"][0]["status"] == "done"
    assert main([*learn, "--out", "whole.wbc"]) == 0
    kept = wb.circuits.load("whole.wbc")
    with open_study("s.wb", run=False) as study:
        assert study.load("circuit of iris").circuit.hash == kept.hash


def n_cells(status):
    with open_study("s.wb", run=False) as study:
        return study.rows("SELECT count(*) FROM jobs WHERE parent = 1 AND status = ?", (status,))[
            0
        ][0]


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "epochs"), [(3, 200), (25, 1500)])
def test_a_sweep_half_cancelled_goes_on_after_its_runner_was_killed(seeds, epochs, capsys):
    grid = ["--latents", "2,3", "--epochs", str(epochs), "--seeds", f"0..{seeds - 1}"]
    n = 2 * seeds
    submitted = told(
        capsys, "sweep", "learn", "iris", *grid, "--bins", "3", "--study", "s.wb", "--later"
    )
    cells = [row["id"] for row in submitted["table"]]
    assert len(cells) == n
    with started("jobs", "run", "s.wb") as process:
        wait_until(lambda: n_cells("done") >= 1, process)
        told(capsys, "jobs", "cancel", "s.wb", f"{cells[seeds]}..{cells[-1]}")
        process.kill()
    assert n_cells("cancelled") >= 1
    assert n_cells("failed") == 0
    told(capsys, "jobs", "resume", "s.wb", f"{cells[seeds]}..{cells[-1]}", "--later")
    (job,) = told(capsys, "jobs", "run", "s.wb")["jobs"]
    assert (job["status"], n_cells("done")) == ("done", n)
    table = told(capsys, "jobs", "show", "s.wb", "1")["table"]
    for row in (table[0], table[-1]):
        alone = learn_cell("iris", latents=row["latents"], epochs=epochs, seed=row["seed"], bins=3)
        assert row["test"] == alone.measures["test"]
