"""All of `keras.ops.numpy` against Keras on TensorFlow: names, signatures, values, types."""

import inspect

import keras
import numpy as np
import pytest

from kerasish import ops
from tests.kerasish.ops import test_operations
from tests.kerasish.ops.numpy_cases import BINARY, CASES, UNARY, A, J, T, U, W
from tests.kerasish.ops.test_operations import compare

NAMES = sorted(name for name in dir(keras.ops.numpy) if not name.startswith("_"))
# What is tested in test_numpy_meanings.py alone, and why.
OWN_TESTS = {
    "argpartition": "Keras on TensorFlow makes whole numbers of floats first",
    "nextafter": "Keras on TensorFlow computes in float64, and rounds to the number it began with",
    "vectorize": "Keras on TensorFlow refuses it",
}
LONG, DOUBLE, HALF = W.astype("int64"), A.astype("float64"), A.astype("float16")
TYPES = [A, DOUBLE, HALF, W, LONG, W.astype("int8"), U, T]
PAIRS = [
    (A, W), (DOUBLE, A), (W, J), (W, U), (U, U), (T, W), (T, A), (A, 2), (W, 2.5), (2, DOUBLE),
    (LONG, W), (LONG, A), (U, 3), (T, 1), (HALF, 2.5), (HALF, A), (T, T), (3, 2), (2.5, 2),
    (LONG, LONG), (LONG, 2.5), (U, 2.5), (W.astype("int8"), U),
]  # fmt: skip
DIVIDING = {"floor_divide", "mod", "fmod"}
NEED_AXES = {"fliplr", "flipud", "rot90", "corrcoef", "argsort", "transpose"}
# Where Keras on TensorFlow is in the wrong: (name, type of the first argument).
WRONG = {
    ("corrcoef", "int64"): "whole numbers as correlations",
    ("logaddexp2", "float64"): "the constant in float32",
    ("logaddexp2", "int"): "the same, beside float64",
}


def outcome(module, name, args, kwargs):
    try:
        return getattr(module, name)(*args, **kwargs), None
    except Exception as error:
        return None, error


def convert(value):
    if isinstance(value, (list, tuple)) and any(isinstance(one, np.ndarray) for one in value):
        return type(value)(map(convert, value))
    return keras.ops.convert_to_tensor(value) if isinstance(value, np.ndarray) else value


def kind_of(value):
    return str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__


def differences(name, cases):
    """Return what differs from Keras, and how many cases Keras computed."""
    found, computed = [], 0
    for args, kwargs in cases:
        wanted, refused = outcome(keras.ops, name, convert(args), kwargs)
        if refused is not None or (name, kind_of(args[0])) in WRONG:
            continue
        computed += 1
        if "uint32" in str(getattr(wanted, "dtype", "")):  # torch can't compute with it
            wanted = keras.ops.cast(wanted, "int64")
        got, error = outcome(ops, name, args, kwargs)
        try:
            if error is not None:
                raise AssertionError(f"{type(error).__name__}: {error}")
            compare(got, wanted)
        except AssertionError as difference:
            said = [kind_of(one) for one in args]
            found.append(f"{name}({said}, {kwargs}): {difference}")
    return found, computed


def cases_of(name):
    cases = [(args, kwargs) for own, args, kwargs in CASES if own == name]
    if name in UNARY:
        cases += [((x,), {}) for x in TYPES]
        cases += [] if name in NEED_AXES else [((x,), {}) for x in (2, 0.5, True)]
    if name in BINARY:
        for x, y in PAIRS:
            if name in DIVIDING and isinstance(y, np.ndarray):
                y = np.maximum(y, 1).astype(y.dtype)
            cases.append(((x, y), {}))
    return cases


@pytest.mark.parametrize("name", sorted({name for name, *_ in CASES} | {*UNARY, *BINARY}))
def test_it_is_keras_function(name):
    cases = cases_of(name)
    found, computed = differences(name, cases)
    assert not found, "\n".join(found)
    assert computed >= len(cases) / 3, f"Keras refused {len(cases) - computed} of {len(cases)}"


def test_every_name_is_there_and_tested():
    assert len(NAMES) > 200
    assert [name for name in NAMES if not hasattr(ops, name)] == []
    elsewhere = {name for name, *_ in test_operations.CASES} | set(OWN_TESTS)
    here = {name for name, *_ in CASES} | {*UNARY, *BINARY}
    assert set(NAMES) - elsewhere - here == set()


def test_signatures_are_keras_signatures():
    def signature(function):
        return [
            (one.name, one.kind, one.default)
            for one in inspect.signature(function).parameters.values()
        ]

    different = [
        name
        for name in NAMES
        if signature(getattr(ops, name)) != signature(getattr(keras.ops, name))
    ]
    assert different == []
