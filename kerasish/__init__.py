"""Keras 3's layers and models on native `torch.nn` modules."""

from kerasish import (
    activations,
    applications,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    distribution,
    dtype_policies,
    export,
    initializers,
    layers,
    legacy,
    losses,
    metrics,
    mixed_precision,
    models,
    ops,
    optimizers,
    preprocessing,
    random,
    regularizers,
    saving,
    tree,
    utils,
    wrappers,
)
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.import_hook import install, uninstall
from kerasish.initializers import Initializer
from kerasish.layers import Input, InputSpec, Layer, wrap
from kerasish.layers.base.free_variable import Variable
from kerasish.layers.base.scopes import device, name_scope
from kerasish.layers.core.own_operation import Operation
from kerasish.losses import Loss
from kerasish.metrics import Metric
from kerasish.models import Functional, Model, Sequential
from kerasish.models.function import Function
from kerasish.old_modules import enable as _enable_old_modules
from kerasish.optimizers import Optimizer
from kerasish.regularizers import Regularizer
from kerasish.saving.dtype_policy import DTypePolicy, FloatDTypePolicy

__version__ = "0.1.0"


def version() -> str:
    """Return the version of kerasish."""
    return __version__


__all__ = [
    "DTypePolicy",
    "FloatDTypePolicy",
    "Function",
    "Functional",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Operation",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "Variable",
    "activations",
    "applications",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "device",
    "distribution",
    "dtype_policies",
    "export",
    "initializers",
    "install",
    "layers",
    "legacy",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "name_scope",
    "ops",
    "optimizers",
    "preprocessing",
    "random",
    "regularizers",
    "saving",
    "tree",
    "uninstall",
    "utils",
    "version",
    "wrap",
    "wrappers",
]

_enable_old_modules()
