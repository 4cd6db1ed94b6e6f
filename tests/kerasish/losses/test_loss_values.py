"""Losses against Keras's: values, derivatives, reductions, weights and masks."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from kerasish import losses
from kerasish.logits import with_logits

RNG = np.random.default_rng(11)
SHAPE = (6, 3, 4)


def _probabilities(shape, dtype):
    values = RNG.uniform(0.02, 1.0, size=shape)
    return (values / values.sum(-1, keepdims=True)).astype(dtype)


def _inputs(kind, dtype):
    """Return targets and predictions of one kind."""
    noise = RNG.normal(size=SHAPE).astype(dtype) * 2
    labels = RNG.integers(0, SHAPE[-1], SHAPE[:-1])
    if kind == "real":
        return RNG.normal(size=SHAPE).astype(dtype), noise
    if kind == "positive":
        return RNG.uniform(0, 3, size=SHAPE).astype(dtype), np.abs(noise)
    if kind == "probabilities":
        return _probabilities(SHAPE, dtype), _probabilities(SHAPE, dtype)
    if kind == "binary":
        return RNG.integers(0, 2, SHAPE).astype(dtype), RNG.uniform(size=SHAPE).astype(dtype)
    if kind == "binary_logits":
        noise[0, 0, 0] = 0.0  # where absolute values have no derivative
        noise[0, 0, 1:] = [-30.0, 30.0, 8.0]
        return RNG.integers(0, 2, SHAPE).astype(dtype), noise
    if kind == "signs":
        return RNG.choice([-1.0, 1.0], SHAPE).astype(dtype), noise
    if kind == "one_hot":
        return np.eye(4, dtype=dtype)[labels], _probabilities(SHAPE, dtype)
    if kind == "soft_logits":
        return RNG.uniform(size=SHAPE).astype(dtype), noise
    if kind == "sparse":
        return labels.astype("int32"), _probabilities(SHAPE, dtype)
    if kind == "sparse_logits":
        return labels[..., None].astype("int64"), noise * 10
    if kind == "labels":
        return labels[:, 0], _probabilities((6, 4), dtype)
    if kind == "embeddings":
        vectors = RNG.normal(size=(6, 4))
        vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
        return np.array([0, 1, 1, 2, 0, 3]), vectors.astype(dtype)
    assert kind == "sequences"
    return np.array([[1, 2, 0, 0], [3, 3, 1, 0], [1, 0, 0, 0]]), RNG.normal(size=(3, 9, 4)).astype(
        dtype
    )


CASES = [
    ("MeanSquaredError", {}, "real"),
    ("MeanAbsoluteError", {}, "real"),
    ("MeanAbsolutePercentageError", {}, "positive"),
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("MeanSquaredLogarithmicError", {}, "real"),
    ("CosineSimilarity", {}, "real"),
    ("CosineSimilarity", {"axis": 1}, "real"),
    ("Huber", {}, "real"),
    ("Huber", {"delta": 0.3}, "real"),
    ("LogCosh", {}, "real"),
    ("Hinge", {}, "signs"),
    ("Hinge", {}, "binary"),
    ("SquaredHinge", {}, "signs"),
    ("SquaredHinge", {}, "real"),
    ("CategoricalHinge", {}, "one_hot"),
    ("KLDivergence", {}, "probabilities"),
    ("KLDivergence", {}, "one_hot"),
    ("Poisson", {}, "positive"),
    ("BinaryCrossentropy", {}, "binary"),
    ("BinaryCrossentropy", {"label_smoothing": 0.2, "axis": 1}, "binary"),
    ("BinaryCrossentropy", {"from_logits": True}, "binary_logits"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "soft_logits"),
    ("BinaryFocalCrossentropy", {}, "binary"),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "gamma": 1.3}, "binary"),
    ("BinaryFocalCrossentropy", {"from_logits": True, "alpha": 0.4}, "binary_logits"),
    ("CategoricalCrossentropy", {}, "one_hot"),
    ("CategoricalCrossentropy", {"axis": 1}, "binary"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "one_hot"),
    ("CategoricalCrossentropy", {"from_logits": True}, "soft_logits"),
    ("CategoricalCrossentropy", {"from_logits": True, "axis": 1}, "soft_logits"),
    ("CategoricalFocalCrossentropy", {}, "one_hot"),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "gamma": 3.0}, "soft_logits"),
    ("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3, 0.4]}, "one_hot"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, "sparse"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "sparse_logits"),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 0}, "sparse_logits"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.3}, "labels"),
    ("Dice", {}, "binary"),
    ("Dice", {"axis": (1, 2)}, "binary"),
    ("Tversky", {"alpha": 0.3, "beta": 0.9}, "binary"),
    ("Tversky", {"axis": [1]}, "binary"),
    ("Circle", {}, "embeddings"),
    ("Circle", {"gamma": 8.0, "margin": 0.2, "remove_diagonal": False}, "embeddings"),
    ("CTC", {}, "sequences"),
]


def _theirs(loss, y_true, y_pred, weight):
    pred = tf.constant(y_pred)
    with tf.GradientTape() as tape, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tape.watch(pred)
        value = loss(y_true, pred, weight)
    return value.numpy(), tape.gradient(value, pred).numpy()


def _ours(loss, y_true, y_pred, weight):
    pred = torch.tensor(y_pred, requires_grad=True)
    value = loss(y_true, pred, weight)
    value.sum().backward()
    return value.detach().numpy(), pred.grad.numpy()


def _weights(shape, dtype):
    """Return weights of every shape that a loss's weights can have."""
    found = [None, 0.5, np.float32(2.0)]
    for rank in range(1, len(shape) + 1):
        for ones in range(2**rank):
            sizes = [1 if ones >> i & 1 else size for i, size in enumerate(shape[-rank:])]
            found.append(RNG.uniform(0, 2, sizes).astype(dtype))
    found.append(RNG.uniform(0, 2, (*shape, 1)).astype(dtype))
    return found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "arguments", "kind"), CASES, ids=str)
def test_values_and_derivatives(name, arguments, kind, dtype):
    y_true, y_pred = _inputs(kind, dtype)
    loss_arguments = {**arguments, "dtype": dtype}
    shape = getattr(losses, name)(**loss_arguments, reduction="none")(y_true, y_pred).shape
    rtol, atol = (1e-5, 2e-6) if dtype == "float32" else (1e-10, 1e-12)
    if name == "CTC" and dtype == "float64":
        rtol, atol = 1e-5, 1e-6  # TensorFlow computes it in float32
    for reduction in ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"):
        theirs = getattr(keras.losses, name)(**loss_arguments, reduction=reduction)
        ours = getattr(losses, name)(**loss_arguments, reduction=reduction)
        weights = _weights(tuple(shape), dtype) if shape else [None, 0.3]
        for weight in weights if reduction in ("mean", "mean_with_sample_weight") else weights[:5]:
            expected, expected_gradient = _theirs(theirs, y_true, y_pred, weight)
            value, gradient = _ours(ours, y_true, y_pred, weight)
            assert value.dtype == expected.dtype == np.dtype(dtype)
            np.testing.assert_allclose(value, expected, rtol=rtol, atol=atol)
            np.testing.assert_allclose(gradient, expected_gradient, rtol=rtol * 10, atol=atol)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("name", ["MeanSquaredError", "SparseCategoricalCrossentropy"])
def test_masks(name, reduction):
    y_true, y_pred = _inputs("real" if name == "MeanSquaredError" else "sparse", "float32")
    arguments = {} if name == "MeanSquaredError" else {"ignore_class": 1}
    partly = RNG.integers(0, 2, SHAPE[:2]).astype(bool)
    for mask in (partly, np.zeros(SHAPE[:2], bool), np.ones(SHAPE[:2], bool)):
        for weight in (None, RNG.uniform(size=SHAPE[:2]), RNG.uniform(size=(6, 1))):
            theirs, ours = tf.constant(y_pred), torch.tensor(y_pred)
            theirs._keras_mask, ours._keras_mask = tf.constant(mask), torch.tensor(mask)
            expected = getattr(keras.losses, name)(reduction=reduction, **arguments)(
                y_true, theirs, weight
            )
            value = getattr(losses, name)(reduction=reduction, **arguments)(y_true, ours, weight)
            np.testing.assert_allclose(value.numpy(), expected.numpy(), rtol=1e-5, atol=1e-7)


FUNCTIONS = {
    "mean_squared_error": "real",
    "mean_absolute_error": "real",
    "mean_absolute_percentage_error": "positive",
    "mean_squared_logarithmic_error": "positive",
    "cosine_similarity": "real",
    "huber": "real",
    "log_cosh": "real",
    "hinge": "signs",
    "squared_hinge": "signs",
    "categorical_hinge": "one_hot",
    "kl_divergence": "probabilities",
    "poisson": "positive",
    "binary_crossentropy": "binary",
    "binary_focal_crossentropy": "binary",
    "categorical_crossentropy": "one_hot",
    "categorical_focal_crossentropy": "one_hot",
    "sparse_categorical_crossentropy": "sparse",
    "dice": "binary",
    "tversky": "binary",
    "circle": "embeddings",
    "ctc": "sequences",
}


@pytest.mark.parametrize(("name", "kind"), FUNCTIONS.items(), ids=str)
def test_functions_take_arrays_lists_and_tensors(name, kind):
    y_true, y_pred = _inputs(kind, "float32")
    expected = np.asarray(getattr(keras.losses, name)(tf.constant(y_true), tf.constant(y_pred)))
    function = getattr(losses, name)
    for convert in (lambda x: x, torch.tensor, lambda x: x.tolist(), lambda x: [*torch.tensor(x)]):
        value = function(convert(y_true), convert(y_pred))
        assert value.dtype == torch.float32
        np.testing.assert_allclose(value.numpy(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_logits_behind_probabilities_are_used(activation):
    """Saturated probabilities keep their loss and derivative, as in Keras on TensorFlow."""
    logits = np.array([[-40.0, 3.0, 60.0], [200.0, 1.0, 0.0]], "float32")
    labels = np.array([0, 1])
    target = np.eye(3, dtype="float32")[labels]
    names = ["binary_crossentropy", "binary_focal_crossentropy"]
    if activation == "softmax":
        names = ["categorical_crossentropy", "sparse_categorical_crossentropy"]
    for name in names:
        y_true = labels if name.startswith("sparse") else target
        x = tf.constant(logits)
        with tf.GradientTape() as tape:
            tape.watch(x)
            expected = getattr(keras.losses, name)(y_true, getattr(keras.ops, activation)(x))
        expected_gradient = tape.gradient(expected, x)
        tensor = torch.tensor(logits, requires_grad=True)
        output = getattr(torch, activation)(
            *([tensor, -1] if activation == "softmax" else [tensor])
        )
        value = getattr(losses, name)(y_true, with_logits(output, tensor))
        value.sum().backward()
        np.testing.assert_allclose(value.detach().numpy(), expected, rtol=1e-5)
        np.testing.assert_allclose(tensor.grad.numpy(), expected_gradient, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("name", "arguments", "kind"), CASES, ids=str)
def test_nothing_waits_for_values(name, arguments, kind):
    """A tensor without values raises where the host would read one."""
    if name == "CTC":
        pytest.skip("torch's ctc_loss reads the lengths on the host")
    y_true, y_pred = _inputs(kind, "float32")
    value = getattr(losses, name)(**arguments)(y_true, torch.tensor(y_pred, device="meta"), 0.5)
    assert value.is_meta


@pytest.mark.parametrize(("name", "arguments", "kind"), CASES, ids=str)
def test_compiled_without_a_graph_break(name, arguments, kind):
    if name == "CTC":
        pytest.skip("torch's ctc_loss reads the lengths on the host")
    y_true, y_pred = (torch.tensor(side) for side in _inputs(kind, "float32"))
    loss = getattr(losses, name)(**arguments)
    weight = torch.rand(y_pred.shape[0], *[1] * (loss.call(y_true, y_pred).dim() - 1))
    weight = weight if loss.call(y_true, y_pred).dim() else torch.tensor(0.5)
    compiled = torch.compile(loss.__call__, fullgraph=True, backend="aot_eager")
    value = compiled(y_true, y_pred.requires_grad_(), weight)
    torch.testing.assert_close(value, loss(y_true, y_pred, weight))
    torch._dynamo.reset()
