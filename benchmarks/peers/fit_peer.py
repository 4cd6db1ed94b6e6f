"""An epoch of training with `fit`; needs NumPy and the library alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.fit_models import make_data, make_model
from benchmarks.peers.peer import Call, LocalPeer, Results


class FitPeer(LocalPeer):
    """`model.fit` of kerasish or Keras, for an epoch, silent.

    Args:
        library: `kerasish` or `keras`.
    """

    def __init__(self, library: Any) -> None:
        super().__init__()
        self.library = library

    def versions(self) -> dict[str, str]:
        return {self.library.__name__: self.library.__version__}

    def make(self, case: Any) -> tuple[Call, Results]:
        x, y = make_data(case)
        model = make_model(self.library, case)
        first = model.fit(x, y, batch_size=case.batch, shuffle=False, verbose=0).history

        def epoch() -> None:
            model.fit(x, y, batch_size=case.batch, verbose=0)

        epoch()  # what is compiled at the first call
        return epoch, {name: np.array(first[name]) for name in ("loss", "accuracy")}
