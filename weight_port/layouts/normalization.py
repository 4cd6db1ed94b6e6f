"""Entries of the normalizations."""

from __future__ import annotations

from dataclasses import replace

from weight_port.layouts.entry import Layout, TorchArray, Weight
from weight_port.layouts.registry import register


def _scale_and_offset(axes: str) -> tuple[Weight, Weight]:
    """Return gamma and beta, either of which a setting of the layer can leave out."""
    return (
        Weight("gamma", axes, (TorchArray("weight", axes),), optional=True),
        Weight("beta", axes, (TorchArray("bias", axes),), optional=True),
    )


# torch counts the batches that it has seen; Keras does not.
BATCH_NORMALIZATION = register(
    Layout(
        "BatchNormalization",
        (
            *_scale_and_offset("channel"),
            Weight("moving_mean", "channel", (TorchArray("running_mean", "channel"),)),
            Weight("moving_variance", "channel", (TorchArray("running_var", "channel"),)),
        ),
        torch_module="BatchNorm1d",
        torch_only=("num_batches_tracked",),
    )
)

LAYER_NORMALIZATION = register(
    Layout("LayerNormalization", _scale_and_offset("..."), torch_module="LayerNorm")
)

GROUP_NORMALIZATION = register(
    Layout("GroupNormalization", _scale_and_offset("channel"), torch_module="GroupNorm")
)

RMS_NORMALIZATION = register(
    Layout(
        "RMSNormalization",
        (replace(_scale_and_offset("...")[0], name="scale", optional=False),),
        torch_module="RMSNorm",
    )
)

# The preprocessing layer: what `adapt` found. No torch module has it.
NORMALIZATION = register(
    Layout(
        "Normalization",
        tuple(Weight(n, "...", (TorchArray(n, "..."),)) for n in ("mean", "variance", "count")),
    )
)
