"""Functions and nodes of TensorFlow, and the operations of Keras 3 that compute the same."""

from __future__ import annotations

from typing import Any, NamedTuple


class Target(NamedTuple):
    """An operation of Keras 3.

    Attributes:
        class_name: Its class.
        arguments: TensorFlow's names of the tensors, in the order in which Keras takes them.
        options: For arguments that Keras stores in the operation, by TensorFlow's names: Keras's
            name, and the value if there is none.
        module: The last part of the class's module.
    """

    class_name: str
    arguments: tuple[str, ...] = ("x",)
    options: dict[str, tuple[str, Any]] = {}
    module: str = "numpy"


_PAIR = ("x", "y")
_AXIS = {"axis": ("axis", None)}
_REDUCED = {**_AXIS, "keepdims": ("keepdims", False)}
_LAST_AXIS = {"axis": ("axis", -1)}


def _reduction(class_name: str) -> Target:
    return Target(class_name, ("input_tensor",), _REDUCED)


def _nn(class_name: str, **options: tuple[str, Any]) -> Target:
    return Target(class_name, ("features",), options, "nn")


FUNCTIONS: dict[str, Target] = {
    "__operators__.add": Target("Add", _PAIR),
    "math.add": Target("Add", _PAIR),
    "math.subtract": Target("Subtract", _PAIR),
    "math.multiply": Target("Multiply", _PAIR),
    "math.divide": Target("TrueDivide", _PAIR),
    "math.truediv": Target("TrueDivide", _PAIR),
    "math.floordiv": Target("FloorDivide", _PAIR),
    "compat.v1.floor_div": Target("FloorDivide", _PAIR),
    "math.floormod": Target("Mod", _PAIR),
    "math.pow": Target("Power", _PAIR),
    "math.maximum": Target("Maximum", _PAIR),
    "math.minimum": Target("Minimum", _PAIR),
    "math.negative": Target("Negative"),
    "math.abs": Target("Absolute"),
    "math.exp": Target("Exp"),
    "math.log": Target("Log"),
    "math.sqrt": Target("Sqrt"),
    "math.square": Target("Square"),
    "math.tanh": Target("Tanh"),
    "nn.tanh": Target("Tanh"),
    "math.less": Target("Less", _PAIR),
    "math.less_equal": Target("LessEqual", _PAIR),
    "math.greater": Target("Greater", _PAIR),
    "math.greater_equal": Target("GreaterEqual", _PAIR),
    "math.not_equal": Target("NotEqual", _PAIR),
    "math.logical_and": Target("LogicalAnd", _PAIR),
    "math.logical_or": Target("LogicalOr", _PAIR),
    "linalg.matmul": Target("Matmul", ("a", "b")),
    "concat": Target("Concatenate", ("values",), _LAST_AXIS),
    "stack": Target("Stack", ("values",), {"axis": ("axis", 0)}),
    "expand_dims": Target("ExpandDims", ("input",), _LAST_AXIS),
    "squeeze": Target("Squeeze", ("input",), _AXIS),
    "compat.v1.squeeze": Target("Squeeze", ("input",), _AXIS),
    "transpose": Target("Transpose", ("a",), {"perm": ("axes", None)}),
    "compat.v1.transpose": Target("Transpose", ("a",), {"perm": ("axes", None)}),
    "reshape": Target("Reshape", ("tensor",), {"shape": ("newshape", None)}),
    "cast": Target("Cast", options={"dtype": ("dtype", None)}, module="core"),
    "zeros_like": Target("ZerosLike", ("input",)),
    "ones_like": Target("OnesLike", ("input",)),
    "math.reduce_sum": _reduction("Sum"),
    "math.reduce_mean": _reduction("Mean"),
    "math.reduce_max": _reduction("Max"),
    "math.reduce_min": _reduction("Min"),
    "math.sigmoid": _nn("Sigmoid"),
    "nn.sigmoid": _nn("Sigmoid"),
    "nn.relu": _nn("Relu"),
    "nn.relu6": _nn("Relu6"),
    "nn.elu": _nn("Elu"),
    "nn.selu": _nn("Selu"),
    "nn.silu": _nn("Silu"),
    "nn.softsign": _nn("Softsign"),
    "math.softplus": _nn("Softplus"),
    "nn.softplus": _nn("Softplus"),
    "nn.gelu": _nn("Gelu", approximate=("approximate", False)),
    "nn.leaky_relu": _nn("LeakyRelu", alpha=("negative_slope", 0.2)),
    "nn.softmax": _nn("Softmax", axis=("axis", -1)),
    "nn.log_softmax": _nn("LogSoftmax", axis=("axis", -1)),
}

# Arguments of TensorFlow that change nothing at these values.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("transpose_a", "transpose_b", "adjoint_a", "adjoint_b"), (False,)),
    **dict.fromkeys(("a_is_sparse", "b_is_sparse", "conjugate"), (False,)),
    **dict.fromkeys(("output_type", "dtype", "layout", "squeeze_dims"), (None,)),
    "optimize": (True,),
}

# Nodes of TensorFlow's graphs, as the layers of TensorFlow 1.13 to 2.3 name them. Those with
# attributes that change what they compute are not among them.
NODES = {
    "Add": "math.add",
    "AddV2": "math.add",
    "Sub": "math.subtract",
    "Mul": "math.multiply",
    "RealDiv": "math.divide",
    "FloorDiv": "math.floordiv",
    "FloorMod": "math.floormod",
    "Pow": "math.pow",
    "Maximum": "math.maximum",
    "Minimum": "math.minimum",
    "Neg": "math.negative",
    "Abs": "math.abs",
    "Exp": "math.exp",
    "Log": "math.log",
    "Sqrt": "math.sqrt",
    "Square": "math.square",
    "Tanh": "math.tanh",
    "Sigmoid": "math.sigmoid",
    "Relu": "nn.relu",
    "Softmax": "nn.softmax",
    "ExpandDims": "expand_dims",
}
