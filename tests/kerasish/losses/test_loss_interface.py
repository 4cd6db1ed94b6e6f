"""What losses have in common: configs, names, lookup, own classes, conversion and messages."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from kerasish import losses
from kerasish.losses.loss import LossFunctionWrapper
from kerasish.losses.resolve import get_loss
from kerasish.saving import register_keras_serializable

CLASSES = [
    name for name in losses.__all__ if isinstance(getattr(losses, name), type) and name != "Loss"
]
ARGUMENTS = {
    "BinaryCrossentropy": {"from_logits": True, "label_smoothing": 0.25, "axis": 1},
    "BinaryFocalCrossentropy": {"alpha": 0.5, "gamma": 1.0, "apply_class_balancing": True},
    "CategoricalCrossentropy": {"axis": 1},
    "CategoricalFocalCrossentropy": {"alpha": [0.5, 0.25]},
    "CategoricalGeneralizedCrossEntropy": {"q": 0.25},
    "SparseCategoricalCrossentropy": {"ignore_class": -1},
    "Circle": {"gamma": 2.0},
    "Dice": {"axis": [1, 2]},
    "Tversky": {"alpha": 0.25, "axis": -1},
}


def test_every_name_of_keras_is_here():
    theirs = {name for name in dir(keras.losses) if not name.startswith("_")}
    assert set(losses.__all__) == theirs


@pytest.mark.parametrize("reduction", ["sum", None])
@pytest.mark.parametrize("name", CLASSES)
def test_configs_are_those_of_keras_and_read_by_both(name, reduction):
    arguments = {**ARGUMENTS.get(name, {}), "reduction": reduction}
    for more in ({}, {"name": "own_name"}):
        theirs = getattr(keras.losses, name)(**arguments, **more)
        ours = getattr(losses, name)(**arguments, **more)
        config = json.loads(json.dumps(losses.serialize(ours)))
        assert config == json.loads(json.dumps(keras.losses.serialize(theirs)))
        again = losses.deserialize(config)
        assert type(again) is type(ours)
        assert again.get_config() == ours.get_config()
        returned = keras.saving.deserialize_keras_object(config)
        assert returned.get_config() == theirs.get_config()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Huber", {"delta": 3.0}),
        ("CosineSimilarity", {"axis": 1}),
        ("SparseCategoricalCrossentropy", {"axis": 1}),
    ],
)
def test_what_keras_leaves_out_of_configs_is_kept(name, arguments):
    config = losses.serialize(getattr(losses, name)(**arguments))
    for module in (losses, keras.losses):
        kwargs = module.deserialize(config)._fn_kwargs
        assert {key: kwargs[key] for key in arguments} == arguments


def test_wrapped_functions():
    from keras.src.losses.losses import LossFunctionWrapper as Theirs

    ours = LossFunctionWrapper(losses.huber, name="h", delta=2.0)
    config = losses.serialize(ours)
    assert config == keras.losses.serialize(Theirs(keras.losses.huber, name="h", delta=2.0))
    again = losses.deserialize(config)
    assert again.fn is losses.huber
    assert float(again([[1.0]], [[6.0]])) == 8.0


NAMES = ["mse", "MSE", "mae", "MAPE", "msle", "bce", "BCE", "kld", "KLD", "huber", "ctc"]
NAMES += ["categorical_crossentropy", "MeanSquaredError", "KLDivergence", "Dice"]


@pytest.mark.parametrize("name", NAMES)
def test_lookup_by_name(name):
    theirs, ours = keras.losses.get(name), losses.get(name)
    for side in (theirs, ours):
        assert callable(side)
    assert type(ours).__name__ == type(theirs).__name__
    assert getattr(ours, "__name__", None) == getattr(theirs, "__name__", None)
    if not name.startswith(("Mean", "KLDi", "Dice")):
        assert losses.serialize(ours) == keras.losses.serialize(theirs)


def test_lookup():
    def loss(y_true, y_pred):
        return y_true

    assert losses.get(None) is None
    assert losses.get(loss) is loss
    assert type(losses.get(losses.Huber)) is losses.Huber
    assert losses.get({"class_name": "Huber", "config": {"delta": 2.0}}).delta == 2.0
    assert losses.get("logcosh") is losses.log_cosh  # Keras 2's name
    with pytest.raises(ValueError, match=r"Unknown loss 'msee'\. Did you mean .*'mse'"):
        losses.get("msee")
    with pytest.raises(ValueError, match="Received: 3"):
        losses.get(3)


@pytest.mark.parametrize("name", ["crossentropy", "ce", "CE", "mse", "Huber"])
@pytest.mark.parametrize(
    "shapes", [((5, 1), (5, 1)), ((5,), (5, 3)), ((5, 1), (5, 3)), ((5, 3), (5, 3)), ((5,), (5, 1))]
)
def test_cross_entropy_by_shape(name, shapes):
    from keras.src.trainers.compile_utils import get_loss as theirs

    arrays = [np.zeros(shape, "float32") for shape in shapes]
    expected, found = theirs(name, *arrays), get_loss(name, *arrays)
    assert type(found).__name__ == type(expected).__name__
    assert found.fn.__name__ == expected.fn.__name__
    assert found.name == expected.name
    assert get_loss(None, *arrays) is None


@register_keras_serializable("test_losses")
class Quartic(losses.Loss):
    def __init__(self, power=4, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def call(self, y_true, y_pred):
        return torch.mean((y_true["a"] - y_pred["a"]) ** self.power, dim=-1)

    def get_config(self):
        return {**super().get_config(), "power": self.power}


def test_losses_of_the_user():
    loss = Quartic(dtype="float64", reduction="sum")
    value = loss({"a": [[1.0, 2.0]]}, {"a": torch.tensor([[2.0, 4.0]])})
    assert value.dtype == torch.float64
    assert float(value) == 8.5
    again = losses.deserialize(losses.serialize(Quartic(2, name="q")))
    assert (type(again), again.power, again.name) == (Quartic, 2, "q")
    assert Quartic().name.startswith("quartic")


def test_functions_over_structures():
    loss = LossFunctionWrapper(lambda t, p: sum(torch.square(t[k] - p[k]).mean(-1) for k in t))
    true = {"a": np.ones((3, 1)), "b": np.zeros(3)}
    pred = {"a": torch.zeros(3), "b": torch.full((3, 1), 2.0)}
    assert float(loss(true, pred)) == pytest.approx(5.0)
    with pytest.raises(ValueError, match="nested alike"):
        loss(true, torch.zeros(3))


@pytest.mark.parametrize("shapes", [((4,), (4, 1)), ((4, 1), (4,)), ((4, 2, 1), (4, 2))])
def test_ranks_that_differ_by_one(shapes):
    rng = np.random.default_rng(0)
    y_true, y_pred = (rng.normal(size=shape).astype("float32") for shape in shapes)
    for weight in (None, rng.uniform(size=4).astype("float32")):
        if len(shapes[0]) == 3 and weight is not None:
            continue
        expected = keras.losses.MeanSquaredError()(y_true, y_pred, weight)
        value = losses.MeanSquaredError()(y_true, y_pred, weight)
        np.testing.assert_allclose(value.numpy(), expected.numpy(), rtol=1e-6)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean_with_sample_weight", "sum"])
def test_empty_batches_and_zero_weights(reduction):
    theirs, ours = (m.MeanSquaredError(reduction=reduction) for m in (keras.losses, losses))
    empty, some = np.zeros((0, 3), "float32"), np.ones((2, 3), "float32")
    assert ours(empty, empty).numpy().tolist() == theirs(empty, empty).numpy().tolist()
    pred = torch.zeros(2, 3, requires_grad=True)
    value = ours(some, pred, np.zeros(2))
    value.backward()
    assert value.item() == float(theirs(some, np.zeros((2, 3)), np.zeros(2))) == 0.0
    assert torch.isfinite(pred.grad).all()


def test_zero_vectors_have_finite_derivatives():
    pred = torch.zeros(1, 3, requires_grad=True)
    value = losses.cosine_similarity([[1.0, 0.0, 0.0]], pred)
    value.backward(torch.ones(1))
    assert value.item() == keras.losses.cosine_similarity([[1.0, 0, 0]], np.zeros((1, 3))).numpy()
    assert torch.isfinite(pred.grad).all()


def test_integer_predictions_and_half_precision():
    assert losses.mean_squared_error([1, 2], [1, 5]).item() == 4.5
    half = losses.MeanSquaredError(dtype="mixed_float16")
    assert half.dtype == keras.losses.MeanSquaredError(dtype="mixed_float16").dtype == "float16"
    assert half([[1.0]], [[3.0]]).dtype == torch.float16


def test_classes_that_do_not_exist():
    y_pred = np.full((2, 3), 1 / 3, "float32")
    with pytest.raises(tf.errors.InvalidArgumentError):
        keras.losses.sparse_categorical_crossentropy(np.array([0, 3]), y_pred)
    for labels in ([0, 3], [-1, 0], [-100, 1]):
        with pytest.raises(ValueError, match=f"from 0 to 2.*numbers from {min(labels)} to"):
            losses.sparse_categorical_crossentropy(labels, y_pred)
    compiled = torch.compile(losses.sparse_categorical_crossentropy, backend="aot_eager")
    value = compiled(torch.tensor([0, 3]), torch.tensor(y_pred))
    assert torch.isfinite(value).tolist() == [True, False]
    ignored = losses.sparse_categorical_crossentropy([0, -1], y_pred, ignore_class=-1)
    assert ignored[1] == 0.0
    torch._dynamo.reset()


def test_derivatives_of_single_samples():
    rng = np.random.default_rng(0)
    logits = torch.tensor(rng.normal(size=(5, 4)))
    labels = torch.tensor(rng.integers(0, 4, 5))

    def loss(scores, label):
        return losses.sparse_categorical_crossentropy(label, scores, from_logits=True)

    gradients = torch.func.vmap(torch.func.grad(loss))(logits, labels)
    expected = torch.softmax(logits, -1) - torch.nn.functional.one_hot(labels, 4)
    torch.testing.assert_close(gradients, expected)


def test_classes_on_another_axis():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(2, 4, 3)).astype("float32"), rng.integers(0, 4, (2, 3))
    value = losses.sparse_categorical_crossentropy(labels, logits, from_logits=True, axis=1)
    expected = keras.losses.sparse_categorical_crossentropy(
        labels, logits.transpose(0, 2, 1), from_logits=True
    )
    np.testing.assert_allclose(value.numpy(), expected, rtol=1e-5)


def test_warnings():
    with pytest.warns(SyntaxWarning, match=r"two classes or more.*Received: .*\(2, 1\)"):
        losses.categorical_crossentropy(np.ones((2, 1)), np.ones((2, 1)))
    logits = torch.zeros(1, 2)
    output = torch.softmax(logits, -1)
    output._keras_logits = logits
    with pytest.warns(UserWarning, match="Its logits are used"):
        losses.categorical_crossentropy([[0.0, 1.0]], output, from_logits=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.MeanSquaredError(reduction="avg"), "Received: reduction='avg'"),
        (lambda m: m.CategoricalGeneralizedCrossEntropy(q=1.0), r"Received: q=1\.0"),
        (lambda m: m.ctc(np.ones(3), np.ones((3, 2, 2))), r"y_true of shape \(3,\)"),
        (lambda m: m.ctc(np.ones((3, 2)), np.ones((3, 2))), r"y_pred of shape \(3, 2\)"),
        (
            lambda m: m.categorical_crossentropy(np.ones((2, 2)), np.ones((2, 2)), axis=True),
            "Received: axis=True",
        ),
        (
            lambda m: m.categorical_crossentropy(np.ones((2, 3)), np.ones((2, 2))),
            r"y_true of shape \(2, 3\), y_pred of shape \(2, 2\)",
        ),
        (
            lambda m: m.binary_crossentropy(np.ones((2, 3)), np.ones((2, 2))),
            r"y_true of shape \(2, 3\), y_pred of shape \(2, 2\)",
        ),
        (
            lambda m: m.sparse_categorical_crossentropy(np.ones((3,)), np.ones((2, 2))),
            r"y_true of shape \(3,\), y_pred of shape \(2, 2\)",
        ),
    ],
)
def test_bad_arguments_are_refused_as_in_keras(call, message):
    with pytest.raises(ValueError):
        call(keras.losses)
    with pytest.raises(ValueError, match=message):
        call(losses)


def test_messages():
    with pytest.raises(NotImplementedError, match=r"Loss has to define call"):
        losses.Loss()([1.0], [1.0])
    with pytest.raises(ValueError, match=r"shape \(2,\)\. Received: weights of shape \(3,\)"):
        losses.MeanSquaredError()(np.ones((2, 3)), np.ones((2, 3)), np.ones(3))
    with pytest.raises(ValueError, match=r"one shape\. Received: y_true of shape \(5,\)"):
        losses.mean_squared_error(np.ones(5), np.ones((5, 4)))
    with pytest.raises(ValueError, match="have to be numbers"):
        losses.MeanSquaredError()(np.array(["a"]), np.ones(1))
    with pytest.raises(ValueError, match=r"positive\. Received: delta=0"):
        losses.huber([1.0], [2.0], delta=0)
