"""Ours beside SPFlow on the digits; run as ``python tests/bench/bench_peers.py [--rounds N]``.

Each package learns a hidden Chow-Liu tree with 16 latent states by full-batch
EM from its own start, then answers log-likelihoods; the two trees have nearly
the same size, not the same parameters, so their test log-likelihoods stand
beside the times. Every round is a process of its own, the packages alternate,
each has one thread, and CPU seconds are counted. Needs the extra `peers`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

LATENTS, STEPS, BATCH, REPEATS = 16, 10, 512, 20
PACKAGES = ("workbench", "spflow")


def clocked(function):
    """The result of `function` and the CPU seconds it took."""
    begun = time.process_time()
    result = function()
    return result, time.process_time() - begun


def report(n_steps, steps_s, forward_s, score, n_parameters):
    return {
        "EM steps taken": n_steps,
        "EM steps per second": n_steps / steps_s,
        "forward rows per second": BATCH * REPEATS / forward_s,
        "test log-likelihood, nats": score,
        "parameters": n_parameters,
    }


def run_workbench():
    import numpy as np

    from workbench.circuits import hclt
    from workbench.compute import engine
    from workbench.data import load
    from workbench.learning import fit

    data = load("digits")
    start = hclt(data, latents=LATENTS, seed=0)
    rows = np.resize(data.train, (BATCH, data.n_variables))
    fit(start, data.train, epochs=1, batch=len(data.train))  # imports and first calls
    learned, steps_s = clocked(lambda: fit(start, data.train, epochs=STEPS, batch=len(data.train)))
    runs = engine(learned.circuit, dtype="float32")
    runs.log_likelihood(rows)
    _, forward_s = clocked(lambda: [runs.log_likelihood(rows) for _ in range(REPEATS)])
    score = float(runs.log_likelihood(data.test).mean())
    return report(STEPS, steps_s, forward_s, score, learned.circuit.n_parameters)


def run_spflow():
    import numpy as np
    import torch
    from spflow.learn.expectation_maximization import expectation_maximization
    from spflow.zoo.hclt.learn import learn_hclt_categorical

    from workbench.data import load

    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = load("digits")
    train, test = (torch.tensor(part.astype(np.float32)) for part in (data.train, data.test))
    model = learn_hclt_categorical(train, num_hidden_cats=LATENTS, num_cats=17, init="random")
    rows = torch.tensor(np.resize(data.train, (BATCH, data.n_variables)).astype(np.float32))
    expectation_maximization(model, train, max_steps=1)
    history, steps_s = clocked(lambda: expectation_maximization(model, train, max_steps=STEPS))
    with torch.no_grad():
        model.log_likelihood(rows)
        _, forward_s = clocked(lambda: [model.log_likelihood(rows) for _ in range(REPEATS)])
        score = float(model.log_likelihood(test).mean())
    size = sum(table.numel() for table in model.parameters())
    return report(len(history), steps_s, forward_s, score, size)


RUNS = {"workbench": run_workbench, "spflow": run_spflow}


def in_process(package):
    """The report of one round in a fresh process with one thread."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, __file__, "--only", package]
    done = subprocess.run(
        command, env={**os.environ, **threads}, stdout=subprocess.PIPE, check=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=PACKAGES)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(RUNS[options.only]()))
        return
    rounds = [{package: in_process(package) for package in PACKAGES} for _ in range(options.rounds)]
    for figure in rounds[0]["workbench"]:
        ours, theirs = ([one[package][figure] for one in rounds] for package in PACKAGES)
        middle = statistics.median(ours), statistics.median(theirs)
        print(
            f"{figure}: workbench {middle[0]:.6g} ({min(ours):.6g} to {max(ours):.6g}), "
            f"spflow {middle[1]:.6g} ({min(theirs):.6g} to {max(theirs):.6g}), "
            f"ratio {middle[0] / middle[1]:.3g}"
        )


if __name__ == "__main__":
    main()
