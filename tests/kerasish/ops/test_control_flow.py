"""Branches, loops, scans and parts of tensors against Keras on TensorFlow."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import kerasish
from kerasish import ops
from kerasish.graph.structure import flatten
from tests.kerasish.ops.control_cases import CASES, CUBE, PLACES, WHOLE, X
from tests.kerasish.ops.differential import check_symbols, check_values, failures, told
from tests.kerasish.ops.test_operations import compare


@pytest.mark.parametrize("name", sorted({name for name, *_ in CASES}))
def test_it_is_keras_function(name):
    found = failures(check_values, [case for case in CASES if case[0] == name])
    assert not found, "\n".join(found)


SYMBOLIC = [
    ("scatter", (PLACES, X[:3, 0], (4, 3)), {}),
    ("scatter_update", (X, PLACES, X[:3, 0]), {"reduction": "add"}, {"shapes": False}),
    ("slice", (CUBE, (0, 1, 2), (2, 2, 2)), {}),
    ("slice_update", (X, (0, 2), X[:2, :1]), {}),
    ("saturate_cast", (X, "uint8"), {}),
    ("rearrange", (CUBE, "a b (c d) -> a (d b) c"), {"d": 5}, {"shapes": False}),
    ("unstack", (CUBE,), {"axis": 1}),
]


def test_symbols_have_keras_shapes_and_models_the_values():
    found = failures(check_symbols, SYMBOLIC)
    assert not found, "\n".join(found)


def calls(m, x):
    """Return calls with functions, of either library."""

    def step(state, entry):
        total = {"a": state["a"] + m.sum(entry), "b": state["b"] * 0.5 + entry[0]}
        return total, {"a": total["a"] * 2, "b": entry[1]}

    start = {"a": m.sum(x), "b": m.sum(x[0])}
    return {
        "cond": m.cond(m.sum(x) > 0, lambda: x * 2, lambda: x),
        "cond of bool": m.cond(False, lambda: x * 2, lambda: x),
        "switch": m.switch(2, [m.sin, m.cos, m.exp], x),
        "switch below": m.switch(-1, [lambda a, b: a, lambda a, b: b], x, x + 1),
        "switch above": m.switch(7, [lambda a, b: a, lambda a, b: b], x, x + 1),
        "while_loop": m.while_loop(lambda i, y: i < 4, lambda i, y: (i + 1, y * x), (0, x)),
        "while_loop of one": m.while_loop(lambda y: m.sum(y) < 1e3, lambda y: y * y + 1, x),
        "while_loop cut": m.while_loop(lambda i: i < 9, lambda i: [i + 1], [0], 4),
        "fori_loop": m.fori_loop(1, 4, lambda i, y: y * x + m.cast(i, x.dtype), x),
        "map": m.map(lambda row: m.cumsum(row) * 2, x),
        "map of two": m.map(lambda pair: {"s": pair[0] + pair[1]}, (x, x * x)),
        "vectorized_map": m.vectorized_map(lambda row: m.dot(row, row), x),
        "vectorized_map of two": m.vectorized_map(lambda pair: pair[0] * pair[1][0], (x, x * x)),
        "scan": m.scan(step, start, x),
        "scan back": m.scan(step, start, x, reverse=True),
        "scan of pairs": m.scan(lambda s, e: (s + e[0] * e[1], s), x[0], (x, x + 1), unroll=2),
        "scan without xs": m.scan(lambda s, _: (s * x, s), x, length=3),
        "scan without outputs": m.scan(lambda s, e: (s + e, None), x[0], x),
        "associative_scan": [
            m.associative_scan(m.add, x[:n], reverse=back) for n in range(1, 5) for back in (0, 1)
        ],
        "associative_scan of axis": m.associative_scan(m.multiply, x, axis=1),
        "associative_scan of two": m.associative_scan(
            lambda a, b: (a[0] * b[0], b[0] * a[1] + b[1]), (x, x + 1), axis=-1
        ),
        "stop_gradient": m.stop_gradient(x) * x,
    }


def test_calls_with_functions_are_keras_calls():
    variable, x = tf.Variable(X), torch.tensor(X, requires_grad=True)
    with tf.GradientTape(persistent=True) as tape:
        theirs = calls(keras.ops, variable.value())
        totals = {key: tf.add_n([tf.reduce_sum(tf.cast(one, "float64")) for one in flatten(side)])
                  for key, side in theirs.items()}  # fmt: skip
    ours = calls(ops, x)
    assert list(ours) == list(theirs)
    for key, found in ours.items():
        leaves, wanted = flatten(found), flatten(theirs[key])
        try:
            for one, other in zip(leaves, wanted, strict=True):
                compare(one.detach(), other)
            total = sum(one.double().sum() for one in leaves)
            slope = tape.gradient(totals[key], variable)
            slope = np.zeros(X.shape) if slope is None else slope.numpy()
            if total.requires_grad:
                (found,) = torch.autograd.grad(total, x, allow_unused=True, materialize_grads=True)
                np.testing.assert_allclose(found, slope, rtol=1e-10, atol=1e-12)
        except AssertionError as error:
            raise AssertionError(f"{key}: {error}") from error


def symbolic_calls(m, x, wanted):
    """Return calls on `(batch, 3)` and a truth value."""

    def step(state, entry):
        return state + entry, state * entry

    return {
        "cond": m.cond(wanted, lambda: m.ones((2, 3)), lambda: m.zeros((2, 3))),
        "switch": m.switch(1, [m.sin, lambda x: x * 2], x),
        "while_loop": m.while_loop(lambda y: m.sum(y) < 100, lambda y: y * y + 1, x),
        "fori_loop": m.fori_loop(0, 3, lambda i, y: y * 2, x),
        "map": m.map(m.sum, x),
        "vectorized_map": m.vectorized_map(lambda row: m.sum(row), x),
        "scan": m.scan(step, x[:, 0], m.transpose(x)),
        "associative_scan": m.associative_scan(m.add, x, axis=1),
    }


def test_symbols_in_calls_with_functions():
    sides = {}
    for library, m in ((keras, keras.ops), (kerasish, ops)):
        x, wanted = library.Input((3,)), library.Input((), batch_size=1, dtype="bool")
        made = symbolic_calls(m, x, wanted[0])
        sides[library] = {key: told(value) for key, value in made.items()}
    assert sides[kerasish] == sides[keras]
    model = kerasish.Model([x, wanted], made)
    data, truth = torch.tensor(X[:2], dtype=torch.float32), torch.tensor([True])
    direct = symbolic_calls(ops, data, truth[0])
    for key, found in model([data, truth]).items():
        for one, other in zip(flatten(found), flatten(direct[key]), strict=True):
            torch.testing.assert_close(one, other, msg=key)


def test_custom_gradients():
    def make(m):
        @m.custom_gradient
        def log1pexp(x):
            e = m.exp(x)

            def grad(*args, upstream=None):
                if upstream is None:
                    (upstream,) = args
                return m.multiply(upstream, 1.0 - 1.0 / m.add(1, e))

            return m.log(1 + e), grad

        @m.custom_gradient
        def both(x, y):
            return (x * y, x), lambda a, b: (a * 3 + b, a * 5)

        return log1pexp, both

    variables = [tf.Variable(X), tf.Variable(X + 1)]
    tensors = [torch.tensor(X, requires_grad=True), torch.tensor(X + 1, requires_grad=True)]
    with tf.GradientTape() as tape:
        one, both = make(keras.ops)
        first, second = both(one(variables[0].value()), variables[1].value())
        total = tf.reduce_sum(first * first + second)
    wanted = tape.gradient(total, variables)
    one, both = make(ops)
    found = both(one(tensors[0]), tensors[1])
    (found[0] * found[0] + found[1]).sum().backward()
    for tensor, slope in zip(tensors, wanted, strict=True):
        np.testing.assert_allclose(tensor.grad, slope, rtol=1e-10)
    x = kerasish.Input((3,))
    model = kerasish.Model(x, one(x))
    np.testing.assert_allclose(model(X), np.log1p(np.exp(X)), rtol=1e-5)


ERRORS = [
    ("scatter_update", (X, PLACES, X[:3, 0], "best"), {}, "Received: reduction='best'"),
    ("slice", (X, (2, 0), (3, 3)), {}, r"start_indices=\(2, 0\), shape=\(3, 3\)"),
    ("rearrange", (X, "a b c -> a"), {}, r"'a b c -> a' does not fit .*shape \(4, 3\)"),
    ("rearrange", (X, "(a c) b -> a b c"), {"a": 3}, r"does not fit .*shape \(4, 3\)"),
    ("rearrange", (X, "(a c) b -> a b c"), {}, r"does not fit .*shape \(4, 3\)"),
    ("scan", (max, X), {}, "Received: xs=None, length=None"),
    ("scan", (max, X, X), {"length": 3}, r"Received: lengths \[3, 4\]"),
    ("scan", (max, X, X), {"unroll": 0}, "Received: unroll=0"),
    ("associative_scan", (max, (X, X.T)), {}, r"Received: axis=0, lengths \[3, 4\]"),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "message"), ERRORS)
def test_errors_say_what_was_received(name, args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        getattr(ops, name)(*args, **kwargs)


def test_branches_of_symbols_have_one_shape():
    x = kerasish.Input((), dtype="bool")
    with pytest.raises(ValueError, match="cond takes functions that return the same shapes"):
        ops.cond(x[0], lambda: ops.zeros(2), lambda: ops.zeros(3))
    for name in ("scan", "associative_scan"):
        with pytest.raises(TypeError, match=f"{name} takes a function as f. Received: f=3"):
            getattr(ops, name)(3, X, X)


def test_what_keras_on_tensorflow_does_not_do():
    found = ops.map(lambda row: {"total": ops.sum(row)}, torch.tensor(X[:0]))["total"]
    assert (found.shape, found.dtype) == ((0,), torch.float64)
    np.testing.assert_array_equal(ops.saturate_cast(WHOLE, "bool"), WHOLE > 0)
    largest = ops.saturate_cast(np.array([np.inf, 3e9], "float32"), "int32")
    assert (largest == 2**31 - 128).all()
    assert ops.while_loop(lambda x: x < 5, lambda x: x + 2, 0).dtype == torch.int32
