"""Core, reshaping and merging layers against Keras."""

import keras
import numpy as np
import pytest
import torch

import kerasish
from tests.kerasish.layer_checker import check_layer

rng = np.random.default_rng(5)


def normal(*shape):
    return rng.normal(size=shape)


LAYERS = {
    "dense": (lambda n, **k: n.layers.Dense(4, **k), normal(3, 5)),
    "dense rank 4": (lambda n, **k: n.layers.Dense(4, "tanh", **k), normal(2, 3, 2, 5)),
    "dense no bias": (lambda n, **k: n.layers.Dense(4, use_bias=False, **k), normal(3, 5)),
    "dense penalties": (
        lambda n, **k: n.layers.Dense(
            4,
            "gelu",
            kernel_initializer="he_normal",
            bias_initializer="ones",
            kernel_regularizer="l2",
            bias_regularizer=n.regularizers.L1(0.2),
            activity_regularizer="l1",
            kernel_constraint="max_norm",
            bias_constraint=n.constraints.NonNeg(),
            **k,
        ),
        normal(3, 5),
    ),
    "embedding": (lambda n, **k: n.layers.Embedding(7, 3, **k), rng.integers(0, 7, (2, 4))),
    "embedding mask": (
        lambda n, **k: n.layers.Embedding(7, 3, mask_zero=True, **k),
        rng.integers(0, 3, (3, 4)),
    ),
    "masking": (
        lambda n, **k: n.layers.Masking(**k),
        normal(2, 4, 3) * np.array([[1, 0, 1, 0], [0, 0, 1, 1]])[..., None],
    ),
    "masking value": (lambda n, **k: n.layers.Masking(2.0, **k), np.full((2, 3, 2), 2.0)),
    "activation": (lambda n, **k: n.layers.Activation("softmax", **k), normal(2, 3)),
    "identity": (lambda n, **k: n.layers.Identity(**k), normal(2, 3)),
    "dropout": (lambda n, **k: n.layers.Dropout(0.3, **k), normal(2, 3)),
    "flatten": (lambda n, **k: n.layers.Flatten(**k), normal(2, 3, 4)),
    "flatten first": (
        lambda n, **k: n.layers.Flatten(data_format="channels_first", **k),
        normal(2, 3, 4, 2),
    ),
    "flatten rank 1": (lambda n, **k: n.layers.Flatten(**k), normal(2)),
    "reshape": (lambda n, **k: n.layers.Reshape((4, 3), **k), normal(2, 12)),
    "reshape -1": (lambda n, **k: n.layers.Reshape((-1, 2), **k), normal(2, 3, 4)),
    "permute": (lambda n, **k: n.layers.Permute((3, 1, 2), **k), normal(2, 3, 4, 5)),
    "repeat": (lambda n, **k: n.layers.RepeatVector(3, **k), normal(2, 4)),
    "spatial dropout": (lambda n, **k: n.layers.GaussianNoise(0.3, **k), normal(2, 3, 4)),
    "gaussian dropout": (lambda n, **k: n.layers.GaussianDropout(0.3, **k), normal(2, 3)),
    "activity": (lambda n, **k: n.layers.ActivityRegularization(0.1, 0.2, **k), normal(2, 3)),
    "time distributed": (
        lambda n, **k: n.layers.TimeDistributed(n.layers.Dense(3, **k), **k),
        normal(2, 4, 5),
    ),
    "time distributed rank 4": (
        lambda n, **k: n.layers.TimeDistributed(n.layers.LSTM(3, **k), **k),
        normal(2, 4, 3, 2),
    ),
    "add": (lambda n, **k: n.layers.Add(**k), [normal(2, 3), normal(2, 3), normal(2, 3)]),
    "add broadcast": (lambda n, **k: n.layers.Add(**k), [normal(2, 1, 3), normal(2, 4, 1)]),
    "add ranks": (lambda n, **k: n.layers.Add(**k), [normal(2, 3), normal(2, 4, 3)]),
    "subtract": (lambda n, **k: n.layers.Subtract(**k), [normal(2, 3), normal(2, 3)]),
    "multiply": (lambda n, **k: n.layers.Multiply(**k), [normal(2, 3), normal(2, 3)]),
    "average": (lambda n, **k: n.layers.Average(**k), [normal(2, 3) for _ in range(3)]),
    "maximum": (lambda n, **k: n.layers.Maximum(**k), [normal(2, 3), normal(2, 3)]),
    "minimum": (lambda n, **k: n.layers.Minimum(**k), [normal(2, 3), normal(2, 3)]),
    "concatenate": (lambda n, **k: n.layers.Concatenate(**k), [normal(2, 3), normal(2, 4)]),
    "concatenate 1": (
        lambda n, **k: n.layers.Concatenate(axis=1, **k),
        [normal(2, 3, 2), normal(2, 1, 2)],
    ),
    "dot": (lambda n, **k: n.layers.Dot(1, **k), [normal(2, 3), normal(2, 3)]),
    "dot pair": (lambda n, **k: n.layers.Dot((1, 2), **k), [normal(2, 3, 5), normal(2, 4, 3)]),
    "dot mixed": (lambda n, **k: n.layers.Dot((1, 2), **k), [normal(2, 3), normal(2, 4, 3)]),
    "dot last": (lambda n, **k: n.layers.Dot(-1, **k), [normal(2, 4, 3), normal(2, 5, 3)]),
    "dot rank 4": (lambda n, **k: n.layers.Dot((2, 1), **k), [normal(2, 4, 3, 2), normal(2, 3, 5)]),
    "cosine": (
        lambda n, **k: n.layers.Dot(1, normalize=True, **k),
        [normal(2, 3), normal(2, 3)],
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_layer(name, dtype):
    make, inputs = LAYERS[name]
    check_layer(make, inputs, dtype=dtype)


MASKED = {
    "add": lambda n, **k: n.layers.Add(**k),
    "multiply": lambda n, **k: n.layers.Multiply(**k),
    "average": lambda n, **k: n.layers.Average(**k),
    "maximum": lambda n, **k: n.layers.Maximum(**k),
    "minimum": lambda n, **k: n.layers.Minimum(**k),
    "concatenate": lambda n, **k: n.layers.Concatenate(**k),
    "concatenate time": lambda n, **k: n.layers.Concatenate(axis=1, **k),
}
ONE, OTHER = (rng.integers(0, 2, (3, 4)).astype(bool) for _ in range(2))


@pytest.mark.parametrize("masks", [(ONE, OTHER), (ONE, None), (None, OTHER)])
@pytest.mark.parametrize("name", MASKED)
def test_masks_of_merged_inputs(name, masks):
    inputs = [normal(3, 4, 2), normal(3, 4, 2)]
    check_layer(MASKED[name], inputs, input_masks=list(masks), gradients=name != "maximum")


SINGLE = {
    "dense": lambda n, **k: n.layers.Dense(3, **k),
    "dropout": lambda n, **k: n.layers.Dropout(0.2, **k),
    "activation": lambda n, **k: n.layers.Activation("relu", **k),
    "time distributed": lambda n, **k: n.layers.TimeDistributed(n.layers.Dense(3, **k), **k),
}


@pytest.mark.parametrize("name", SINGLE)
def test_mask_is_passed_on(name):
    check_layer(SINGLE[name], normal(3, 4, 2), input_masks=ONE)


def test_a_layer_that_loses_a_mask_says_so():
    x = torch.randn(3, 4, 2)
    x._keras_mask = torch.from_numpy(ONE)
    with pytest.warns(UserWarning, match="'flat'.*does not support masking"):
        kerasish.layers.Flatten(name="flat")(x)


@pytest.mark.parametrize("dtype", ["int32", "int64", "float64"])
def test_kinds_of_numpy_input(dtype):
    x = rng.integers(0, 5, (2, 4)).astype(dtype)
    theirs, ours = keras.layers.Dense(3), kerasish.layers.Dense(3)
    theirs(x)
    ours(x)
    ours.set_weights(theirs.get_weights())
    assert ours(x).dtype == torch.float32
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-6)
    embedding = kerasish.layers.Embedding(5, 3)
    assert embedding(x).shape == (2, 4, 3)
    assert torch.equal(embedding(x), embedding(x.astype("int64")))


def test_integers_stay_integers_where_nothing_is_computed():
    x = np.arange(6).reshape(2, 3)
    assert kerasish.layers.Flatten()(x).dtype == torch.int64
    assert kerasish.layers.Add()([x, x]).dtype == torch.int64
    assert kerasish.layers.Reshape((3, 1))(x).dtype == torch.int64


FORMS = ["add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot"]


@pytest.mark.parametrize("name", FORMS)
def test_functional_forms(name):
    inputs = [normal(2, 3).astype("float32"), normal(2, 3).astype("float32")]
    np.testing.assert_allclose(
        getattr(kerasish.layers, name)(inputs), getattr(keras.layers, name)(inputs), rtol=1e-5
    )


WRONG = {
    "dense features": (lambda n: n.layers.Dense(3)(n.Input((None,))), r"Dense.*features.*None"),
    "dense units": (lambda n: n.layers.Dense(-1), r"`units`.*-1"),
    "lora": (lambda n: n.layers.Dense(3, lora_rank=2), r"`lora_rank`.*=2"),
    "embedding dim": (lambda n: n.layers.Embedding(0, 3), r"`input_dim`.*=0"),
    "rate": (lambda n: n.layers.Dropout(1.2), r"`rate`.*=1.2"),
    "reshape": (lambda n: n.layers.Reshape((5,))(np.ones((2, 4))), r"Reshape.*\(5,\).*\(2, 4\)"),
    "permute": (lambda n: n.layers.Permute((2, 3)), r"`dims`.*\(2, 3\)"),
    "repeat rank": (lambda n: n.layers.RepeatVector(2)(np.ones((2, 3, 4))), r"ndim=2.*\(2, 3, 4\)"),
    "not a list": (lambda n: n.layers.Add()(np.ones((2, 3))), r"Add.*list.*\(2, 3\)"),
    "shapes": (
        lambda n: n.layers.Add()([np.ones((2, 3)), np.ones((2, 4))]),
        r"Add.*broadcast.*\(2, 3\), \(2, 4\)",
    ),
    "batches": (lambda n: n.layers.Add()([np.ones((2, 3)), np.ones((3, 3))]), "one batch size"),
    "three": (lambda n: n.layers.Subtract()([np.ones((2, 3))] * 3), "exactly 2"),
    "concatenate": (
        lambda n: n.layers.Concatenate()([np.ones((2, 3, 1)), np.ones((2, 4, 1))]),
        r"Concatenate.*agree.*\(2, 3, 1\), \(2, 4, 1\)",
    ),
    "dot": (lambda n: n.layers.Dot(1)([np.ones((2, 3)), np.ones((2, 4))]), r"Dot.*agree.*axes=1"),
    "dot batch": (lambda n: n.layers.Dot(0)([np.ones((2, 3))] * 2), r"can't sum over axes=0"),
    "time": (
        lambda n: n.layers.TimeDistributed(n.layers.Dense(2))(np.ones((2, 3))),
        r"TimeDistributed.*3 axes.*\(2, 3\)",
    ),
    "no layer": (lambda n: n.layers.TimeDistributed(3), r"`layer`.*=3"),
    "activation": (lambda n: n.layers.Activation("rely"), "(?s)relu.*rely"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use(name):
    use, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        use(kerasish)
