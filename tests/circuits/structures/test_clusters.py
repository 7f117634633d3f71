import numpy as np

from workbench.circuits.structures.clusters import k_means


def test_separate_clouds_are_told_apart():
    random = np.random.default_rng(0)
    truth = np.repeat(np.arange(3), 50)
    points = random.normal(size=(150, 2)) + 20.0 * truth[:, None]
    codes = k_means(points, 3, random)
    assert all(len(np.unique(codes[truth == k])) == 1 for k in range(3))
    assert len(np.unique(codes)) == 3


def test_equal_points_and_more_clusters_than_points():
    codes = k_means(np.zeros((2, 3)), 5, np.random.default_rng(0))
    assert codes.shape == (2,)
    assert (codes >= 0).all()
    assert (codes < 5).all()
