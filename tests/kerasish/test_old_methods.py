"""Methods and functions of Keras 2 on whole models."""

from __future__ import annotations

import numpy as np
import pytest

import kerasish
from kerasish import layers


def test_reset_states_of_a_model_reaches_all_layers() -> None:
    inner = kerasish.Sequential([layers.GRU(2, stateful=True, return_sequences=True)])
    model = kerasish.Sequential(
        [
            kerasish.Input(batch_shape=(2, 3, 1)),
            layers.Bidirectional(layers.LSTM(2, stateful=True, return_sequences=True)),
            inner,
            layers.Dense(1),
        ]
    )
    x = np.ones((2, 3, 1), "float32")
    first = model.predict(x, batch_size=2, verbose=0)
    assert np.abs(model.predict(x, batch_size=2, verbose=0) - first).max() > 1e-4
    with pytest.warns(DeprecationWarning, match="reset_state"):
        model.reset_states()
    np.testing.assert_array_equal(model.predict(x, batch_size=2, verbose=0), first)


@pytest.mark.filterwarnings("ignore:kerasish.backend.tensorflow_backend:DeprecationWarning")
def test_the_gpus_of_old_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    from kerasish import backend

    monkeypatch.setattr("torch.accelerator.is_available", lambda: True)
    monkeypatch.setattr("torch.accelerator.device_count", lambda: 2)
    assert backend.tensorflow_backend._get_available_gpus() == ["/device:GPU:0", "/device:GPU:1"]
