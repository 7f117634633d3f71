"""Events per CPU second, the memory and the fold time of a large tree, and success at equal tokens.

Run it as a script: ``python tests/bench/bench_reasoning.py``. It prints and asserts nothing.
"""

import sys
import time
import tracemalloc

import numpy as np

from workbench.reasoning import Budget, SearchTree, problems, search, search_many
from workbench.reasoning.events import EventLog, Node
from workbench.reasoning.verifiers import Oracle

ROW = "{:<42}{:>14}  {}\n"


def row(what, value, unit):
    sys.stdout.write(ROW.format(what, value, unit))


def random_log(n_nodes):
    parents = (np.random.default_rng(0).random(n_nodes) * np.arange(n_nodes)).astype(int).tolist()
    nodes = [Node(0, (), 0, 0, "root", "t", None, 0, None, seq=0)]
    nodes.extend(
        Node(i, (parents[i],), 0, 1, "step", "t", -0.5, 7, 0, seq=i) for i in range(1, n_nodes)
    )
    return EventLog(tuple(nodes), {"t": "text"})


def seconds(work):
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def bench_driver():
    task = problems.countdown_set(1, size=5, seed=0)[0]
    search(task, "best_of_n", params={"n": 8})
    took, run = seconds(lambda: search(task, "best_of_n", seed=1, params={"n": 20_000}))
    row(
        "best-of-n, Countdown-5, n=20,000",
        f"{len(run.events) / took:,.0f}",
        "events per CPU second",
    )
    took, run = seconds(lambda: search(task, "beam", params={"n": 64}))
    row("beam, Countdown-5, n=64", f"{took:.3f}", "CPU s")


def bench_fold(n_nodes=1_000_000):
    log = random_log(n_nodes)
    took, tree = seconds(lambda: SearchTree.fold(log))
    row(f"fold {n_nodes:,} nodes", f"{took:.2f}", "CPU s")
    row("scrub to the middle", f"{1e3 * seconds(lambda: tree.at(n_nodes // 2))[0]:.0f}", "ms")
    del tree
    tracemalloc.start()
    tree = SearchTree.fold(log)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    row(f"tree of {tree.n_nodes:,} nodes", f"{kept / 2**20:.0f}", f"MB (peak {peak / 2**20:.0f})")


def bench_success(tokens=(400, 1_000, 2_000)):
    tasks = problems.countdown_set(40, size=4, seed=0)
    for limit in tokens:
        setups = {"best_of_n": {"n": limit}, "beam": {"n": 4 * (limit // 145), "width": 4}}
        for name, params in setups.items():
            runs = [
                run
                for seed in range(4)
                for run in search_many(
                    tasks,
                    name,
                    seed=seed,
                    budget=Budget(tokens=limit),
                    params=params,
                    verifier=Oracle(noise=2.0),
                )
            ]
            rate = np.mean([run.solved for run in runs])
            spent = np.mean([run.ledger.tokens for run in runs])
            row(f"{name}, {limit} tokens, noise 2", f"{rate:.3f}", f"solved ({spent:.0f} spent)")


if __name__ == "__main__":
    bench_driver()
    bench_fold()
    bench_success()
