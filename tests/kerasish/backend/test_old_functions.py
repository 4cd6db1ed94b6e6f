"""Convolutions, sequences, random numbers and variables of `tf_keras.backend`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import kerasish
from kerasish import backend
from kerasish.graph.structure import flatten
from kerasish.layers import Dense, Lambda

rng = np.random.default_rng(31)
LINES = rng.normal(size=(2, 9, 3))
IMAGES = rng.normal(size=(2, 6, 5, 3))
VOLUMES = rng.normal(size=(2, 3, 4, 5, 2)).astype("float32")
FIRST = {"data_format": "channels_first"}
SHARES = rng.uniform(0.05, 1, (3, 7, 5)).astype("float32")
SHARES /= SHARES.sum(-1, keepdims=True)
LABELS = np.array([[1, 2, 2], [3, 1, 0], [2, 0, 0]], "int32")
COUNTS, STEPS = np.array([[3], [2], [1]], "int32"), np.array([[7], [5], [6]], "int32")
ROWS = rng.normal(size=(3, 4, 2))
MASK = np.array([[1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 0]], bool)

CASES: list[tuple[str, tuple, dict[str, Any]]] = [
    ("conv1d", (LINES, rng.normal(size=(3, 3, 4))), {"padding": "causal", "dilation_rate": 2}),
    ("conv1d", (LINES, rng.normal(size=(3, 3, 4))), {"strides": 2, "padding": "same"}),
    ("conv2d", (IMAGES, rng.normal(size=(3, 2, 3, 4))), {"padding": "same", "strides": (2, 1)}),
    (
        "conv2d_transpose",
        (IMAGES, rng.normal(size=(3, 3, 4, 3)), (2, 12, 9, 4)),
        {"strides": (2, 2), "padding": "same"},
    ),
    (
        "conv2d_transpose",
        (IMAGES, rng.normal(size=(3, 2, 4, 3)), (2, 14, 10, 4)),
        {"strides": (2, 2)},
    ),
    ("normalize_batch_in_training", (LINES, LINES[0, 0], LINES[0, 1], [0, 1]), {}),
    ("normalize_batch_in_training", (LINES, None, None, [1, 2]), {}),
    ("conv3d", (VOLUMES, rng.normal(size=(2, 2, 2, 2, 4)).astype("float32")), {}),
    ("depthwise_conv2d", (IMAGES, rng.normal(size=(3, 3, 3, 2))), {"padding": "same"}),
    (
        "separable_conv2d",
        (IMAGES, rng.normal(size=(3, 3, 3, 2)), rng.normal(size=(1, 1, 6, 4))),
        {"strides": (2, 2)},
    ),
    ("pool2d", (IMAGES, (2, 2)), {}),
    ("pool2d", (IMAGES, (2, 3)), {"padding": "same", "strides": (2, 2), "pool_mode": "avg"}),
    ("pool3d", (VOLUMES, (2, 2, 2)), {"pool_mode": "avg"}),
    ("bias_add", (IMAGES, IMAGES[0, 0, 0]), {}),
    ("bias_add", (IMAGES, IMAGES[0, :, 0, 0]), FIRST),
    ("bias_add", (LINES, LINES[0]), {}),
    ("temporal_padding", (LINES, (2, 1)), {}),
    ("spatial_2d_padding", (IMAGES,), {"padding": ((1, 0), (2, 3))}),
    ("spatial_2d_padding", (IMAGES,), {"padding": ((1, 0), (2, 3)), **FIRST}),
    ("spatial_3d_padding", (VOLUMES,), {}),
    ("resize_images", (IMAGES, 2, 3, "channels_last"), {}),
    ("resize_images", (IMAGES.astype("float32"), 2, 1, "channels_last", "bilinear"), {}),
    ("resize_volumes", (VOLUMES, 2, 1, 3, "channels_last"), {}),
    (
        "batch_normalization",
        (LINES, LINES[0, 0], SHARES[0, 0, :3].astype("float64"), None, None),
        {},
    ),
    ("in_top_k", (SHARES[:, 0], LABELS[:, 0], 2), {}),
    ("ctc_batch_cost", (LABELS, SHARES, STEPS, COUNTS), {}),
    ("ctc_decode", (SHARES, STEPS[:, 0]), {}),
    ("ctc_decode", (SHARES, STEPS[:, 0]), {"greedy": False, "beam_width": 20, "top_paths": 2}),
    ("map_fn", (lambda row: row * 2, LINES), {}),
    ("foldl", (lambda a, b: a * 0.5 + b, LINES), {}),
    ("foldr", (lambda a, b: a * 0.5 + b, LINES), {"initializer": LINES[0] * 0}),
    ("count_params", (IMAGES,), {}),
    ("stop_gradient", (IMAGES,), {}),
]


def step(x: Any, states: Any) -> Any:
    total = states[0] * 0.5 + x + (states[2] if len(states) > 2 else 0.0)
    return total * 2, [total, states[1] + 1]


RUNS: list[dict[str, Any]] = [
    {},
    {"go_backwards": True, "constants": [ROWS[:, 0]]},
    {"mask": MASK},
    # Unrolled, Keras 2 forgets to reverse the mask.
    {"mask": MASK, "zero_output_for_mask": True, "go_backwards": True, "unroll": False},
    {"return_all_outputs": False, "unroll": True},
]
CASES += [
    ("rnn", (step, ROWS, [ROWS[:, 1], ROWS[:, 2] * 0]), {"unroll": True, **run}) for run in RUNS
]


def test_functions_agree() -> None:
    import tensorflow as tf

    keras2 = pytest.importorskip("tf_keras").backend
    failed: list[str] = []

    def on_tensorflow(value: Any) -> Any:
        if isinstance(value, list):
            return [on_tensorflow(one) for one in value]
        return tf.constant(value) if isinstance(value, np.ndarray) else value

    for name, args, options in CASES:
        given = {key: on_tensorflow(value) for key, value in options.items()}
        wanted = getattr(keras2, name)(*map(on_tensorflow, args), **given)
        found = getattr(backend, name)(*args, **options)
        for one, other in zip(flatten(found), flatten(wanted), strict=True):
            got, expected = (np.asarray(side) for side in (one, other))
            same = got.shape == expected.shape and (
                isinstance(one, int) or got.dtype == expected.dtype
            )
            close = 1e-10 if expected.dtype == np.float64 else 1e-5
            if not same or not np.allclose(got, expected, close, close):
                failed.append(f"{name}{options}: {got.dtype}{got.shape} {expected.dtype}")
    assert not failed


def test_functions_on_symbols() -> None:
    x = kerasish.Input((6, 5, 3))
    found = backend.pool2d(backend.spatial_2d_padding(x), (2, 2), strides=(2, 2))
    assert found.shape == (None, 4, 3, 3)
    model = kerasish.Model(x, backend.dropout(found, 0.0))
    wanted = backend.pool2d(np.pad(IMAGES, ((0, 0), (1, 1), (1, 1), (0, 0))), (2, 2), (2, 2))
    np.testing.assert_allclose(model(IMAGES.astype("float32")), wanted, rtol=1e-6)


def test_random_numbers() -> None:
    sizes = (400, 50)
    for name, mean, deviation in (
        ("random_uniform", 0.5, 12**-0.5),
        ("random_normal", 0.0, 1.0),
        ("truncated_normal", 0.0, 0.88),
    ):
        found = getattr(backend, name)(sizes, seed=3)
        assert (tuple(found.shape), found.dtype) == (sizes, torch.float32)
        assert abs(found.mean() - mean) < 0.02, name
        assert abs(found.std() - deviation) < 0.02, name
    flips = backend.random_bernoulli(sizes, 0.3, dtype="int32", seed=3)
    assert set(flips.unique().tolist()) == {0, 1}
    assert abs(flips.double().mean() - 0.3) < 0.02
    assert backend.random_normal((2,), 5.0, 0.0, "float64").tolist() == [5, 5]
    assert backend.random_uniform_variable((2, 3), -1, 1).requires_grad
    assert backend.random_normal_variable((2, 3), 0, 1).requires_grad
    dropped = backend.dropout(np.ones(sizes, "float32"), 0.25, seed=1)
    assert set(np.round(dropped.unique().tolist(), 4)) == {0, 1.3333}


def test_variables_are_updated() -> None:
    layer = Dense(2)
    layer.build((None, 3))
    layer.bias.assign([1.0, 2.0])
    for weight in (backend.variable([1.0, 2.0]), layer.bias):
        assert backend.update_add(weight, 1.0) is weight
        backend.update_sub(weight, np.array([0.5, 1], "float32"))
        backend.moving_average_update(weight, torch.tensor([3.5, 4.0]), 0.5)
        assert backend.batch_get_value([weight])[0].tolist() == [2.5, 3.0]
        backend.batch_set_value([(weight, [7.0, 8.0])])
        backend.update(weight, backend.batch_get_value([weight])[0] * 2)
        assert backend.batch_get_value([weight])[0].tolist() == [14, 16]
        assert backend.dtype(weight) == "float32"


def test_the_training_phase_is_that_of_the_call() -> None:
    layer = Lambda(lambda x: backend.in_train_phase(lambda: x * 2, x))
    ones = torch.ones(2, 3)
    assert layer(ones).tolist() == ones.tolist()
    assert layer(ones, training=True).tolist() == (ones * 2).tolist()
    assert backend.in_test_phase(3, 4) == 3
    assert backend.in_test_phase(3, 4, training=True) == 4


def test_small_questions(capsys: pytest.CaptureFixture) -> None:
    with backend.name_scope("part"):
        assert backend.print_tensor(torch.arange(9), "values: ", summarize=2) is not None
    assert capsys.readouterr().out == "values: [0 1 ... 7 8]\n"
    sparse = torch.eye(3).to_sparse()
    assert backend.is_sparse(sparse)
    assert not backend.is_sparse(ROWS)
    assert backend.to_dense(sparse).tolist() == torch.eye(3).tolist()


def test_errors_say_what_was_received() -> None:
    with pytest.raises(ValueError, match="Received: 'sum'"):
        backend.pool2d(IMAGES, (2, 2), pool_mode="sum")
    with pytest.raises(ValueError, match=r"bias of shape \(5, 3\)"):
        backend.bias_add(IMAGES, IMAGES[0, 0])
    with pytest.raises(ValueError, match="Received: padding='causal'"):
        backend.conv1d(LINES, LINES, padding="causal", data_format="channels_first")
    with pytest.raises(ValueError, match=r"convolved to sizes \(4, 3\)\. Received: x of shape"):
        backend.conv2d_transpose(IMAGES, np.ones((3, 3, 4, 3)), (2, 6, 5, 4))
