"""Activations in NumPy, those that frameworks define differently under one name included."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

_ERF = np.vectorize(math.erf, otypes=[np.float64])


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _leaky(slope: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.where(x < 0, slope * x, x)


ACTIVATIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "linear": lambda x: x,
        "sigmoid": _sigmoid,
        # keras.ops.hard_sigmoid, torch.nn.functional.hardsigmoid.
        "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
        # tf.keras 2: tf.keras.backend.hard_sigmoid. ONNX's HardSigmoid has it by default, too.
        "hard_sigmoid of Keras 2": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
        "tanh": np.tanh,
        "relu": lambda x: np.maximum(x, 0),
        "relu6": lambda x: np.clip(x, 0, 6),
        "elu": lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x),
        "silu": lambda x: x * _sigmoid(x),
        "softplus": lambda x: np.logaddexp(0, x),
        "softsign": lambda x: x / (1 + np.abs(x)),
        "softmax": _softmax,
        "exponential": np.exp,
        # Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016: exact, and its approximation.
        "gelu": lambda x: 0.5 * x * (1 + _ERF(x / math.sqrt(2))),
        "gelu approximated by tanh": lambda x: (
            0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        ),
        "leaky_relu": _leaky(0.2),
        "leaky_relu with torch's slope of 0.01": _leaky(0.01),
        "leaky_relu with the slope of 0.3 of Keras's layer": _leaky(0.3),
    }
)

_ALIASES = {"swish": "silu", None: "linear"}


def activation_name(value: object) -> str | None:
    """Return the name of an activation in a configuration; None if it is none of these."""
    name = _ALIASES.get(value, value) if isinstance(value, str) or value is None else None
    return name if isinstance(name, str) and name in ACTIVATIONS else None
