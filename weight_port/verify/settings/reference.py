"""What a layer computes, in NumPy and float64: to try settings without either framework.

Recurrent layers as in Keras's documentation of LSTM, GRU and SimpleRNN; batch normalization as in
Ioffe and Szegedy, 2015.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from weight_port.gates import gate_order
from weight_port.verify.settings.activations import ACTIVATIONS, activation_name

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Settings:
    """The settings of a layer that weights do not tell.

    Attributes:
        activation: A name in `ACTIVATIONS`.
        recurrent_activation: That of the gates.
        reset_after: Where a GRU's reset gate acts.
        go_backwards: Whether a recurrent layer starts at the end.
        reverse_output: Whether the steps of its output are turned around afterwards.
        return_sequences: Whether it returns all steps.
        use_mask: Whether it keeps to the mask.
        epsilon: That of a normalization.
        batch_statistics: Whether a normalization uses those of the batch, as in training.
        axis: The axis that a normalization keeps (batch) or normalizes (layer).
    """

    activation: str = "linear"
    recurrent_activation: str = "sigmoid"
    reset_after: bool = True
    go_backwards: bool = False
    reverse_output: bool = False
    return_sequences: bool = False
    use_mask: bool = True
    epsilon: float = 1e-3
    batch_statistics: bool = False
    axis: int = -1


def run(
    layer_class: str,
    settings: Settings,
    weights: Arrays,
    inputs: np.ndarray,
    mask: np.ndarray | None = None,
) -> np.ndarray:
    """Return the output of a layer, from zero states.

    Args:
        layer_class: One of `KNOWN`.
        settings: Its settings.
        weights: Its weights by Keras name.
        inputs: Its input, `(batch, time, features)` for a recurrent layer.
        mask: Which steps count, `(batch, time)`.
    """
    wide = {name: np.asarray(array, np.float64) for name, array in weights.items()}
    inputs = np.asarray(inputs, np.float64)
    if layer_class in _STEPS:
        return _recurrent(layer_class, settings, wide, inputs, mask)
    return _OTHERS[layer_class](settings, wide, inputs)


def _recurrent(
    layer_class: str, settings: Settings, weights: Arrays, x: np.ndarray, mask: np.ndarray | None
) -> np.ndarray:
    step = _STEPS[layer_class]
    units = weights["recurrent_kernel"].shape[0]
    state = np.zeros((x.shape[0], units))
    cell = np.zeros_like(state)
    # What is returned at a masked step: the output before it, zeros at first.
    output = np.zeros_like(state)
    outputs = []
    order = range(x.shape[1])
    for t in reversed(order) if settings.go_backwards else order:
        new_state, new_cell = step(settings, weights, x[:, t], state, cell)
        if mask is not None and settings.use_mask:
            keep = np.asarray(mask[:, t], bool)[:, None]
            state, cell = np.where(keep, new_state, state), np.where(keep, new_cell, cell)
            output = np.where(keep, new_state, output)
        else:
            state, cell, output = new_state, new_cell, new_state
        outputs.append(output)
    if not settings.return_sequences:
        return output
    if settings.reverse_output:
        outputs.reverse()
    return np.stack(outputs, axis=1)


def _gates(cell: str, fused: np.ndarray) -> dict[str, np.ndarray]:
    """Split the blocks of a fused array, by name."""
    names = gate_order("keras", cell)
    return dict(zip(names, np.split(fused, len(names), axis=-1), strict=True))


def _lstm(
    s: Settings, weights: Arrays, x: np.ndarray, state: np.ndarray, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    fused = x @ weights["kernel"] + state @ weights["recurrent_kernel"] + weights.get("bias", 0.0)
    gates = _gates("lstm", fused)
    act, gate = ACTIVATIONS[s.activation], ACTIVATIONS[s.recurrent_activation]
    cell = gate(gates["forget"]) * cell + gate(gates["input"]) * act(gates["cell"])
    return gate(gates["output"]) * act(cell), cell


def _gru(
    s: Settings, weights: Arrays, x: np.ndarray, state: np.ndarray, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    act, gate = ACTIVATIONS[s.activation], ACTIVATIONS[s.recurrent_activation]
    recurrent = weights["recurrent_kernel"]
    bias = weights.get("bias", np.zeros(recurrent.shape[1]))
    first, second = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    from_input = _gates("gru", x @ weights["kernel"] + first)
    from_state = _gates("gru", state @ recurrent + second)
    update = gate(from_input["update"] + from_state["update"])
    reset = gate(from_input["reset"] + from_state["reset"])
    if s.reset_after:
        new = act(from_input["new"] + reset * from_state["new"])
    else:
        product = (reset * state) @ _gates("gru", recurrent)["new"]
        new = act(from_input["new"] + product + _gates("gru", second)["new"])
    return update * state + (1 - update) * new, cell


def _simple(
    s: Settings, weights: Arrays, x: np.ndarray, state: np.ndarray, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    total = x @ weights["kernel"] + state @ weights["recurrent_kernel"] + weights.get("bias", 0.0)
    return ACTIVATIONS[s.activation](total), cell


def _dense(s: Settings, weights: Arrays, x: np.ndarray) -> np.ndarray:
    return ACTIVATIONS[s.activation](x @ weights["kernel"] + weights.get("bias", 0.0))


def _activation(s: Settings, weights: Arrays, x: np.ndarray) -> np.ndarray:
    return ACTIVATIONS[s.activation](x)


def _batch_norm(s: Settings, weights: Arrays, x: np.ndarray) -> np.ndarray:
    axis = s.axis % x.ndim
    others = tuple(i for i in range(x.ndim) if i != axis)
    shape = [x.shape[axis] if i == axis else 1 for i in range(x.ndim)]
    if s.batch_statistics:
        mean, variance = x.mean(others, keepdims=True), x.var(others, keepdims=True)
    else:
        mean = weights["moving_mean"].reshape(shape)
        variance = weights["moving_variance"].reshape(shape)
    result = (x - mean) / np.sqrt(variance + s.epsilon)
    if "gamma" in weights:
        result = result * weights["gamma"].reshape(shape)
    return result + weights["beta"].reshape(shape) if "beta" in weights else result


def _layer_norm(s: Settings, weights: Arrays, x: np.ndarray) -> np.ndarray:
    mean = x.mean(s.axis, keepdims=True)
    result = (x - mean) / np.sqrt(x.var(s.axis, keepdims=True) + s.epsilon)
    return result * weights.get("gamma", 1.0) + weights.get("beta", 0.0)


_Step = Callable[
    [Settings, Arrays, np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]
]
_STEPS: Mapping[str, _Step] = {"LSTM": _lstm, "GRU": _gru, "SimpleRNN": _simple}
_OTHERS: Mapping[str, Callable[[Settings, Arrays, np.ndarray], np.ndarray]] = {
    "Dense": _dense,
    "Activation": _activation,
    "LeakyReLU": _activation,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
}
_SLOPES = {
    0.2: "leaky_relu",
    0.01: "leaky_relu with torch's slope of 0.01",
    0.3: "leaky_relu with the slope of 0.3 of Keras's layer",
}
RECURRENT = frozenset(_STEPS)
KNOWN = RECURRENT | frozenset(_OTHERS)


def settings_of(layer_class: str, config: Mapping[str, Any], weights: Arrays) -> Settings | None:
    """Return the settings of a layer; None if it has some that are not tried here.

    Args:
        layer_class: Keras's class name.
        config: The layer's configuration as Keras has it.
        weights: Its weights.
    """
    if layer_class not in KNOWN or config.get("stateful") or config.get("time_major"):
        return None
    recurrent = layer_class in RECURRENT
    activation = activation_name(config.get("activation", "tanh" if recurrent else None))
    if layer_class == "LeakyReLU":
        activation = _SLOPES.get(config.get("negative_slope", config.get("alpha", 0.3)))
    gates = activation_name(config.get("recurrent_activation", "sigmoid"))
    axis = config.get("axis", -1)
    if isinstance(axis, (list, tuple)) and len(axis) == 1:
        axis = axis[0]
    if layer_class == "LayerNormalization" and axis not in (-1,):
        return None
    if activation is None or gates is None or not isinstance(axis, int):
        return None
    return Settings(
        activation=activation,
        recurrent_activation=gates,
        reset_after=bool(config.get("reset_after", True)),
        go_backwards=bool(config.get("go_backwards", False)),
        return_sequences=bool(config.get("return_sequences", False)),
        epsilon=float(config.get("epsilon", 1e-3)),
        axis=axis,
    )
