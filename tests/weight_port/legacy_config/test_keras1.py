"""Layers of Keras 1: their arguments under the names of today, read by real Keras 3 as well."""

import keras
import pytest

from tests.golden import handmade_keras1
from tests.golden.old_configs import bare_list, keras1, keras1_dense, keras1_recurrent
from tests.weight_port.legacy_config.running import built
from weight_port.legacy_config import KERAS2_HARD_SIGMOID, LegacyConfigError, modernize


def modern(*entries, version="1.2.2"):
    return modernize(bare_list(*entries), version)["config"]["layers"]


def in_keras3(entry):
    """The layer that real Keras 3 makes of a new configuration."""
    config = dict(entry["config"])
    if config.get("recurrent_activation") == KERAS2_HARD_SIGMOID:
        del config["recurrent_activation"]
    config.pop("trainable")  # which some of Keras 3's layers do not take
    shape = config.pop("batch_input_shape", None)
    layer = getattr(keras.layers, entry["class_name"]).from_config(config)
    if shape is not None:
        layer.build(tuple(shape))
    return layer


def convolution(class_name, **more):
    return keras1(class_name, "layer", **{"nb_filter": 4, "init": "he_normal", **more})


@pytest.mark.parametrize(
    ("old", "class_name", "expected"),
    [
        (
            convolution("Convolution1D", filter_length=3, border_mode="same", subsample_length=2),
            "Conv1D",
            {"filters": 4, "kernel_size": (3,), "padding": "same", "strides": (2,)},
        ),
        (
            convolution(
                "Convolution2D",
                nb_row=3,
                nb_col=2,
                subsample=[2, 1],
                dim_ordering="th",
                bias=False,
            ),
            "Conv2D",
            {
                "kernel_size": (3, 2),
                "strides": (2, 1),
                "data_format": "channels_first",
                "use_bias": False,
            },
        ),
        (
            convolution("AtrousConvolution2D", nb_row=3, nb_col=2, atrous_rate=[2, 2]),
            "Conv2D",
            {"kernel_size": (3, 2), "dilation_rate": (2, 2)},
        ),
        (
            convolution(
                "Convolution3D",
                kernel_dim1=1,
                kernel_dim2=2,
                kernel_dim3=3,
                dim_ordering="tf",
            ),
            "Conv3D",
            {"kernel_size": (1, 2, 3), "data_format": "channels_last"},
        ),
        (
            keras1("MaxPooling1D", "layer", pool_length=3, stride=2, border_mode="valid"),
            "MaxPooling1D",
            {"pool_size": (3,), "strides": (2,), "padding": "valid"},
        ),
        (
            keras1("AveragePooling2D", "layer", pool_size=[3, 2], strides=[1, 2]),
            "AveragePooling2D",
            {"pool_size": (3, 2), "strides": (1, 2)},
        ),
        (keras1("UpSampling1D", "layer", length=3), "UpSampling1D", {"size": 3}),
        (
            keras1("ZeroPadding2D", "layer", padding=[1, 2, 3, 4], dim_ordering="tf"),
            "ZeroPadding2D",
            {"padding": ((1, 2), (3, 4))},
        ),
        (keras1("Dropout", "layer", p=0.3), "Dropout", {"rate": 0.3}),
        (keras1("SpatialDropout1D", "layer", p=0.3), "SpatialDropout1D", {"rate": 0.3}),
        (keras1("GaussianNoise", "layer", sigma=0.3), "GaussianNoise", {"stddev": 0.3}),
        (keras1("LeakyReLU", "layer", alpha=0.25), "LeakyReLU", {"negative_slope": 0.25}),
        (keras1("ThresholdedReLU", "layer", theta=0.5), "ReLU", {"threshold": 0.5}),
        (
            keras1("BatchNormalization", "layer", epsilon=0.1, mode=0, axis=2, momentum=0.5),
            "BatchNormalization",
            {"epsilon": 0.1, "axis": 2, "momentum": 0.5},
        ),
        (
            keras1_dense("layer", 4, "relu", W_constraint={"name": "NonNeg"}),
            "Dense",
            {"units": 4, "activation": keras.activations.relu},
        ),
        (
            keras1("TimeDistributedDense", "layer", output_dim=3, init="one", input_length=None),
            "Dense",
            {"units": 3},
        ),
    ],
    ids=lambda value: value.get("class_name") if isinstance(value, dict) else None,
)
def test_layer(old, class_name, expected):
    (entry,) = modern(old)
    assert entry["class_name"] == class_name
    layer = in_keras3(entry)
    assert layer.name == "layer"
    assert {key: getattr(layer, key) for key in expected} == expected


def test_recurrent_arguments():
    constraint = {"name": "MaxNorm", "m": 2, "axis": 0}
    old = keras1_recurrent(
        *("LSTM", "lstm_1", 4),
        dropout_W=0.1,
        dropout_U=0.2,
        inner_activation="sigmoid",
        inner_init="normal",
        forget_bias_init="zero",
        batch_input_shape=[None, 5, 3],
        input_length=5,
    )
    (entry, dense) = modern(old, keras1_dense("dense_1", 2, W_constraint=constraint))
    for layer in (in_keras3(entry), built(bare_list(old), "1.2.2").layers[0]):
        assert (layer.units, layer.dropout, layer.recurrent_dropout) == (4, 0.1, 0.2)
        assert layer.unit_forget_bias is False
        assert layer.recurrent_activation.__name__ == "sigmoid"
        assert type(layer.recurrent_initializer).__name__ == "RandomNormal"
        assert layer.kernel_regularizer.get_config() == {"l1": 0.0, "l2": 0.01}
    constraint = in_keras3(dense).kernel_constraint
    assert constraint.get_config() == {"max_value": 2, "axis": 0}


def test_default_gates_are_hard():
    old = keras1_recurrent("GRU", "gru_1", 4)
    del old["config"]["inner_activation"]
    (entry,) = modern(old)
    assert entry["config"]["recurrent_activation"] == KERAS2_HARD_SIGMOID
    assert entry["config"]["reset_after"] is False


@pytest.mark.parametrize(
    ("mode", "class_name"),
    [
        *(("sum", "Add"), ("mul", "Multiply"), ("ave", "Average"), ("max", "Maximum")),
        *(("concat", "Concatenate"), ("dot", "Dot")),
    ],
)
def test_merge(mode, class_name):
    old = keras1("Merge", "merge_1", mode=mode, mode_type="raw", concat_axis=1, dot_axes=[2, 2])
    (entry,) = modern(old)
    layer = in_keras3(entry)
    assert type(layer).__name__ == class_name
    if mode == "concat":
        assert layer.axis == 1
    if mode == "dot":
        assert list(layer.axes) == [2, 2]


@pytest.mark.parametrize(
    ("old", "message"),
    [
        (keras1("Merge", "joined", mode="cos"), r"'joined' \(Merge\).*mode.*'cos'"),
        (keras1("Merge", "joined", mode="a", mode_type="lambda"), r"'joined' \(Merge\).*mode"),
        (keras1("Merge", "joined", mode="sum", layers=[1, 2]), r"Received: 1"),
        (
            keras1("TimeDistributed", "td", layer=keras1("Merge", "m", mode="sum", layers=[1])),
            r"'m' \(Merge\) joins models",
        ),
        (keras1("Merge", "joined", mode="sum", layers=[bare_list()]), "branch without layers"),
        (
            keras1("Merge", "joined", mode="sum", layers=[bare_list(keras1_dense("d", 2))]),
            "`batch_input_shape`.*Received: None",
        ),
        (keras1("BatchNormalization", "norm", mode=1), r"'norm'.*`mode`.*Received: 1"),
        (keras1("Embedding", "words", dropout=0.2), r"'words'.*`dropout`.*Received: 0.2"),
        (
            convolution("Convolution1D", filter_length=3, border_mode="full"),
            r"'layer' \(Convolution1D\).*`border_mode`.*'full'",
        ),
        (
            convolution("Convolution2D", nb_row=3, nb_col=3, dim_ordering="xy"),
            r"'layer' \(Convolution2D\).*`dim_ordering`.*'xy'",
        ),
        (
            keras1_recurrent("LSTM", "lstm_1", 4, forget_bias_init="five"),
            r"'lstm_1' \(LSTM\).*`forget_bias_init`.*'five'",
        ),
        (
            keras1_recurrent("LSTM", "lstm_1", 4, W_regularizer={"name": "EigenvalueRegularizer"}),
            r"'lstm_1' \(LSTM\).*`kernel_regularizer`",
        ),
        (
            keras1_dense("dense_1", 4, W_constraint={"name": "Odd"}),
            r"'dense_1' \(Dense\).*`kernel_constraint`",
        ),
        (keras1("Highway", "high"), r"'high' \(Highway\) was removed"),
        (keras1("MaxoutDense", "most"), r"'most' \(MaxoutDense\) was removed"),
    ],
)
def test_refused(old, message):
    with pytest.raises(LegacyConfigError, match=message):
        modern(old)


@pytest.mark.parametrize("name", [name for name, _ in handmade_keras1.MODELS])
def test_version_is_told_by_the_form(name):
    """Files of Keras 1.0 and 1.1 have no version."""
    import numpy as np

    make = handmade_keras1.MODELS[name, "1.2.2"]
    config = make(np.random.default_rng(0))[0]
    assert modernize(config) == modernize(config, "1.2.2")
