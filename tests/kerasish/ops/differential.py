"""One call on both sides: values, types, gradients, and what symbols become."""

import keras
import numpy as np
import tensorflow as tf
import torch

import kerasish
from kerasish import ops
from kerasish.graph.structure import flatten, map_structure
from tests.kerasish.ops.test_operations import compare


def find(root, name):
    """Return `keras.ops.image.resize` for `"image.resize"`."""
    for part in name.split("."):
        root = getattr(root, part)
    return root


def is_float(value):
    return isinstance(value, np.ndarray) and value.dtype in ("float32", "float64")


def is_array(value):
    return isinstance(value, np.ndarray)


def _total(results):
    """Add up the floats among results with weights, so that no gradients cancel."""
    total = 0.0
    for one in results:
        for part in _real_parts(one):
            count = int(np.prod(tuple(part.shape)))
            weights = np.cos(np.arange(count) + 0.5).reshape(tuple(part.shape))
            if isinstance(part, torch.Tensor):
                total = total + (part.double() * torch.tensor(weights)).sum()
            else:
                total = total + tf.reduce_sum(tf.cast(part, "float64") * weights)
    return total


def _real_parts(one):
    if isinstance(one, torch.Tensor):
        if one.is_complex():
            return [one.real, one.imag]
        return [one] if one.is_floating_point() else []
    if not hasattr(one, "dtype"):
        return []
    one = tf.convert_to_tensor(one)
    if one.dtype.is_complex:
        return [tf.math.real(one), tf.math.imag(one)]
    return [one] if one.dtype.is_floating else []


def check_values(name, args, kwargs, gradients=True, own=None, change=None):
    """Compare results and the gradients of all float arrays among the arguments."""
    theirs, ours = [], []

    def their(value):
        if is_float(value) and gradients:
            theirs.append(tf.Variable(value))
            return theirs[-1].value()
        return keras.ops.convert_to_tensor(value) if is_array(value) else value

    def our(value):
        if is_float(value) and gradients:
            ours.append(torch.tensor(value, requires_grad=True))
            return ours[-1]
        return torch.tensor(value) if is_array(value) else value

    with tf.GradientTape() as tape:
        given = map_structure(their, list(args)), map_structure(their, kwargs)
        wanted = find(keras.ops, name)(*given[0], **given[1])
        wanted = change(wanted, keras.ops) if change else wanted
        their_total = _total(flatten(wanted))
    given = map_structure(our, list(args)), map_structure(our, kwargs)
    found = find(ops, name)(*given[0], **given[1])
    found = change(found, ops) if change else found
    detached = map_structure(lambda one: one.detach() if torch.is_tensor(one) else one, found)
    compare(detached, wanted)
    total = _total(flatten(found))
    if not gradients or not (torch.is_tensor(total) and total.requires_grad):
        return
    slopes = tape.gradient(their_total, theirs)
    total.backward()
    for one, slope in zip(ours, slopes, strict=True):
        slope = np.zeros(one.shape) if slope is None else tf.convert_to_tensor(slope).numpy()
        grad = np.zeros(one.shape) if one.grad is None else one.grad.numpy()
        size = np.abs(slope).max() if slope.size else 0
        tolerance = 1e-9 if one.dtype == torch.float64 else 2e-5
        np.testing.assert_allclose(grad, slope, rtol=0, atol=tolerance * max(size, 1))


def told(symbols):
    """Return shapes and types."""
    return [(tuple(one.shape), one.dtype) for one in flatten(symbols)]


def check_symbols(name, args, kwargs, shapes=True):
    """Compare the shapes of symbols, and a model's values with those of a direct call.

    Args:
        name: What is called.
        args: Arrays with as many rows as the first one become inputs.
        kwargs: The rest.
        shapes: Whether to compare with what Keras tells.
    """
    rows = next(one for one in flatten(list(args)) if is_array(one)).shape[0]

    def is_input(one):
        return is_array(one) and one.ndim and one.shape[0] == rows

    def make(library):
        def symbol(one):
            return library.Input(one.shape[1:], dtype=str(one.dtype)) if is_input(one) else one

        return map_structure(symbol, list(args))

    symbols = make(kerasish)
    found = find(ops, name)(*symbols, **kwargs)
    if shapes:
        wanted = find(keras.ops, name)(*make(keras), **kwargs)
        told = [
            [(tuple(one.shape), one.dtype) for one in flatten(side)] for side in (found, wanted)
        ]
        assert told[0] == told[1]
    inputs = [one for one in flatten(symbols) if isinstance(one, kerasish.KerasTensor)]
    model = kerasish.Model(inputs, found)
    data = [torch.tensor(one) for one in flatten(list(args)) if is_input(one)]
    direct = find(ops, name)(*args, **kwargs)
    for one, other in zip(flatten(model(data)), flatten(direct), strict=True):
        torch.testing.assert_close(one, other, equal_nan=True)


def failures(check, cases):
    """Run a check for all cases and return what failed."""
    found = []
    for name, args, kwargs, *options in cases:
        try:
            check(name, args, kwargs, **(options[0] if options else {}))
        except Exception as error:
            kinds = map_structure(lambda one: getattr(one, "shape", one), [list(args), kwargs])
            found.append(f"{name}{kinds}: {type(error).__name__}: {error}")
    return found
