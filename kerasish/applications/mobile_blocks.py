"""Pieces that both EfficientNets have."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.applications.frame import channels_axis
from kerasish.graph.keras_tensor import KerasTensor

# How kernels of convolutions, and of the classifier, are drawn.
DRAWN: dict[str, Any] = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
}
DRAWN_DENSE: dict[str, Any] = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0 / 3.0, "mode": "fan_out", "distribution": "uniform"},
}


def weighed(x: KerasTensor, filters: int, inner: int, name: str) -> KerasTensor:
    """Weigh the channels by what their averages say (Hu et al. 2018).

    Args:
        x: Features.
        filters: Number of channels.
        inner: Number of channels in between.
        name: What the layers' names begin with.
    """
    shape = (filters, 1, 1) if channels_axis() == 1 else (1, 1, filters)
    factor = layers.GlobalAveragePooling2D(name=f"{name}se_squeeze")(x)
    factor = layers.Reshape(shape, name=f"{name}se_reshape")(factor)
    for count, activation, part in ((inner, "swish", "reduce"), (filters, "sigmoid", "expand")):
        factor = layers.Conv2D(
            count,
            1,
            padding="same",
            activation=activation,
            kernel_initializer=DRAWN,
            name=f"{name}se_{part}",
        )(factor)
    return layers.multiply([x, factor], name=f"{name}se_excite")
