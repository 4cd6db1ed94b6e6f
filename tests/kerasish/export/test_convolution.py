"""Convolutions and their transposes, of open and of fixed sizes."""

import pytest

import kerasish
from kerasish.export import ExportError, export_onnx
from kerasish.layers.convolutional.conv import Conv1D, Conv2D, Conv3D
from kerasish.layers.convolutional.conv_transpose import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
)
from kerasish.layers.convolutional.depthwise_conv import DepthwiseConv1D, DepthwiseConv2D
from kerasish.layers.convolutional.separable_conv import SeparableConv1D, SeparableConv2D
from tests.kerasish.export.export_checker import check_export

CONVOLUTIONS = [
    (Conv1D, (None, 4), (3, 3), {}),
    (Conv1D, (None, 4), (3, 2), {"padding": "same"}),
    (Conv1D, (None, 4), (3, 3), {"padding": "causal", "dilation_rate": 2, "activation": "relu"}),
    (Conv1D, (None, 4), (3, 3), {"padding": "causal", "strides": 2}),
    (Conv1D, (None, 4), (3, 4), {"padding": "same", "strides": 3, "use_bias": False}),
    (Conv1D, (9, 4), (3, 2), {"padding": "same", "strides": 3}),
    (Conv1D, (4, 9), (3, 3), {"data_format": "channels_first", "activation": "softmax"}),
    (Conv2D, (None, None, 4), (6, (2, 3)), {"padding": "same", "groups": 2}),
    (Conv2D, (7, 8, 4), (3, 3), {"padding": "same", "strides": (1, 2), "activation": "gelu"}),
    (Conv2D, (7, 8, 4), (3, 4), {"padding": "same", "dilation_rate": (2, 1)}),
    (Conv2D, (4, None, 8), (3, 3), {"data_format": "channels_first", "padding": "same"}),
    (Conv3D, (5, 6, 7, 2), (3, 2), {"padding": "same", "strides": 2}),
    (Conv3D, (5, 6, 7, 2), (3, 2), {}),
]
DEPTHWISE = [
    (DepthwiseConv1D, (None, 4), (3,), {"padding": "same", "depth_multiplier": 2}),
    (DepthwiseConv2D, (None, None, 4), (3,), {"padding": "same", "strides": 2}),
    (DepthwiseConv2D, (9, 8, 4), (3, 2), {"padding": "same", "dilation_rate": 2}),
    (DepthwiseConv2D, (4, 7, 8), (3,), {"data_format": "channels_first", "use_bias": False}),
    (SeparableConv1D, (None, 4), (3, 3), {"padding": "same", "depth_multiplier": 2}),
    (SeparableConv1D, (None, 4), (3, 3), {"padding": "same", "strides": 2}),
    (SeparableConv2D, (7, 8, 4), (3, 3), {"padding": "same", "activation": "relu"}),
    (SeparableConv2D, (4, 7, 8), (3, 3), {"data_format": "channels_first", "use_bias": False}),
]
TRANSPOSED = [
    (Conv1DTranspose, (None, 4), (3, 3), {}),
    (Conv1DTranspose, (None, 4), (3, 2), {"strides": 3, "padding": "same"}),
    (Conv1DTranspose, (None, 4), (3, 4), {"strides": 2, "padding": "same", "activation": "relu"}),
    (Conv1DTranspose, (None, 4), (3, 3), {"dilation_rate": 2, "padding": "same"}),
    (Conv2DTranspose, (5, 6, 4), (3, 3), {"strides": 2, "padding": "same", "output_padding": 1}),
    (Conv2DTranspose, (4, 5, 6), (3, 3), {"strides": 2, "data_format": "channels_first"}),
    (Conv2DTranspose, (5, 6, 4), (3, 2), {"strides": (1, 3), "use_bias": False}),
    (Conv3DTranspose, (3, 4, 2, 2), (3, 2), {"strides": 2, "padding": "same"}),
]


@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize(
    ("layer", "shape", "arguments", "options"),
    [*CONVOLUTIONS, *DEPTHWISE, *TRANSPOSED],
    ids=lambda value: value.__name__ if isinstance(value, type) else str(value),
)
def test_convolution(layer, shape, arguments, options, dtype, tmp_path):
    start = kerasish.Input(shape, dtype=dtype)
    check_export(kerasish.Model(start, layer(*arguments, **options)(start)), tmp_path)


def test_strides_and_dilation_need_a_known_size(tmp_path):
    layer = DepthwiseConv2D(3, strides=2, padding="same", dilation_rate=2, name="mine")
    start = kerasish.Input((None, 8, 2))
    model = kerasish.Model(start, layer(start))
    with pytest.raises(
        ExportError, match=r"Layer 'mine' \(DepthwiseConv2D\).*known size.*Received"
    ):
        export_onnx(model, tmp_path / "model.onnx")
