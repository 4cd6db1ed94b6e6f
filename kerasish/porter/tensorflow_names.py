"""What small uses of TensorFlow become."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Become:
    """What a name becomes.

    Attributes:
        target: The new name.
        parameters: The old parameters by position, each with its new name: `""` leaves a
            positional argument as it is, `"=dtype"` names it. None: only a name, any call goes.
        required: The call must have at least so many arguments.
    """

    target: str
    parameters: dict[str, str] | None = None
    required: int = 0


@dataclass(frozen=True)
class Dropped:
    """A call that is not needed: a statement of it goes, and no value is left."""


@dataclass(frozen=True)
class Expression:
    """A call that becomes an expression.

    Attributes:
        text: The expression.
        arguments: What the call has to have been given, as text; None for anything.
        modules: What must be imported.
    """

    text: str
    arguments: tuple[str, ...] | None = None
    modules: tuple[str, ...] = field(default=("torch",))


_REDUCE = {"input_tensor": "input", "axis": "dim", "keepdims": "keepdim", "keep_dims": "keepdim"}
_ONE = {"x": "input"}
_TWO = {"x": "input", "y": "other"}
_VALUE = {"value": "data", "dtype": "=dtype"}

_DTYPES = (
    *("float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8"),
    *("bool", "complex64", "complex128"),
)
_SAME = ("abs", "exp", "sqrt", "square", "sin", "cos", "tanh", "sigmoid", "round", "sign", "floor")

_MATH = {
    **{f"math.{name}": Become(f"torch.{name}", _ONE) for name in _SAME},
    **{name: Become(f"torch.{name}", _ONE) for name in _SAME},
    "math.log": Become("torch.log", _ONE),
    **{
        prefix + f"reduce_{old}": Become(f"torch.{new}", _REDUCE)
        for prefix in ("", "math.")
        for old, new in {"mean": "mean", "sum": "sum", "max": "amax", "min": "amin"}.items()
    },
    **{
        prefix + name: Become(f"torch.{name}", _TWO)
        for prefix in ("", "math.")
        for name in ("maximum", "minimum")
    },
}

TENSORFLOW: dict[str, Become | Dropped | Expression] = {
    **{name: Become(f"torch.{name}") for name in _DTYPES},
    **{
        f"data{name}AUTOTUNE": Become("kerasish.pipelines.AUTOTUNE")
        for name in (".", ".experimental.")
    },
    "data.Dataset": Become("kerasish.pipelines.Pipeline"),
    **{
        f"data.Dataset.{name}": Become(f"kerasish.pipelines.Pipeline.{name}")
        for name in ("from_generator", "from_tensor_slices", "range", "zip")
    },
    "Tensor": Become("torch.Tensor"),
    "__version__": Become("torch.__version__"),
    "constant": Become("torch.as_tensor", _VALUE),
    "convert_to_tensor": Become("torch.as_tensor", _VALUE),
    "cast": Become("torch.as_tensor", {"x": "data", "dtype": "=dtype"}, 2),
    "identity": Become("torch.clone", {"input": "input"}),
    "zeros": Become("torch.zeros", {"shape": "size", "dtype": "=dtype"}),
    "ones": Become("torch.ones", {"shape": "size", "dtype": "=dtype"}),
    "zeros_like": Become("torch.zeros_like", {"input": "input", "dtype": "=dtype"}),
    "ones_like": Become("torch.ones_like", {"input": "input", "dtype": "=dtype"}),
    "concat": Become("torch.cat", {"values": "tensors", "axis": "dim"}, 2),
    "stack": Become("torch.stack", {"values": "tensors", "axis": "dim"}),
    "expand_dims": Become("torch.unsqueeze", {"input": "input", "axis": "dim"}, 2),
    "squeeze": Become("torch.squeeze", {"input": "input", "axis": "dim"}),
    "reshape": Become("torch.reshape", {"tensor": "input", "shape": "shape"}, 2),
    "transpose": Become("torch.permute", {"a": "input", "perm": "dims"}, 2),
    "matmul": Become("torch.matmul", {"a": "input", "b": "other"}),
    "argmax": Become("torch.argmax", {"input": "input", "axis": "dim"}, 2),
    "math.argmax": Become("torch.argmax", {"input": "input", "axis": "dim"}, 2),
    "einsum": Become("torch.einsum"),
    "where": Become("torch.where", {"condition": "condition", "x": "input", "y": "other"}, 3),
    **_MATH,
    **{
        f"nn.{name}": Become(f"keras.activations.{name}", {argument: "x"})
        for argument, names in {
            "features": ("relu", "selu", "elu", "softplus", "relu6"),
            "x": ("sigmoid", "tanh"),
        }.items()
        for name in names
    },
    "nn.softmax": Become("keras.activations.softmax", {"logits": "x", "axis": "axis"}),
    "random.set_seed": Become("keras.utils.set_random_seed"),
    "random.set_random_seed": Become("keras.utils.set_random_seed"),
    "set_random_seed": Become("keras.utils.set_random_seed"),
    **{
        f"random.{name}": Become(
            f"keras.random.{name}",
            {"shape": "shape", first: first, second: second, "dtype": "dtype", "seed": "seed"},
        )
        for name, first, second in (
            ("normal", "mean", "stddev"),
            ("truncated_normal", "mean", "stddev"),
            ("uniform", "minval", "maxval"),
        )
    },
    "reset_default_graph": Become("keras.utils.clear_session"),
    "test.is_gpu_available": Expression("torch.cuda.is_available()"),
    "test.is_built_with_cuda": Expression("torch.backends.cuda.is_built()"),
    "test.gpu_device_name": Expression(
        "('/device:GPU:0' if torch.cuda.is_available() else '')", arguments=()
    ),
    **{
        name: Expression("list(range(torch.cuda.device_count()))", arguments=("GPU",))
        for name in (
            "config.list_physical_devices",
            "config.experimental.list_physical_devices",
            "config.list_logical_devices",
            "config.experimental.list_logical_devices",
        )
    },
    "executing_eagerly": Expression("True", modules=()),
    **{
        name: Dropped()
        for name in (
            *("config.experimental.set_memory_growth", "config.run_functions_eagerly"),
            *("config.experimental_run_functions_eagerly", "config.optimizer.set_jit"),
            *("enable_eager_execution", "enable_v2_behavior", "disable_v2_behavior"),
            *("disable_eager_execution", "logging.set_verbosity", "autograph.set_verbosity"),
            *("get_logger", "debugging.set_log_device_placement"),
            "config.experimental.set_virtual_device_configuration",
        )
    },
}
