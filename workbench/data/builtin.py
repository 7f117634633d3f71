"""The tables that need no download: they come with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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


BUILTIN: dict[str, Callable[[Options], Unsplit]] = {
    "digits": _digits,
    "iris": _measured("iris", "Iris (Fisher 1936), 150 flowers"),
    "wine": _measured("wine", "Wine recognition (UCI), 178 wines"),
    "breast_cancer": _measured("breast_cancer", "Breast Cancer Wisconsin (UCI), 569 samples"),
}
