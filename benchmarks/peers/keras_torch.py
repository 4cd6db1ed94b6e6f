"""Keras on torch, trained with the loop that Keras's guide gives for this backend."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import torch

from benchmarks.cases import Case
from benchmarks.data import TIMED_RATE, Data, make_data
from benchmarks.peers.keras_api import make_layer, make_prediction, read_weights, set_weights
from benchmarks.peers.peer import COMPARED_ROWS, Call, LocalPeer, Results, weight_steps
from benchmarks.peers.torch_training import mean_squared_error


class KerasTorchPeer(LocalPeer):
    """Keras's layers on torch.

    Args:
        device: Where it runs.
        threads: Number of threads.
    """

    def __init__(self, device: str, threads: int) -> None:
        super().__init__()
        torch.set_num_threads(threads)
        # Keras itself takes a GPU where it sees one.
        self._device = device

    def versions(self) -> dict[str, str]:
        return {"keras": keras.__version__, "torch": torch.__version__}

    def synchronize(self) -> None:
        if self._device == "cuda":
            torch.cuda.synchronize()

    def make(self, case: Case) -> tuple[Call, Results]:
        data = make_data(case)
        layer = make_layer(keras, case)
        if case.action.startswith("predict"):
            _, predict = make_prediction(keras, layer, case, data)
            return predict, {"outputs": predict()[:COMPARED_ROWS]}
        layer.build(data.inputs.shape)
        set_weights(layer, data)
        inputs = torch.from_numpy(data.inputs).to(self._device)
        mask = None if data.mask is None else torch.from_numpy(data.mask).to(self._device)

        @torch.no_grad()
        def forward() -> Any:
            return layer(inputs, mask=mask, training=False)

        if case.action == "forward":
            return forward, {"outputs": forward().cpu().numpy()}
        outputs = {"outputs": forward().cpu().numpy()} if case.work.random else None
        step, results = self._make_training_step(layer, inputs, mask, data)
        return step, outputs or results

    def _make_training_step(
        self, layer: Any, inputs: Any, mask: Any, data: Data
    ) -> tuple[Call, Results]:
        targets = torch.from_numpy(data.targets).to(self._device)
        optimizer = keras.optimizers.SGD(data.checked_rate)
        weights = layer.trainable_weights
        valid = None if mask is None else mask[..., None].float()

        def step() -> Any:
            layer.zero_grad()
            outputs = layer(inputs, mask=mask, training=True)
            loss = mean_squared_error(outputs, targets, valid)
            loss.backward()
            with torch.no_grad():
                optimizer.apply([weight.value.grad for weight in weights], weights)
            return loss

        before = read_weights(layer)
        loss = np.asarray(step().item())
        results = {"loss": loss, **weight_steps(before, read_weights(layer))}
        optimizer.learning_rate = TIMED_RATE
        return step, results
