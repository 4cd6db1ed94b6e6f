"""Keras's activation functions on torch tensors, by name, config or function."""

from kerasish.activations.lookup import deserialize, get, serialize
from kerasish.activations.normalizing import log_softmax, softmax, sparsemax
from kerasish.activations.rectifiers import celu, elu, leaky_relu, relu, relu6, selu
from kerasish.activations.shrinking import hard_shrink, soft_shrink, tanh_shrink, threshold
from kerasish.activations.smooth import (
    exponential,
    gelu,
    glu,
    hard_silu,
    linear,
    mish,
    silu,
    softplus,
    sparse_plus,
    squareplus,
)
from kerasish.activations.squashing import (
    hard_sigmoid,
    hard_tanh,
    log_sigmoid,
    sigmoid,
    softsign,
    sparse_sigmoid,
    tanh,
)

hard_swish = hard_silu
swish = silu

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]
