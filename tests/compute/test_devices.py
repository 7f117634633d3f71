import numpy as np
import pytest

from workbench.circuits import Builder
from workbench.compute import choose, engine, explain
from workbench.compute.devices import THREADS_FROM_EDGES, usable_cpus
from workbench.data.variables import categorical
from workbench.errors import ParameterError


@pytest.fixture
def coin():
    build = Builder((categorical("x", 2),))
    return build.circuit(build.categorical(0, [0.25, 0.75]))


def test_small_circuits_run_on_one_thread_of_the_cpu(coin):
    chosen = choose(coin)
    assert (chosen.device, chosen.threads) == ("cpu", 1)
    assert chosen.workers == 1
    assert len(chosen.reasons) == 3


def test_large_circuits_use_every_core():
    from workbench.compute.devices import _threads

    shares, workers, reason = _threads(None, THREADS_FROM_EDGES)
    assert shares == usable_cpus()
    assert workers in {1, shares}
    assert str(workers) in reason


def test_more_threads_are_used_only_where_they_do_more(monkeypatch):
    from workbench.compute import devices
    from workbench.compute.probe import Probe

    monkeypatch.setattr(devices, "usable_cpus", lambda: 4)
    for speedup, workers in ((1.05, 1), (3.2, 4)):
        monkeypatch.setattr(devices, "probe", lambda n, s=speedup: Probe(50.0, n, s))
        assert devices._threads(None, THREADS_FROM_EDGES)[:2] == (4, workers)


def test_the_probe_times_real_products():
    from workbench.compute.probe import probe

    assert probe(2).rate > 0.01
    assert 0.1 < probe(2).speedup < 4.0


def test_a_batch_takes_a_share_of_free_memory(monkeypatch):
    from workbench.compute import devices

    monkeypatch.setattr(devices, "available_memory", lambda: 2**23)
    assert devices._batch(None, 1024, 8)[0] == 128


def test_what_is_asked_is_kept(coin):
    chosen = choose(coin, device="cpu", dtype="float32", batch=7, threads=3)
    assert (chosen.dtype, chosen.batch, chosen.threads) == ("float32", 7, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "tpu"}, "given 'tpu'"),
        ({"dtype": "float16"}, "given 'float16'"),
        ({"batch": 0}, "given 0"),
        ({"threads": 0}, "given 0"),
    ],
)
def test_bad_choices_are_named(coin, options, message):
    with pytest.raises(ParameterError, match=message):
        engine(coin, **options)


def test_explanation_names_device_threads_and_precision():
    text = explain()
    for word in ("device", "GPU", "few rows", "threads", "batch", "precision", "memory"):
        assert word in text


def test_batches_shrink_with_the_circuit(coin):
    from workbench.compute.devices import LARGEST_BATCH, _batch

    assert choose(coin).batch == LARGEST_BATCH
    assert _batch(None, 10**9, 8)[0] == 1
    assert np.prod([_batch(None, 100_000, 4)[0], 100_000, 4]) <= 192 * 2**20
