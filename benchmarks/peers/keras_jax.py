"""Keras on JAX, forward and training step compiled with `jax.jit`."""

from __future__ import annotations

from typing import Any

import jax
import keras
import numpy as np
from jax import numpy as jnp

from benchmarks.cases import Case
from benchmarks.data import TIMED_RATE, Data, make_data
from benchmarks.peers.keras_api import make_layer, make_prediction, read_weights, set_weights
from benchmarks.peers.peer import COMPARED_ROWS, Call, LocalPeer, Results, weight_steps


class KerasJaxPeer(LocalPeer):
    """Keras's layers on JAX, as its guide to this backend writes a loop of one's own.

    JAX answers before it has computed, so every call waits for its result.

    Args:
        device: Where they run.

    Raises:
        ValueError: If JAX sees no such device.
    """

    def __init__(self, device: str) -> None:
        super().__init__()
        if device == "cuda" and jax.default_backend() != "gpu":
            raise ValueError("JAX sees no GPU here. Received: device 'cuda'")

    def versions(self) -> dict[str, str]:
        return {"keras": keras.__version__, "jax": jax.__version__}

    def make(self, case: Case) -> tuple[Call, Results]:
        data = make_data(case)
        layer = make_layer(keras, case)
        if case.action.startswith("predict"):
            _, predict = make_prediction(keras, layer, case, data)
            return predict, {"outputs": predict()[:COMPARED_ROWS]}
        layer.build(data.inputs.shape)
        set_weights(layer, data)
        inputs = jnp.asarray(data.inputs)
        mask = None if data.mask is None else jnp.asarray(data.mask)
        options = {} if mask is None else {"mask": mask}
        fixed = [variable.value for variable in layer.non_trainable_variables]

        @jax.jit
        def run(weights: Any, x: Any) -> Any:
            return layer.stateless_call(weights, fixed, x, training=False, **options)[0]

        weights = [variable.value for variable in layer.trainable_variables]

        def forward() -> Any:
            return run(weights, inputs).block_until_ready()

        if case.action == "forward":
            return forward, {"outputs": np.asarray(forward())}
        outputs = {"outputs": np.asarray(forward())} if case.work.random else None
        step, results = self._make_training_step(layer, inputs, options, data)
        return step, outputs or results

    def _make_training_step(
        self, layer: Any, inputs: Any, options: dict[str, Any], data: Data
    ) -> tuple[Call, Results]:
        targets = jnp.asarray(data.targets)
        valid = options["mask"][..., None].astype("float32") if options else 1.0
        optimizer = keras.optimizers.SGD(data.checked_rate)
        optimizer.build(layer.trainable_variables)

        def loss_of(weights: Any, fixed: Any, x: Any, y: Any) -> Any:
            outputs, fixed = layer.stateless_call(weights, fixed, x, training=True, **options)
            return jnp.mean(jnp.square(valid * (outputs - y))), fixed

        @jax.jit
        def train(weights: Any, fixed: Any, state: Any, x: Any, y: Any) -> Any:
            gradient_of = jax.value_and_grad(loss_of, has_aux=True)
            (loss, fixed), gradients = gradient_of(weights, fixed, x, y)
            weights, state = optimizer.stateless_apply(state, gradients, weights)
            return loss, weights, fixed, state

        weights = [variable.value for variable in layer.trainable_variables]
        fixed = [variable.value for variable in layer.non_trainable_variables]
        state = [variable.value for variable in optimizer.variables]

        def step() -> Any:
            nonlocal weights, fixed, state
            loss, weights, fixed, state = train(weights, fixed, state, inputs, targets)
            return loss.block_until_ready()

        before = read_weights(layer)
        loss = np.asarray(step())
        for variable, value in zip(layer.trainable_variables, weights, strict=True):
            variable.assign(value)
        results = {"loss": loss, **weight_steps(before, read_weights(layer))}
        # The rate is one of the optimizer's variables.
        optimizer.learning_rate = TIMED_RATE
        state = [variable.value for variable in optimizer.variables]
        return step, results
