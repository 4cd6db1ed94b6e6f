"""Functions of `keras.ops.numpy` as steps of models: shapes, types and values."""

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish import ops
from kerasish.graph.structure import flatten
from tests.kerasish.ops.numpy_cases import NAN, SQUARE, A, B, D, J, P, T, W
from tests.kerasish.ops.test_numpy_names import NAMES, cases_of

# How many values there are decides the shape, so there is no step of a model.
SIZED_BY_VALUES = {"bincount": (W,), "nonzero": (W,), "unique": (W,), "where": (T,)}
# What Keras's symbols say is not what it computes, or it refuses them; ours have these shapes.
OWN_SHAPES = {
    "average": ((A,), {"axis": 1, "weights": P[0]}, [(None,)]),
    "corrcoef": ((SQUARE[0],), {}, [(None, None)]),
    "correlate": ((A[:, 0], B[:2, 0]), {"mode": "full"}, [(None,)]),
    "digitize": ((A, [0.0, 1.0]), {}, [(None, 4)]),
    "gcd": ((W, 2), {}, [(None, 4)]),
    "kron": ((A, B), {}, [(None, 16)]),
    "lcm": ((W, 2), {}, [(None, 4)]),
    "matmul": ((D, SQUARE), {}, [(None, 3, 4)]),
    "real": ((A + 1j * B,), {}, [(None, 4)]),
    "select": (([T, W > 0], [A, B]), {}, [(None, 4)]),
    "slogdet": ((SQUARE,), {}, [(None,), (None,)]),
    "trapezoid": ((D,), {"axis": 1}, [(None, 4)]),
    "hstack": (([A, B],), {}, [(None, 8)]),
    "vstack": (([A, B],), {}, [(None, 4)]),
    "dstack": (([A, B],), {}, [(None, 4, 2)]),
    "meshgrid": ((A[:, 0], A[0]), {}, [(None, None), (None, None)]),
    "nanquantile": ((NAN, [0.1, 0.5]), {"axis": 1}, [(2, None, 5)]),
    "unravel_index": ((W[:, 0], (3, 4)), {}, [(None,), (None,)]),
    "linspace": ((A, B, 5), {"axis": 1}, [(None, 5, 4)]),
}
OTHER_CASES = {
    **{name: ((W, J), {}) for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "ldexp")},
    **{name: ((W,), {}) for name in ("bitwise_invert", "bitwise_not")},
    "cross": ((D[..., :3], D[..., 1:]), {}),
}
# The stand-ins for an unknown size are larger than what it is compared with, or constants.
LEFT_OUT = {"diag", "diagonal", "dot", "einsum", "ndim", "tensordot", "vsplit", "split"}


def first_case(name):
    if name in OTHER_CASES:
        return OTHER_CASES[name]
    for args, kwargs in cases_of(name):
        arrays = [one for one in args if isinstance(one, np.ndarray)]
        if (
            arrays
            and args[0] is arrays[0]
            and arrays[0].ndim > 1
            and arrays[0].dtype != "complex64"
        ):
            return args, kwargs
    return None


LIKE_KERAS = [
    name
    for name in NAMES
    if name not in {*SIZED_BY_VALUES, *OWN_SHAPES, *LEFT_OUT} and first_case(name) is not None
]


def symbolic(library, value):
    if isinstance(value, list):
        return [symbolic(library, one) for one in value]
    if isinstance(value, np.ndarray):
        return library.Input(value.shape[1:], dtype=str(value.dtype))
    return value


def check_model(name, inputs, found, args, kwargs):
    symbols = [one for one in flatten(inputs) if isinstance(one, kerasish.KerasTensor)]
    model = kerasish.Model(symbols, found)
    data = [torch.as_tensor(one) for one in flatten(list(args)) if isinstance(one, np.ndarray)]
    eager = flatten(getattr(ops, name)(*args, **kwargs))
    for one, other in zip(flatten(model(data)), eager, strict=True):
        torch.testing.assert_close(one, other, equal_nan=True, rtol=0, atol=0)


@pytest.mark.parametrize("name", LIKE_KERAS)
def test_symbols_have_keras_shapes_and_models_the_values(name):
    args, kwargs = first_case(name)
    wanted = getattr(keras.ops, name)(*[symbolic(keras, one) for one in args], **kwargs)
    inputs = [symbolic(kerasish, one) for one in args]
    found = getattr(ops, name)(*inputs, **kwargs)
    assert [(tuple(one.shape), one.dtype) for one in flatten(found)] == [
        (tuple(one.shape), one.dtype) for one in flatten(wanted)
    ]
    check_model(name, inputs, found, args, kwargs)


@pytest.mark.parametrize("name", sorted(OWN_SHAPES))
def test_symbols_have_the_shapes_of_the_values(name):
    args, kwargs, shapes = OWN_SHAPES[name]
    inputs = [symbolic(kerasish, one) for one in args]
    found = getattr(ops, name)(*inputs, **kwargs)
    assert [tuple(one.shape) for one in flatten(found)] == shapes
    check_model(name, inputs, found, args, kwargs)


def on_meta(value):
    if isinstance(value, list):
        return [on_meta(one) for one in value]
    array = isinstance(value, np.ndarray) and value.ndim
    return torch.as_tensor(value, device="meta") if array else value


@pytest.mark.parametrize("name", [name for name in LIKE_KERAS if name != "size"])
def test_results_are_where_the_operands_are(name):
    """Any device will do; that of tensors without values needs no GPU."""
    args, kwargs = first_case(name)
    found = getattr(ops, name)(*map(on_meta, args), **kwargs)
    assert {one.device.type for one in flatten(found)} == {"meta"}


@pytest.mark.parametrize("name", sorted(SIZED_BY_VALUES))
def test_what_is_sized_by_values_says_so(name):
    (array,) = SIZED_BY_VALUES[name]
    with pytest.raises(ValueError, match=rf"The output shape of {name}.* can't be found"):
        getattr(ops, name)(symbolic(kerasish, array))


def test_symbols_know_their_number_of_axes():
    assert ops.ndim(kerasish.Input((3, 4))) == 3
    with pytest.raises(TypeError, match="hamming needs the number of points"):
        ops.hamming(kerasish.Input((3,)))
