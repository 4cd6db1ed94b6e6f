"""The same optimizer on the same variables and gradients, here and in Keras."""

from __future__ import annotations

import re

import keras
import numpy as np
import torch

import kerasish
from kerasish import optimizers

SHAPES = ((4, 3), (3,), (2, 3, 5), (1, 7), ())
STEPS = 20
# Absolute; weights and rates are of size 1 and 0.05.
TOLERANCE = {"float32": 2e-6, "float64": 1e-10}


def draws(dtype, seed=0, shapes=SHAPES, steps=STEPS):
    """Random weights, and gradients for each step."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, 1, shape).astype(dtype) for shape in shapes]
    grads = [
        [rng.normal(0, 2 ** rng.uniform(-3, 3), shape).astype(dtype) for shape in shapes]
        for _ in range(steps)
    ]
    return weights, [[np.asarray(g, dtype) for g in one] for one in grads]


def keras_variables(weights, dtype, constraints=None):
    made = []
    for number, value in enumerate(weights):
        variable = keras.Variable(value, dtype=dtype, name=f"w{number}")
        if constraints:
            variable.constraint = constraints(keras)
        made.append(variable)
    return made


def run_keras(make, weights, grads, dtype, prepare=None):
    """Return the optimizer, and the weights after each step."""
    variables = keras_variables(weights, dtype)
    optimizer = make(keras.optimizers)
    if prepare:
        prepare(optimizer, variables)
    seen = []
    for one in grads:
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in one], variables)
        seen.append([v.numpy().copy() for v in variables])
    return optimizer, variables, seen


def run_ours(make, weights, grads, prepare=None):
    """Return the optimizer, the parameters, and the weights after each step."""
    parameters = [torch.nn.Parameter(torch.tensor(value)) for value in weights]
    named = [(f"w{number}", parameter) for number, parameter in enumerate(parameters)]
    optimizer = make(optimizers)
    if prepare:
        prepare(optimizer, parameters)
    optimizer.build(named)
    seen = []
    for one in grads:
        for parameter, grad in zip(parameters, one, strict=True):
            parameter.grad = torch.tensor(grad)
        optimizer.step()
        seen.append([p.detach().numpy().copy() for p in parameters])
    return optimizer, parameters, seen


def assert_same_run(make, dtype="float64", prepare=None, tolerance=None, seed=0, shapes=SHAPES):
    """Check weights after each step, and all that is remembered after the last."""
    weights, grads = draws(dtype, seed, shapes)
    theirs, variables, expected = run_keras(make, weights, grads, dtype, prepare)
    ours, parameters, found = run_ours(make, weights, grads, prepare)
    limit = TOLERANCE[dtype] if tolerance is None else tolerance
    for step, (one, other) in enumerate(zip(found, expected, strict=True)):
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            message = f"step {step}, variable {number}"
            np.testing.assert_allclose(a, b, rtol=limit, atol=limit, err_msg=message)
    assert any(not np.array_equal(a, b) for a, b in zip(found[-1], weights, strict=True))
    assert_same_memory(ours, theirs, limit)
    ours.finalize_variable_values(parameters)
    theirs.finalize_variable_values(variables)
    for a, b in zip(parameters, variables, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.numpy(), rtol=limit, atol=limit)
    return ours, theirs


def assert_same_memory(ours, theirs, limit):
    """Check what both remember: number, names, shapes, types and values."""
    assert [v.shape for v in ours.variables] == [tuple(v.shape) for v in theirs.variables]
    assert [v.dtype for v in ours.variables] == [v.dtype for v in theirs.variables]
    # Keras numbers a variable without a name: `variable_7`.
    ends = [re.sub(r"^variable_\d+$", "variable", v.name) for v in theirs.variables]
    assert [v.name for v in ours.variables] == ends
    for a, b in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(
            a.numpy(), b.numpy(), rtol=limit * 10, atol=limit * 10, err_msg=b.path
        )


__all__ = ["assert_same_memory", "assert_same_run", "draws", "kerasish", "run_keras", "run_ours"]
