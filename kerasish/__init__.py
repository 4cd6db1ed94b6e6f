"""Keras 3's layers and models on native `torch.nn` modules."""

from kerasish import (
    activations,
    backend,
    config,
    constraints,
    export,
    initializers,
    layers,
    models,
    optimizers,
    random,
    regularizers,
    saving,
    utils,
)
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers import Input, Layer, wrap
from kerasish.models import Functional, Model, Sequential

__version__ = "0.1.0"

__all__ = [
    "Functional",
    "Input",
    "KerasTensor",
    "Layer",
    "Model",
    "Sequential",
    "activations",
    "backend",
    "config",
    "constraints",
    "export",
    "initializers",
    "layers",
    "models",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "utils",
    "wrap",
]
