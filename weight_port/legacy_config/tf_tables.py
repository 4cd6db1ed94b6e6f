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


# Functions of one array of numbers, in TensorFlow's `math`, where Keras has another name.
_UNARY = {
    "acos": "Arccos", "acosh": "Arccosh", "asin": "Arcsin", "asinh": "Arcsinh", "atan": "Arctan",
    "atanh": "Arctanh", "ceil": "Ceil", "cos": "Cos", "cosh": "Cosh", "expm1": "Expm1",
    "floor": "Floor", "is_finite": "Isfinite", "is_inf": "Isinf", "is_nan": "Isnan",
    "log1p": "Log1p", "logical_not": "LogicalNot", "reciprocal": "Reciprocal", "round": "Round",
    "sign": "Sign", "sin": "Sin", "sinh": "Sinh", "tan": "Tan",
}  # fmt: skip

_PAIR = ("x", "y")
_AXIS = {"axis": ("axis", None)}
_REDUCED = {**_AXIS, "keepdims": ("keepdims", False)}
_LAST_AXIS = {"axis": ("axis", -1)}


def _reduction(class_name: str) -> Target:
    return Target(class_name, ("input_tensor",), _REDUCED)


def _nn(class_name: str, **options: tuple[str, Any]) -> Target:
    return Target(class_name, ("features",), options, "nn")


_PADDED = Target(
    "Pad", ("tensor",), {"paddings": ("pad_width", None), "mode": ("mode", "constant")}
)
_GATHERED = Target("Take", ("params", "indices"), {"axis": ("axis", 0)})

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
    **{f"math.{name}": Target(class_name) for name, class_name in _UNARY.items()},
    "math.erf": Target("Erf", module="math"),
    "math.rsqrt": Target("Rsqrt", module="math"),
    "math.log_sigmoid": Target("LogSigmoid", module="nn"),
    "math.equal": Target("Equal", _PAIR),
    "math.atan2": Target("Arctan2", ("y", "x")),
    "math.divide_no_nan": Target("DivideNoNan", _PAIR),
    "nn.bias_add": Target("Add", ("value", "bias")),
    "math.reduce_any": _reduction("Any"),
    "math.reduce_all": _reduction("All"),
    "math.reduce_prod": _reduction("Prod"),
    "math.reduce_std": _reduction("Std"),
    "math.reduce_variance": _reduction("Var"),
    "math.reduce_logsumexp": Target("Logsumexp", ("input_tensor",), _REDUCED, "math"),
    "math.argmax": Target("Argmax", ("input",), {"axis": ("axis", 0)}),
    "math.argmin": Target("Argmin", ("input",), {"axis": ("axis", 0)}),
    "math.count_nonzero": Target("CountNonzero", ("input",), _AXIS),
    "math.cumsum": Target("Cumsum", options={"axis": ("axis", 0)}),
    "math.cumprod": Target("Cumprod", options={"axis": ("axis", 0)}),
    "math.top_k": Target(
        "TopK", ("input",), {"k": ("k", 1), "sorted": ("sorted", True)}, module="math"
    ),
    "math.l2_normalize": Target(
        "Normalize", options={"axis": ("axis", None), "epsilon": ("epsilon", 1e-12)}, module="nn"
    ),
    "tile": Target("Tile", ("input",), {"multiples": ("repeats", None)}),
    "repeat": Target("Repeat", ("input",), {"repeats": ("repeats", None), **_AXIS}),
    "roll": Target("Roll", ("input",), {"shift": ("shift", None), **_AXIS}),
    "reverse": Target("Flip", ("tensor",), _AXIS),
    "sort": Target("Sort", ("values",), _LAST_AXIS),
    "argsort": Target("Argsort", ("values",), _LAST_AXIS),
    "clip_by_value": Target(
        "Clip", ("t",), {"clip_value_min": ("x_min", None), "clip_value_max": ("x_max", None)}
    ),
    "pad": _PADDED,
    "compat.v1.pad": _PADDED,
    "broadcast_to": Target("BroadcastTo", ("input",), {"shape": ("shape", None)}),
    "where": Target("Where", ("condition", "x", "y")),
    "gather": _GATHERED,
    "compat.v1.gather": _GATHERED,
    "tensordot": Target("Tensordot", ("a", "b"), {"axes": ("axes", None)}),
    "split": Target(
        "Split",
        ("value",),
        {"num_or_size_splits": ("indices_or_sections", None), "axis": ("axis", 0)},
    ),
    "unstack": Target(
        "Unstack", ("value",), {"num": ("num", None), "axis": ("axis", 0)}, module="core"
    ),
    "one_hot": Target(
        "OneHot",
        ("indices",),
        {"depth": ("num_classes", None), "axis": ("axis", -1), "dtype": ("dtype", "float32")},
        "nn",
    ),
    "identity": Target("Copy", ("input",)),
    "stop_gradient": Target("StopGradient", ("input",), module="core"),
    "image.resize": Target(
        "Resize",
        ("images",),
        {
            "size": ("size", None),
            "method": ("interpolation", "bilinear"),
            "antialias": ("antialias", False),
        },
        "image",
    ),
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
    **dict.fromkeys(("dtype", "layout", "squeeze_dims"), (None,)),
    "optimize": (True,),
    "output_type": (None, "int32", "int64"),
    **dict.fromkeys(("exclusive", "reverse", "stable", "preserve_aspect_ratio"), (False,)),
    **dict.fromkeys(("validate_indices", "data_format", "on_value", "off_value"), (None,)),
    "batch_dims": (0,),
    "constant_values": (0,),
    "direction": ("ASCENDING",),
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
    **{
        node: f"math.{name}"
        for name, node in {
            "acos": "Acos",
            "asin": "Asin",
            "atan": "Atan",
            "ceil": "Ceil",
            "cos": "Cos",
            "cosh": "Cosh",
            "erf": "Erf",
            "expm1": "Expm1",
            "floor": "Floor",
            "log1p": "Log1p",
            "reciprocal": "Reciprocal",
            "round": "Round",
            "rsqrt": "Rsqrt",
            "sign": "Sign",
            "sin": "Sin",
            "sinh": "Sinh",
            "tan": "Tan",
            "equal": "Equal",
            "greater": "Greater",
            "greater_equal": "GreaterEqual",
            "less": "Less",
            "less_equal": "LessEqual",
            "logical_and": "LogicalAnd",
            "logical_or": "LogicalOr",
            "logical_not": "LogicalNot",
            "softplus": "Softplus",
            "divide_no_nan": "DivNoNan",
        }.items()
    },
    "Elu": "nn.elu",
    "Relu6": "nn.relu6",
    "Selu": "nn.selu",
    "Softsign": "nn.softsign",
    "LogSoftmax": "nn.log_softmax",
    "StopGradient": "stop_gradient",
    "Identity": "identity",
}
