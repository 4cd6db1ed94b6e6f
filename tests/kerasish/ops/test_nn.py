"""Convolutions, pooling, normalization, attention and CTC against Keras on TensorFlow."""

import numpy as np
import pytest
import torch

from kerasish import ops
from tests.kerasish.ops.differential import check_symbols, check_values, failures
from tests.kerasish.ops.nn_cases import (
    CASES,
    COLUMNS,
    COUNTS,
    DOWN,
    GROUPED,
    KERNELS,
    LABELS,
    LOGITS,
    SPACES,
    STEPS,
    K,
    Q,
    X,
)


@pytest.mark.parametrize("name", sorted({name for name, *_ in CASES}))
def test_it_is_keras_function(name):
    found = failures(check_values, [case for case in CASES if case[0] == name])
    assert not found, "\n".join(found)


# Keras tells other shapes or types than it computes, or none.
OWN_SHAPES = {
    "ctc_decode", "multi_hot", "logsumexp", "adaptive_max_pool", "adaptive_average_pool",
}  # fmt: skip
SYMBOLIC = [
    (name, args, kwargs, {"shapes": name not in OWN_SHAPES})
    for place, (name, args, kwargs, *_) in enumerate(CASES)
    if name not in {one[0] for one in CASES[:place]}
]


def test_symbols_have_keras_shapes_and_models_the_values():
    found = failures(check_symbols, SYMBOLIC)
    assert not found, "\n".join(found)
    assert len(SYMBOLIC) > 30


def test_layouts_and_groups():
    """Keras compiles these with XLA, which takes seconds for each."""
    x, kernel = torch.tensor(SPACES[2]), torch.tensor(GROUPED)
    wanted = torch.cat(
        [ops.conv(x[..., :2], kernel[..., :3]), ops.conv(x[..., 2:], kernel[..., 3:])], -1
    )
    torch.testing.assert_close(ops.conv(x, kernel), wanted)
    for rank, space in SPACES.items():
        first = np.moveaxis(space, -1, 1)
        options = {"strides": 2, "padding": "same"}
        found = ops.conv(first, KERNELS[rank], data_format="channels_first", **options)
        wanted = ops.conv(space, KERNELS[rank], **options)
        torch.testing.assert_close(found.movedim(1, -1), wanted)
    columns = ops.unfold(DOWN, 2, padding=(1, 0), dilation=(2, 1), stride=(1, 2))
    folded = ops.fold(columns, (4, 12), 2, padding=(1, 0), dilation=(2, 1), stride=(1, 2))
    counts = ops.fold(ops.ones_like(columns), (4, 12), 2, (2, 1), (1, 0), (1, 2))
    torch.testing.assert_close(folded, torch.tensor(DOWN) * counts)


def test_functions_compile_whole():
    def step(x, kernel, query):
        found = ops.max_pool(ops.conv(x, kernel, padding="same"), 2)
        found = ops.layer_normalization(ops.space_to_depth(found[:, :2, :2], 2))
        mean, variance = ops.moments(found, (0, 1, 2))
        found = ops.batch_normalization(found, mean, variance, -1)
        return ops.sum(found), ops.dot_product_attention(query, query, query, is_causal=True)

    given = [torch.tensor(one) for one in (SPACES[2], KERNELS[2], Q)]
    compiled = torch.compile(step, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(*given), step(*given))


ERRORS = [
    ("conv", (X, KERNELS[2]), {}, r"inputs of shape \(3, 5, 4\), kernel of shape \(3, 2, 4, 6\)"),
    ("conv", (SPACES[2], KERNELS[2][:, :, :3]), {}, "its channels do not divide theirs"),
    ("conv", (X[:, :2], KERNELS[1]), {}, "it is too large"),
    ("conv", (X, KERNELS[1]), {"padding": "causal"}, "Received: padding='causal'"),
    ("conv", (X, KERNELS[1]), {"strides": 0}, "Received: strides=0"),
    ("conv", (X, KERNELS[1]), {"data_format": "best"}, "Received: data_format='best'"),
    ("conv_transpose", (X, KERNELS[1]), {}, "takes a kernel .*filters, channels"),
    ("conv_transpose", (X, KERNELS[1]), {"output_padding": 1}, "Received: output_padding=1"),
    ("depthwise_conv", (X, KERNELS[1][:, :2]), {}, "takes a kernel .*channels, multiplier"),
    ("max_pool", (X, (2, 2)), {}, r"Received: pool_size=\(2, 2\)"),
    ("average_pool", (X, 9), {}, r"would give an empty output.*pool_size=\(9,\)"),
    ("adaptive_max_pool", (X[0], 2), {}, r"Received: shape \(5, 4\)"),
    ("depth_to_space", (DOWN, 5), {}, "Received: 12 channels"),
    ("depth_to_space", (X, 2), {}, r"shape \(3, 5, 4\), block_size=2"),
    ("space_to_depth", (DOWN, 3), {}, "Received: height 4, width 4"),
    ("unfold", (X, 2), {}, r"Received: shape \(3, 5, 4\)"),
    ("fold", (COLUMNS, 4, 5), {}, r"shape \(2, 12, 6\), kernel_size=5"),
    ("dot_product_attention", (X, X, X), {}, r"\(3, 5, 4\), \(3, 5, 4\) and \(3, 5, 4\)"),
    ("dot_product_attention", (Q, K, K), {"attn_logits_soft_cap": 2.0}, "soft_cap=2.0"),
    ("ctc_loss", (LABELS[0], LOGITS, COUNTS, STEPS), {}, r"Received: shape \(4,\)"),
    ("ctc_decode", (LABELS, STEPS), {}, r"Received: shape \(3, 4\)"),
    ("ctc_decode", (LOGITS, STEPS, "best"), {}, "Received: strategy='best'"),
    ("multi_hot", (LABELS,), {}, "Received: num_classes=None"),
    ("multi_hot", (LABELS, 3), {"sparse": True}, "Received: sparse=True"),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "message"), ERRORS)
def test_errors_say_what_was_received(name, args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        getattr(ops, name)(*args, **kwargs)


def test_ctc_in_float64():
    found = ops.ctc_loss(LABELS, LOGITS.astype("float64"), COUNTS, STEPS)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found.float(), ops.ctc_loss(LABELS, LOGITS, COUNTS, STEPS))


def test_old_arguments():
    with pytest.warns(UserWarning, match="use rms_normalization"):
        found = ops.layer_normalization(X, rms_scaling=True, epsilon=0.0)
    np.testing.assert_allclose(found, X / X.std(-1, keepdims=True))
    with pytest.raises(TypeError, match=r"Received: \['scaling'\]"):
        ops.layer_normalization(X, scaling=True)
    assert ops.multi_hot(LABELS, num_tokens=4).shape == (3, 4)
    assert ops.swish is ops.silu
