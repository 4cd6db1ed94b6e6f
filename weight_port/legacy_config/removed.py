"""What is gone since: layers, and arguments that only their default can stand in for."""

from __future__ import annotations

from typing import Any

from weight_port.legacy_config.errors import Place

_RECURRENT = (
    *("RNN", "LSTM", "GRU", "SimpleRNN", "Bidirectional"),
    *("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
)
# They have `groups` from the class that they derived from, and no use for it.
_UNGROUPED = (
    *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
    *("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
)

# Values that change nothing, by argument, of any layer.
_ANY_LAYER: dict[str, tuple[Any, ...]] = {
    "dynamic": (False, None),
    "expects_training_arg": (True, False, None),
    "experimental_autocast": (True, None),
    "synchronized": (False, None),
}
_BY_CLASS: dict[str, dict[str, tuple[Any, ...]]] = {
    **{
        name: {"time_major": (False, None), "num_constants": (0, None), "return_runs": (None,)}
        for name in _RECURRENT
    },
    "StackedRNNCells": {"reverse_state_order": (False, None)},
    "Embedding": {"sparse": (False, None)},
    "InputLayer": {"sparse": (False, None), "ragged": (False, None), "type_spec": (None,)},
    "BatchNormalization": {
        "renorm": (False, None),
        "virtual_batch_size": (None,),
        "adjustment": (None,),
        # How TensorFlow computes; and what only `renorm` reads.
        **dict.fromkeys(("fused", "_USE_V2_BEHAVIOR"), (True, False, None)),
    },
    **{name: {"groups": (1, None)} for name in _UNGROUPED},
    "MultiHeadAttention": {"softmax_robust_masking": (False, None)},
    "TimeDistributed": {"input_spec": (None,)},
    "UpSampling2D": {"dim_ordering": (None,)},
}
# How something is computed, not what: no value changes a result.
_WITHOUT_EFFECT: dict[str, tuple[str, ...]] = {
    "BatchNormalization": ("renorm_clipping", "renorm_momentum"),
    **{name: ("implementation",) for name in _RECURRENT if name.startswith("Conv")},
    "RNN": ("implementation",),
    # With what it was built, which its calls tell too.
    "MultiHeadAttention": ("query_shape", "key_shape", "value_shape"),
    # Where the numbers come from that augmentation draws, and how it goes through a batch.
    **dict.fromkeys(
        (
            *("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomCrop"),
            *("RandomContrast", "RandomBrightness", "RandomHeight", "RandomWidth"),
        ),
        ("rng_type", "auto_vectorize"),
    ),
    # They have two kernels, and arguments for each of these.
    **dict.fromkeys(
        ("SeparableConv1D", "SeparableConv2D"),
        ("kernel_initializer", "kernel_regularizer", "kernel_constraint"),
    ),
}

_LAYERS = {
    "MultiRNNCell": "is a cell of TensorFlow 1; put `StackedRNNCells` of its cells in its place",
    "ConvRecurrent2D": "is a base class and describes no computation",
    "ConvRNN2D": "runs a convolutional cell of one's own, which is not supported",
    "Highway": "was removed in Keras 2",
    "MaxoutDense": "was removed in Keras 2",
    "SReLU": "was removed in Keras 2",
    "ParametricSoftplus": "was removed in Keras 2",
    "LocallyConnected1D": "was removed in Keras 3",
    "LocallyConnected2D": "was removed in Keras 3",
    "LocallyConnected3D": "was removed in Keras 3",
    "DenseFeatures": "reads TensorFlow's feature columns, which are not supported",
    "SequenceFeatures": "reads TensorFlow's feature columns, which are not supported",
    "RandomFourierFeatures": "was removed in Keras 3",
}


def check_layer(place: Place) -> None:
    """Refuse a layer that has no equivalent.

    Raises:
        LegacyConfigError: If the class is one of those.
    """
    reason = _LAYERS.get(place.class_name)
    if reason is not None:
        place.refuse(reason, place.class_name)


def without_removed(config: dict[str, Any], place: Place) -> dict[str, Any]:
    """Return a layer's configuration without arguments that are gone.

    Raises:
        LegacyConfigError: If one of them has a value that computes something else.
    """
    neutral = {**_ANY_LAYER, **_BY_CLASS.get(place.class_name, {})}
    ignored = _WITHOUT_EFFECT.get(place.class_name, ())
    kept = {}
    for key, value in config.items():
        if key in ignored:
            continue
        if key not in neutral:
            kept[key] = value
        elif not any(value is one or (type(value) is int and value == one) for one in neutral[key]):
            place.refuse(
                f"has an argument `{key}` that is gone; only {neutral[key][0]} can be read",
                {key: value},
            )
    return kept
