"""The tables that need no download: they come with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.data.assemble import Unsplit
from workbench.data.images import pixels
from workbench.data.options import Options
from workbench.data.variables import continuous


def _digits(options: Options) -> Unsplit:
    from sklearn import datasets

    bunch = datasets.load_digits()
    return pixels(
        bunch.images,
        17,
        name="digits",
        source="scikit-learn: Optical Recognition of Handwritten Digits (UCI), 1,797 images",
        labels=bunch.target.astype(np.int32),
        classes=tuple(str(digit) for digit in bunch.target_names),
        bins=options.bins,
    )


def _measured(name: str, origin: str) -> Callable[[Options], Unsplit]:
    def read(options: Options) -> Unsplit:
        from sklearn import datasets

        bunch: Any = getattr(datasets, f"load_{name}")()
        return Unsplit(
            name=name,
            variables=tuple(continuous(str(feature)) for feature in bunch.feature_names),
            rows=bunch.data.astype(np.float64),
            labels=bunch.target.astype(np.int32),
            classes=tuple(str(label) for label in bunch.target_names),
            source=f"scikit-learn: {origin}",
        )

    return read


def _photographs(options: Options) -> Unsplit:
    """8 x 8 patches with the grey levels of the digits: images, but of nothing written."""
    from sklearn import datasets

    grey = [photograph.mean(axis=2) for photograph in datasets.load_sample_images().images]
    patches = np.concatenate([_patches(one) for one in grey])
    return pixels(
        np.floor(patches / 255 * 16 + 0.5).astype(np.uint8),
        17,
        name="photographs",
        source="scikit-learn: patches of two photographs, china.jpg and flower.jpg (CC BY)",
        bins=options.bins,
    )


def _patches(grey: FloatArray, size: int = 8) -> FloatArray:
    """(patch, size, size) of the photograph, side by side; what is left over is cut off."""
    height, width = (length // size for length in grey.shape)
    squares = grey[: height * size, : width * size].reshape(height, size, width, size)
    return squares.swapaxes(1, 2).reshape(-1, size, size)


BUILTIN: dict[str, Callable[[Options], Unsplit]] = {
    "digits": _digits,
    "photographs": _photographs,
    "iris": _measured("iris", "Iris (Fisher 1936), 150 flowers"),
    "wine": _measured("wine", "Wine recognition (UCI), 178 wines"),
    "breast_cancer": _measured("breast_cancer", "Breast Cancer Wisconsin (UCI), 569 samples"),
}
