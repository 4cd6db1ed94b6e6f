"""Entries of the convolutions.

Keras puts the spatial axes first and the channels last, torch the reverse. Neither flips a kernel.
"""

from __future__ import annotations

from weight_port.layouts.entry import Layout, TorchArray, Weight
from weight_port.layouts.registry import register

_SPACE = {1: "w", 2: "h w", 3: "d h w"}
_MULTIPLIER = {"depth_multiplier": "multiplier"}


def _bias(name: str = "bias") -> Weight:
    """Return the bias of a convolution, one per channel that it gives."""
    return Weight("bias", "out", (TorchArray(name, "out"),), optional=True)


# With groups, "in" counts the input channels of one group, on both sides.
CONV = tuple(
    register(
        Layout(
            f"Conv{rank}D",
            (
                Weight("kernel", f"{space} in out", (TorchArray("weight", f"out in {space}"),)),
                _bias(),
            ),
            torch_module=f"Conv{rank}d",
        )
    )
    for rank, space in _SPACE.items()
)

# Both store the kernel of the convolution whose gradient this is, so the input is last but one.
CONV_TRANSPOSE = tuple(
    register(
        Layout(
            f"Conv{rank}DTranspose",
            (
                Weight("kernel", f"{space} out in", (TorchArray("weight", f"in out {space}"),)),
                _bias(),
            ),
            torch_module=f"ConvTranspose{rank}d",
        )
    )
    for rank, space in _SPACE.items()
)

# torch: a convolution with as many groups as input channels; the outputs of one input lie together.
DEPTHWISE_CONV = tuple(
    register(
        Layout(
            f"DepthwiseConv{rank}D",
            (
                Weight(
                    "kernel",
                    f"{space} in multiplier",
                    (TorchArray("weight", f"(in multiplier) 1 {space}"),),
                ),
                Weight(
                    "bias",
                    "(in multiplier)",
                    (TorchArray("bias", "(in multiplier)"),),
                    optional=True,
                ),
            ),
            torch_module=f"Conv{rank}d",
            parameters=_MULTIPLIER,
        )
    )
    for rank, space in _SPACE.items()
    if rank < 3
)

# Two torch modules: `depthwise` without a bias, then `pointwise`.
SEPARABLE_CONV = tuple(
    register(
        Layout(
            f"SeparableConv{rank}D",
            (
                Weight(
                    "depthwise_kernel",
                    f"{space} in multiplier",
                    (TorchArray("depthwise.weight", f"(in multiplier) 1 {space}"),),
                ),
                Weight(
                    "pointwise_kernel",
                    f"{ones} (in multiplier) out",
                    (TorchArray("pointwise.weight", f"out (in multiplier) {ones}"),),
                ),
                _bias("pointwise.bias"),
            ),
            parameters=_MULTIPLIER,
        )
    )
    for rank, space, ones in ((1, "w", "1"), (2, "h w", "1 1"))
)
