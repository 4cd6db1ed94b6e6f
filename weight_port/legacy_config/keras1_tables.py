"""Names of Keras 1 and what Keras 2 calls them."""

from __future__ import annotations

from typing import Any

CLASSES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "SeparableConvolution2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
}

MERGES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
    "dot": "Dot",
}

# Arguments with the same new name in every layer that had them.
COMMON = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "W_constraint": "kernel_constraint",
    "b_regularizer": "bias_regularizer",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
    "input_dtype": "dtype",
    "border_mode": "padding",
}

_RECURRENT = {
    "output_dim": "units",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "U_regularizer": "recurrent_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}
_CONVOLUTION = {
    "nb_filter": "filters",
    "subsample": "strides",
    "subsample_length": "strides",
    "atrous_rate": "dilation_rate",
}
_POOLING = {"pool_length": "pool_size", "stride": "strides"}

ARGUMENTS: dict[str, dict[str, str]] = {
    "Dense": {"output_dim": "units"},
    "TimeDistributedDense": {"output_dim": "units"},
    "Embedding": {
        "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
    },
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU"), _RECURRENT),
    "ConvLSTM2D": {**_RECURRENT, **_CONVOLUTION},
    **dict.fromkeys(
        (
            *("Convolution1D", "Convolution2D", "Convolution3D", "AtrousConvolution1D"),
            *("AtrousConvolution2D", "SeparableConvolution2D"),
        ),
        _CONVOLUTION,
    ),
    **dict.fromkeys(("MaxPooling1D", "AveragePooling1D"), _POOLING),
    "UpSampling1D": {"length": "size"},
    "BatchNormalization": {
        "beta_init": "beta_initializer",
        "gamma_init": "gamma_initializer",
    },
    "Dropout": {"p": "rate"},
    "SpatialDropout1D": {"p": "rate"},
    "SpatialDropout2D": {"p": "rate"},
    "SpatialDropout3D": {"p": "rate"},
    "GaussianDropout": {"p": "rate"},
    "GaussianNoise": {"sigma": "stddev"},
    "PReLU": {"init": "alpha_initializer"},
}

# Arguments that are gone, with the values that change nothing; the first is the usual one.
_HOW_TO_COMPUTE: dict[str, tuple[Any, ...]] = {"consume_less": ("cpu", "mem", "gpu", None)}
NEUTRAL: dict[str, dict[str, tuple[Any, ...]]] = {
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU", "ConvLSTM2D"), _HOW_TO_COMPUTE),
    "Embedding": {"dropout": (0.0, None)},
    # Other modes normalize each sample, or with the statistics of the batch alone.
    "BatchNormalization": {"mode": (0, None)},
    "Dropout": {"mode": (None,)},
}
