"""Core, merging and reshaping layers, with the masks that travel through them."""

import numpy as np
import pytest

import kerasish
from kerasish import layers
from tests.kerasish.export.export_checker import check_export
from tests.kerasish.export.test_recurrent import PATTERNS, sequences

MERGES = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"]


@pytest.mark.parametrize("masks", [(0, 0), (1, 0), (0, 1), (1, 1)], ids=str)
@pytest.mark.parametrize("name", MERGES)
def test_merging_layers_and_their_masks(name, masks, tmp_path):
    """The joined mask is seen by an LSTM."""
    one, other = kerasish.Input((None, 4)), kerasish.Input((None, 4))
    branches = [
        layers.Masking()(start) if masked else start
        for start, masked in zip((one, other), masks, strict=True)
    ]
    x = getattr(layers, name)()(branches)
    model = kerasish.Model([one, other], [x, layers.LSTM(3, return_sequences=True)(x)])
    values = sequences()
    check_export(model, tmp_path, inputs=[values, values[::-1].copy() * 2])


@pytest.mark.parametrize("masks", [(1, 0), (1, 1)], ids=str)
def test_concatenation_along_time(masks, tmp_path):
    one, other = kerasish.Input((None, 4)), kerasish.Input((None, 4))
    branches = [
        layers.Masking()(start) if masked else start
        for start, masked in zip((one, other), masks, strict=True)
    ]
    x = layers.Concatenate(axis=1)(branches)
    model = kerasish.Model([one, other], layers.GRU(3, return_sequences=True)(x))
    values = sequences()
    check_export(model, tmp_path, inputs=[values, values[::-1, :4].copy()])


@pytest.mark.parametrize("name", MERGES[:-1])
def test_ranks_broadcast(name, tmp_path):
    one, other = kerasish.Input((5, 4)), kerasish.Input((4,))
    model = kerasish.Model([one, other], getattr(layers, name)()([one, other]))
    check_export(model, tmp_path)


@pytest.mark.parametrize("name", ["Add", "Average", "Concatenate", "Maximum"])
def test_whole_numbers(name, tmp_path):
    one, other = (kerasish.Input((None,), dtype="int32") for _ in range(2))
    model = kerasish.Model([one, other], getattr(layers, name)()([one, other]))
    check_export(model, tmp_path)


def test_three_inputs(tmp_path):
    starts = [kerasish.Input((None, 4)) for _ in range(3)]
    outputs = [getattr(layers, name)()(starts) for name in MERGES if name != "Subtract"]
    check_export(kerasish.Model(starts, outputs), tmp_path)


@pytest.mark.parametrize(
    ("shapes", "axes"),
    [
        (((4,), (4,)), 1),
        (((None, 4), (None, 4)), 2),
        (((None, 4), (None, 4)), 1),
        (((3, 4), (4, 5)), (2, 1)),
        (((3, 4), (4,)), (2, 1)),
        (((2, 3, 4), (4, 5)), (3, 1)),
        (((None, 3, 4), (5, 4)), (3, 2)),
    ],
    ids=str,
)
def test_dot(shapes, axes, tmp_path):
    for normalize in (False, True):
        starts = [kerasish.Input(shape) for shape in shapes]
        outputs = layers.Dot(axes, normalize=normalize)(starts)
        check_export(kerasish.Model(starts, outputs), tmp_path)


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        ((5, 4), lambda: layers.Flatten()),
        ((None, 4), lambda: layers.Flatten()),
        ((), lambda: layers.Flatten()),
        ((None, 3, 4), lambda: layers.Flatten(data_format="channels_first")),
        ((2, 3, 4), lambda: layers.Flatten(data_format="channels_first")),
        ((None, 4), lambda: layers.Permute((2, 1))),
        ((2, 3, 4), lambda: layers.Permute((3, 1, 2))),
        ((None, 4), lambda: layers.Reshape((-1, 2))),
        ((6, 4), lambda: layers.Reshape((2, -1, 3))),
        ((6, 4), lambda: layers.Reshape((3, 8))),
        ((4,), lambda: layers.RepeatVector(3)),
    ],
)
def test_reshaping(shape, layer, tmp_path):
    start = kerasish.Input(shape)
    check_export(kerasish.Model(start, layer()(start)), tmp_path)


@pytest.mark.parametrize("layer", [layers.Flatten(), layers.Permute((1,))])
def test_whole_numbers_stay(layer, tmp_path):
    start = kerasish.Input((6,), dtype="int32")
    check_export(
        kerasish.Model(start, type(layer).from_config(layer.get_config())(start)), tmp_path
    )


@pytest.mark.parametrize("dtype", ["float32", "int32", "bool"])
@pytest.mark.parametrize("bias", [True, False])
def test_dense(dtype, bias, tmp_path):
    start = kerasish.Input((None, 4), dtype=dtype)
    x = layers.Dense(5, activation="softmax", use_bias=bias)(start)
    check_export(kerasish.Model(start, x), tmp_path)


@pytest.mark.parametrize(
    ("equation", "output", "bias", "shape"),
    [
        ("abc,cd->abd", (None, 5), "d", (None, 4)),
        ("ab,bc->ac", 5, None, (4,)),
        ("...x,xy->...y", 5, "y", (3, 4)),
        ("abc,cde->abde", (None, 2, 3), "de", (None, 4)),
        ("abc,bd->adc", (5, 4), "d", (3, 4)),
    ],
)
def test_einsum_dense(equation, output, bias, shape, tmp_path):
    start = kerasish.Input(shape)
    layer = layers.EinsumDense(equation, output, activation="tanh", bias_axes=bias)
    check_export(kerasish.Model(start, layer(start)), tmp_path)


def test_layers_that_do_nothing_in_inference_keep_masks(tmp_path):
    start = kerasish.Input((None, 4))
    x = layers.Masking(mask_value=0)(start)
    for layer in (
        layers.Dropout(0.9),
        layers.SpatialDropout1D(0.9),
        layers.GaussianNoise(0.9),
        layers.GaussianDropout(0.9),
        layers.ActivityRegularization(1.0),
        layers.Identity(),
        layers.Activation("relu"),
        layers.Dense(3),
    ):
        x = layer(x)
    model = kerasish.Model(start, layers.LSTM(3, return_sequences=True)(x))
    check_export(model, tmp_path, inputs=sequences())


def test_layers_that_drop_masks_drop_them(tmp_path):
    """After a Permute there and back no mask is left, so that masked steps count."""
    start = kerasish.Input((None, 4))
    x = layers.Permute((2, 1))(layers.Permute((2, 1))(layers.Masking()(start)))
    model = kerasish.Model(start, layers.LSTM(3, return_sequences=True)(x))
    with pytest.warns(UserWarning, match="does not support masking"):
        check_export(model, tmp_path, inputs=sequences())


def test_masking_with_another_value(tmp_path):
    start = kerasish.Input((None, 4))
    x = layers.Masking(mask_value=-1.5)(start)
    model = kerasish.Model(start, [x, layers.GRU(3)(x)])
    values = np.where(PATTERNS[..., None], sequences(), np.float32(-1.5))
    check_export(model, tmp_path, inputs=values)
