import job_tasks
import numpy as np
import pytest

from workbench.core.checkpoints import NOWHERE
from workbench.errors import FormatError, LimitError, ParameterError
from workbench.jobs.call import Call, Ref
from workbench.jobs.perform import SMALLEST_BATCH, is_out_of_memory, perform
from workbench.store.codecs import decode, encode


class Shelf:
    """Keeps the last state and gives it back."""

    def __init__(self, left=None):
        self.left, self.n_loaded = left, 0

    is_due = True

    def load(self):
        self.n_loaded += 1
        return self.left

    def save(self, state):
        self.left = dict(state)


def result_of(call, blobs=None, **more):
    made = perform(call, lambda name: (blobs or {})[name].payload, **more)
    return decode(made.root, lambda name: made.blobs[name].payload)


def test_arguments_come_from_their_blobs():
    values = encode(np.arange(4.0))
    call = Call("job_tasks.total", {"values": Ref(values.root), "factor": 2})
    assert result_of(call, values.blobs) == 12.0


def test_progress_and_checkpoints_are_handed_on():
    seen, shelf = [], Shelf()
    call = Call("job_tasks.chain", {"n": 5, "seed": 3})
    result = result_of(call, on_progress=lambda *a, **k: seen.append(a[0]), checkpoints=shelf)
    assert seen == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert int(shelf.left["place"]) == 5
    np.testing.assert_array_equal(result, job_tasks.chain(5, 3))


def test_work_goes_on_from_a_state_bit_by_bit():
    shelf = Shelf()
    job_tasks.chain(4, 3, checkpoints=shelf)
    seen = []
    call = Call("job_tasks.chain", {"n": 9, "seed": 3})
    result = result_of(call, on_progress=lambda *a, **k: seen.append(a[1]), checkpoints=shelf)
    assert seen[0] == "step 5"
    np.testing.assert_array_equal(result, job_tasks.chain(9, 3))


@pytest.mark.parametrize("arguments", [{}, {"values": 1, "odd": 2}])
def test_arguments_that_do_not_fit_are_refused(arguments):
    with pytest.raises(ParameterError, match="expected values, factor"):
        perform(Call("job_tasks.total", arguments), {}.__getitem__)


def test_a_task_that_is_not_registered_is_not_run():
    with pytest.raises(ParameterError, match="not registered"):
        perform(Call("subprocess.run", {"args": "x"}), {}.__getitem__)


def test_a_damaged_argument_is_an_error_of_its_own():
    values = encode(np.arange(4.0))
    call = Call("job_tasks.total", {"values": Ref(values.root)})
    with pytest.raises(FormatError):
        perform(call, lambda name: b"damaged")


@pytest.mark.parametrize(("fits", "batch"), [(512, 256), (128, 128), (100, 64), (16, 16)])
def test_the_batch_is_halved_until_it_fits(fits, batch):
    told = []
    call = Call("job_tasks.crowded", {"n": 1, "fits": fits})
    assert result_of(call, on_progress=lambda *a, **k: told.append(k)) == batch
    used = [values["batch"] for values in told if "batch" in values]
    assert used == [b for b in (128, 64, 32, 16) if b >= batch and batch < 256]


def test_rows_at_once_are_preferred_to_the_batch_and_may_be_open():
    assert result_of(Call("job_tasks.crowded_rows", {"fits": 100})) == [256, 64]


def test_memory_that_never_suffices_is_a_clear_error():
    call = Call("job_tasks.crowded", {"n": 1, "fits": 3})
    with pytest.raises(LimitError, match="fewer rows or a smaller circuit") as caught:
        perform(call, {}.__getitem__)
    assert f"batch={SMALLEST_BATCH}" in str(caught.value)


def test_a_function_without_a_batch_fails_at_once():
    with pytest.raises(LimitError, match="room for it all"):
        perform(Call("job_tasks.huge", {}), {}.__getitem__)


def test_a_state_remembers_the_batch_that_fitted():
    shelf = Shelf()
    with pytest.raises(ParameterError, match="interrupted"):
        perform(Call("job_tasks.crowded_steps", {"ends": 3}), {}.__getitem__, checkpoints=shelf)
    batches = result_of(Call("job_tasks.crowded_steps", {"ends": 99}), checkpoints=shelf)
    assert batches == [64, 64, 64, 64, 64, 64]  # not once more the one that did not fit


def test_memory_that_gives_out_midway_goes_on_from_the_last_state():
    shelf = Shelf()
    call = Call("job_tasks.crowded_steps", {"ends": 99, "crowded_from": 2})
    assert result_of(call, checkpoints=shelf) == [256, 256, 64, 64, 64, 64]


class OutOfMemoryError(RuntimeError):
    """As a device's library says it."""


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (MemoryError("x"), True),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_says_that_memory_ran_out(error, is_memory):
    assert is_out_of_memory(error) is is_memory


def test_nothing_is_kept_where_nothing_is_kept():
    assert result_of(Call("job_tasks.chain", {"n": 2}), checkpoints=NOWHERE).shape == (3, 3)
