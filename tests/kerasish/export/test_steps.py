"""Operators and functions of torch that are applied to symbols."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import kerasish
from kerasish.export import ExportError, export_onnx
from kerasish.layers.core.operations import operation_class
from tests.kerasish.export.export_checker import check_export

STEPS = {
    "last": lambda x: x[:, -1],
    "first": lambda x: x[:, 0],
    "ranges": lambda x: x[:, 1:, ::2],
    "all but the last": lambda x: x[:, :-1],
    "dots": lambda x: x[..., 0],
    "new axes": lambda x: x[:, None, 0, ..., None],
    "negative range": lambda x: x[:, -2:, -3:-1],
    "arithmetic": lambda x: 2 * x + x / 3 - 1,
    "reflected": lambda x: 1 - x,
    "power": lambda x: x**2,
    "base": lambda x: 2.0**x,
    "negative": lambda x: -x,
    "absolute": lambda x: abs(x),
    "remainder": lambda x: x % 0.3,
    "remainder of a negative": lambda x: x % -0.7,
    "remainder by": lambda x: 1.0 % x,
    "floor": lambda x: x // 0.3,
    "matmul": lambda x: x @ x.transpose(1, 2),
    "less": lambda x: x < 0.1,
    "less or equal": lambda x: x <= 0,
    "greater": lambda x: x > 0.1,
    "greater or equal": lambda x: x >= 0,
    "booleans as numbers": lambda x: x * (x > 0),
    "constant": lambda x: x + torch.arange(4.0),
    "constant of whole numbers": lambda x: x * torch.arange(4),
    "mean": lambda x: x.mean(dim=1),
    "mean of two": lambda x: torch.mean(x, dim=[1, 2], keepdim=True),
    "sum": lambda x: x.sum(-1),
    "amax": lambda x: torch.amax(x, 1),
    "amin": lambda x: x.amin((1, 2)),
    "tanh": torch.tanh,
    "sigmoid": lambda x: x.sigmoid(),
    "exp": torch.exp,
    "log": lambda x: torch.log(abs(x) + 1),
    "sqrt": lambda x: torch.sqrt(abs(x)),
    "square": torch.square,
    "sin": torch.sin,
    "cos": torch.cos,
    "erf": torch.erf,
    "round": lambda x: torch.round(x * 4),
    "floor function": lambda x: torch.floor(x * 4),
    "ceil": lambda x: torch.ceil(x * 4),
    "sign": torch.sign,
    "reciprocal": torch.reciprocal,
    "relu": torch.relu,
    "functional": lambda x: F.silu(F.relu(x)) + F.mish(x),
    "softmax": lambda x: torch.softmax(x, dim=-1),
    "log_softmax": lambda x: F.log_softmax(x, dim=1),
    "cat": lambda x: torch.cat([x, x * 2], dim=-1),
    "stack": lambda x: torch.stack([x, x + 1], dim=1),
    "where": lambda x: torch.where(x > 0, x, x * 2),
    "clamp": lambda x: torch.clamp(x, -0.5, 0.5),
    "one bound": lambda x: x.clamp(min=0.1),
    "flip": lambda x: torch.flip(x, [1, 2]),
    "permute": lambda x: x.permute(0, 2, 1),
    "unsqueeze": lambda x: x.unsqueeze(1),
    "maximum": lambda x: torch.maximum(x, -x),
    "minimum": lambda x: torch.minimum(x, -x),
}
WHOLE = {
    "add": lambda x: x + 1,
    "divide": lambda x: x / 2,
    "remainder": lambda x: x % -3,
    "floor": lambda x: (x - 5) // 3,
    "with a fraction": lambda x: x + 0.5,
    "compare": lambda x: x > 2,
    "compare with a fraction": lambda x: x > 2.5,
    "sum": lambda x: x.sum(1),
    "exp": torch.exp,
    "round": torch.round,
    "absolute": lambda x: abs(-x),
}


def many_operations(x):
    """Operations of `kerasish.ops` and activations, in two groups by shapes."""
    ops, activations = kerasish.ops, kerasish.activations
    same = [
        ops.relu(x), ops.gelu(x), ops.softmax(x), ops.log_softmax(x, axis=1), ops.elu(x, 0.4),
        ops.silu(x), ops.leaky_relu(x, 0.3), ops.hard_sigmoid(x), ops.softplus(x),
        activations.relu(x, max_value=0.7), activations.mish(x),
        activations.tanh(x), activations.sigmoid(x), kerasish.backend.exp(x), ops.sin(x),
        ops.square(x), ops.sqrt(ops.abs(x)), ops.maximum(x, 0.1), ops.minimum(x, x * 2.0),
        ops.clip(x, -0.5, 0.5), ops.where(x > 0, x, -1.0), ops.add(x, 1.0), ops.floor(x),
    ]  # fmt: skip
    reduced = [
        ops.mean(x, axis=(1, 2)), ops.sum(x, axis=[-1, 1]), ops.max(ops.max(x, 1), -1),
        ops.min(kerasish.backend.min(x, 1), axis=-1),
        ops.mean(ops.stack([x, x * 2.0], 1)[:, 0, 0], 1),
        ops.reshape(ops.sum(ops.transpose(x, (0, 2, 1)), axis=(1, 2), keepdims=True), (-1,)),
    ]  # fmt: skip
    return [ops.concatenate(same, axis=-1), ops.stack(reduced, axis=1)]


def test_operations(tmp_path):
    start = kerasish.Input((None, 4))
    check_export(kerasish.Model(start, many_operations(start)), tmp_path)


@pytest.mark.parametrize("name", STEPS)
def test_step(name, tmp_path):
    start = kerasish.Input((None, 4))
    check_export(kerasish.Model(start, STEPS[name](start)), tmp_path)


@pytest.mark.parametrize("name", WHOLE)
def test_step_on_whole_numbers(name, tmp_path):
    start = kerasish.Input((None,), dtype="int32")
    check_export(kerasish.Model(start, WHOLE[name](start)), tmp_path)


def test_floor_division_is_exact_where_the_quotient_rounds_up(tmp_path):
    """1.0 / 0.1 rounds to 10, but 0.1 goes into 1.0 only 9 times."""
    one, other = kerasish.Input((3,)), kerasish.Input((3,))
    model = kerasish.Model([one, other], [one // other, one % other])
    values = np.array([[1.0, -1.0, 0.6]], "float32"), np.array([[0.1, 0.1, 0.2]], "float32")
    check_export(model, tmp_path, inputs=values)


def test_steps_that_pass_masks_on(tmp_path):
    """The steps stand in configurations of masked models that Keras wrote."""
    tokens = kerasish.Input((None,), dtype="int32")
    valid = operation_class("not_equal")()(tokens, 0)
    rows = operation_class("expand_dims")(axis=-1)(valid)
    ones, zeros = (
        operation_class("ones_like")(dtype="bool")(rows),
        operation_class("zeros_like")()(rows),
    )
    joined = operation_class("concatenate")(axis=-1)(
        [rows, operation_class("logical_or")()(ones, zeros)]
    )
    outputs = [
        valid,
        joined,
        operation_class("any")(axis=-1, keepdims=False)(joined),
        operation_class("all")(axis=[1, 2], keepdims=True)(joined),
        operation_class("logical_and")()(rows, zeros),
        operation_class("all")(axis=None, keepdims=True)(joined),
    ]
    check_export(kerasish.Model(tokens, outputs), tmp_path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (torch.special.i0, r"Step 'special_i0' of the model can't be exported to ONNX.*Received"),
        (lambda x: torch.softmax(x, -1, dtype=torch.float64), r"with these arguments.*Received"),
        (lambda x: x[:, torch.tensor([0, 2])], r"Indexing is exported for numbers.*Received"),
        (lambda x: (x > 0) + (x > 1), r"cast booleans first\. Received"),
    ],
    ids=["function", "argument", "index", "booleans"],
)
def test_refused(make, message, tmp_path):
    start = kerasish.Input((3, 4))
    with pytest.raises(ExportError, match=message):
        export_onnx(kerasish.Model(start, make(start)), tmp_path / "model.onnx")
