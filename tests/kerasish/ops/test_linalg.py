"""Linear algebra, Fourier transforms and segments against Keras on TensorFlow."""

import numpy as np
import pytest
import torch

import kerasish
from kerasish import ops
from tests.kerasish.ops.differential import check_symbols, check_values, failures
from tests.kerasish.ops.linalg_cases import CASES, DEFINITE, IDS, INNER, ROWS, SIGNAL, M

NAMES = sorted({name for name, *_ in CASES})


@pytest.mark.parametrize("name", NAMES)
def test_it_is_keras_function(name):
    found = failures(check_values, [case for case in CASES if case[0] == name])
    assert not found, "\n".join(found)


# Keras tells other shapes than it computes, or none.
OWN_SHAPES = {"slogdet", "lu_factor", "cdist", "lstsq", "view_as_real", "polar", "psnr"}
SYMBOLIC = [
    (name, args, kwargs, {"shapes": name not in OWN_SHAPES})
    for place, (name, args, kwargs, *_) in enumerate(CASES)
    if name not in {one[0] for one in CASES[:place]} and name != "eig"
]


def test_symbols_have_keras_shapes_and_models_the_values():
    found = failures(check_symbols, SYMBOLIC)
    assert not found, "\n".join(found)
    assert len(SYMBOLIC) > 30


# Loading forward derivatives, torch uses a function of its own that it calls deprecated.
@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")
def test_forward_derivatives():
    def both(x, y):
        return ops.sin(x) * y["w"], ops.sum(x)

    x, direction = torch.tensor(INNER), torch.tensor(ROWS[:3, :1])
    (value, total), (slope, rate) = ops.jvp(both, [x, {"w": x}], [direction.expand(3, 4), {"w": x}])
    torch.testing.assert_close(value, torch.sin(x) * x)
    torch.testing.assert_close(slope, torch.cos(x) * x * direction + torch.sin(x) * x)
    torch.testing.assert_close(rate, 4 * direction.sum())
    torch.testing.assert_close(total, x.sum())
    value, slope, rest = ops.jvp(lambda x: (x**2, x + 1), (INNER,), (1 + 0 * INNER,), has_aux=True)
    np.testing.assert_allclose(slope, 2 * INNER)
    np.testing.assert_allclose(value, INNER**2)
    np.testing.assert_allclose(rest, INNER + 1)


def test_segments_of_unknown_number_are_symbols():
    rows, ids = kerasish.Input((3,)), kerasish.Input((), dtype="int32")
    found = ops.segment_sum(rows, ids)
    assert found.shape == (None, 3)
    model = kerasish.Model([rows, ids], found)
    np.testing.assert_allclose(model([ROWS, IDS]), ops.segment_sum(ROWS, IDS), rtol=1e-6)
    # Keras on TensorFlow counts the different numbers, and fails if one is left out.
    assert ops.segment_sum(ROWS, IDS).shape == (4, 3)


def test_distances_of_zero_have_no_gradient():
    points = torch.tensor(ROWS, requires_grad=True)
    ops.cdist(points, points).sum().backward()
    assert torch.isfinite(points.grad).all()


ERRORS = [
    ("cholesky", (M,), {}, "cholesky takes positive definite matrices. Received: "),
    ("det", (ROWS,), {}, r"det takes square matrices. Received: shape \(6, 3\)"),
    ("svd", (ROWS[0],), {}, r"svd takes matrices. Received: shape \(3,\)"),
    ("qr", (M,), {"mode": "best"}, "Received: mode='best'"),
    ("solve", (DEFINITE, ROWS), {}, r"b of shape \(6, 3\)"),
    ("lstsq", (M, ROWS), {}, r"a of shape \(2, 4, 4\)"),
    ("segment_max", (ROWS, IDS[:2]), {}, r"segment_ids of shape \(2,\)"),
    ("fft", (SIGNAL,), {}, "pair of real and imaginary parts. Received: Tensor"),
    ("fft2", ((SIGNAL, SIGNAL[:1]),), {}, r"\(2, 40\) and \(1, 40\)"),
    ("irfft", ((IDS, IDS),), {}, "takes floats. Received: torch.int32"),
    ("stft", (SIGNAL, 8, 0, 8), {}, "Received: sequence_stride=0"),
    ("stft", (SIGNAL, 8, 2, 7), {}, "Received: sequence_length=8, fft_length=7"),
    ("stft", (SIGNAL, 8, 2, 8), {"window": "best"}, "Received: window='best'"),
    ("istft", ((M, M), 6, 2, 6), {"window": INNER[0]}, r"window of shape \(4,\)"),
    ("view_as_complex", (INNER,), {}, r"Received: shape \(3, 4\)"),
    ("cdist", (INNER, ROWS), {}, r"\(3, 4\) and \(6, 3\)"),
    ("psnr", (INNER, ROWS, 1.0), {}, r"\(3, 4\) and \(6, 3\)"),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "message"), ERRORS)
def test_errors_say_what_was_received(name, args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        getattr(ops, name)(*args, **kwargs)
