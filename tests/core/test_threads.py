import numpy as np
import threadpoolctl

from workbench.core.threads import one_blas_thread


def blas_threads():
    return {
        pool["num_threads"]
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    }


def test_blas_is_held_to_one_thread_and_let_go_again():
    assert np.eye(2).trace() == 2
    before = blas_threads()
    with one_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == before
