"""Keras on TensorFlow, forward and training step compiled with `tf.function`."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.cases import Case
from benchmarks.data import TIMED_RATE, Data, make_data
from benchmarks.peers.keras_api import make_layer, make_prediction, read_weights, set_weights
from benchmarks.peers.peer import COMPARED_ROWS, Call, LocalPeer, Results, weight_steps


class KerasTensorFlowPeer(LocalPeer):
    """Keras's layers on TensorFlow.

    Args:
        device: Where they run.
        threads: Number of threads.

    Raises:
        ValueError: If TensorFlow sees no such device.
    """

    def __init__(self, device: str, threads: int) -> None:
        super().__init__()
        if device == "cuda" and not tf.config.list_physical_devices("GPU"):
            raise ValueError("TensorFlow sees no GPU here. Received: device 'cuda'")
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        self._device = device

    def versions(self) -> dict[str, str]:
        return {"keras": keras.__version__, "tensorflow": tf.__version__}

    def synchronize(self) -> None:
        if self._device == "cuda":
            tf.experimental.sync_devices()

    def make(self, case: Case) -> tuple[Call, Results]:
        data = make_data(case)
        layer = make_layer(keras, case)
        if case.action.startswith("predict"):
            _, predict = make_prediction(keras, layer, case, data)
            return predict, {"outputs": predict()[:COMPARED_ROWS]}
        layer.build(data.inputs.shape)
        set_weights(layer, data)
        inputs = tf.constant(data.inputs)
        mask = None if data.mask is None else tf.constant(data.mask)
        function = tf.function(lambda x: layer(x, mask=mask, training=False))

        def forward() -> Any:
            return function(inputs)

        if case.action == "forward":
            return forward, {"outputs": forward().numpy()}
        outputs = {"outputs": forward().numpy()} if case.work.random else None
        step, results = self._make_training_step(layer, inputs, mask, data)
        return step, outputs or results

    def _make_training_step(
        self, layer: Any, inputs: Any, mask: Any, data: Data
    ) -> tuple[Call, Results]:
        targets = tf.constant(data.targets)
        optimizer = keras.optimizers.SGD(data.checked_rate)
        variables = layer.trainable_variables
        optimizer.build(variables)
        valid = None if mask is None else tf.cast(mask[..., None], tf.float32)

        @tf.function
        def train(x: Any, y: Any) -> Any:
            with tf.GradientTape() as tape:
                outputs = layer(x, mask=mask, training=True)
                if valid is not None:
                    outputs, y = outputs * valid, y * valid
                loss = tf.reduce_mean(tf.math.squared_difference(outputs, y))
            optimizer.apply(tape.gradient(loss, variables), variables)
            return loss

        def step() -> Any:
            return train(inputs, targets)

        before = read_weights(layer)
        loss = np.asarray(step().numpy())
        results = {"loss": loss, **weight_steps(before, read_weights(layer))}
        optimizer.learning_rate = TIMED_RATE
        return step, results
