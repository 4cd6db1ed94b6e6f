"""Entries of the layers without recurrence, convolution or statistics."""

from __future__ import annotations

from weight_port.layouts.entry import Layout, TorchArray, Weight
from weight_port.layouts.registry import register

DENSE = register(
    Layout(
        "Dense",
        (
            Weight("kernel", "in unit", (TorchArray("weight", "unit in"),)),
            Weight("bias", "unit", (TorchArray("bias", "unit"),), optional=True),
        ),
        torch_module="Linear",
    )
)

EMBEDDING = register(
    Layout(
        "Embedding",
        (Weight("embeddings", "token unit", (TorchArray("weight", "token unit"),)),),
        torch_module="Embedding",
    )
)

# With tied weights there is no second matrix.
REVERSIBLE_EMBEDDING = register(
    Layout(
        "ReversibleEmbedding",
        (
            Weight("embeddings", "token unit", (TorchArray("weight", "token unit"),)),
            Weight(
                "reverse_embeddings",
                "unit token",
                (TorchArray("reverse_weight", "token unit"),),
                optional=True,
            ),
        ),
    )
)

# The equation decides what the axes mean, and no torch module has them: both sides store alike.
EINSUM_DENSE = register(
    Layout(
        "EinsumDense",
        (
            Weight("kernel", "...", (TorchArray("weight", "..."),)),
            Weight("bias", "...", (TorchArray("bias", "..."),), optional=True),
        ),
    )
)

# Which of the two kernels there are depends on the mode. torch has no such module.
STFT_SPECTROGRAM = register(
    Layout(
        "STFTSpectrogram",
        tuple(
            Weight(n, "...", (TorchArray(n, "..."),), optional=True)
            for n in ("real_kernel", "imag_kernel")
        ),
    )
)

# Keras's alpha has the shape of an input without its batch axis, and size 1 along `shared_axes`.
# `nn.PReLU` has one per channel: that is the case of an alpha shared over all spatial axes.
PRELU = register(
    Layout(
        "PReLU",
        (Weight("alpha", "...", (TorchArray("weight", "..."),)),),
        torch_module="PReLU",
        variant={"spatial_rank": None},
    )
)
PRELU_BY_CHANNEL = tuple(
    register(
        Layout(
            "PReLU",
            (
                Weight(
                    "alpha",
                    " ".join(["1"] * rank + ["channel"]),
                    (TorchArray("weight", "channel"),),
                ),
            ),
            torch_module="PReLU",
            variant={"spatial_rank": rank},
        )
    )
    for rank in (0, 1, 2, 3)
)
