"""Activations of Keras, in operators of ONNX. Formulas: see `kerasish.activations`."""

from __future__ import annotations

from typing import Any

from kerasish import activations
from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import activation_converter
from kerasish.export.onnx.value import Value
from kerasish.rounding import round_to_float32

_PLAIN: dict[Any, str] = {
    activations.exponential: "Exp",
    activations.sigmoid: "Sigmoid",
    activations.tanh: "Tanh",
}


def _register_plain(function: Any, kind: str) -> None:
    @activation_converter(function)
    def convert(graph: GraphBuilder, x: Value) -> Value:
        return graph.op(kind, x)


for _function, _kind in _PLAIN.items():
    _register_plain(_function, _kind)


@activation_converter(activations.linear)
def linear(graph: GraphBuilder, x: Value) -> Value:
    """The input itself."""
    return x


def clip(graph: GraphBuilder, x: Value, low: float | None, high: float | None) -> Value:
    """Clip values to a range that may be open."""
    bounds = [None if bound is None else graph.number(bound, x) for bound in (low, high)]
    return graph.op("Clip", x, *bounds)


@activation_converter(activations.relu)
def relu(
    graph: GraphBuilder,
    x: Value,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> Value:
    """ReLU with slope, ceiling and threshold."""
    if negative_slope != 0 and max_value is None and threshold == 0:
        return leaky_relu(graph, x, negative_slope)
    if threshold != 0:
        above = graph.op("Greater", x, graph.number(threshold, x), dtype="bool")
        positive = Value(graph.op("Where", above, x, graph.number(0.0, x)).name, x.dtype)
    else:
        positive = graph.op("Relu", x)
    if max_value is not None:
        positive = clip(graph, positive, 0.0, max_value)
    if negative_slope == 0:
        return positive
    below = graph.op("Relu", graph.op("Sub", graph.number(threshold, x), x))
    return graph.op("Sub", positive, graph.op("Mul", below, graph.number(negative_slope, x)))


@activation_converter(activations.leaky_relu)
def leaky_relu(graph: GraphBuilder, x: Value, negative_slope: float = 0.2) -> Value:
    """Leaky ReLU; in float64 written out, as ONNX Runtime has no operator for it."""
    slope = round_to_float32(negative_slope)
    if x.dtype != "float64":
        return graph.op("LeakyRelu", x, alpha=slope)
    below = graph.op("Mul", graph.op("Relu", graph.op("Neg", x)), graph.number(slope, x))
    return graph.op("Sub", graph.op("Relu", x), below)


@activation_converter(activations.relu6)
def relu6(graph: GraphBuilder, x: Value) -> Value:
    """ReLU with a ceiling of 6."""
    return clip(graph, x, 0.0, 6.0)


def _expm1(graph: GraphBuilder, x: Value) -> Value:
    """`exp(x) - 1` without loss near 0: `2 tanh(x / 2) / (1 - tanh(x / 2))`."""
    half = graph.op("Tanh", graph.op("Mul", x, graph.number(0.5, x)))
    below = graph.op("Sub", graph.number(1.0, x), half)
    return graph.op("Div", graph.op("Add", half, half), below)


@activation_converter(activations.elu)
def elu(graph: GraphBuilder, x: Value, alpha: float = 1.0) -> Value:
    """ELU."""
    negative = _expm1(graph, clip(graph, x, None, 0.0))
    return graph.op("Add", graph.op("Relu", x), graph.op("Mul", negative, graph.number(alpha, x)))


@activation_converter(activations.selu)
def selu(graph: GraphBuilder, x: Value) -> Value:
    """SELU, https://arxiv.org/abs/1706.02515."""
    scaled = elu(graph, x, 1.6732632423543772848170429916717)
    return graph.op("Mul", scaled, graph.number(1.0507009873554804934193349852946, x))


@activation_converter(activations.celu)
def celu(graph: GraphBuilder, x: Value, alpha: float = 1.0) -> Value:
    """CELU."""
    below = graph.op("Div", clip(graph, x, None, 0.0), graph.number(alpha, x))
    scaled = graph.op("Mul", _expm1(graph, below), graph.number(alpha, x))
    return graph.op("Add", graph.op("Relu", x), scaled)


@activation_converter(activations.soft_shrink)
def soft_shrink(graph: GraphBuilder, x: Value, threshold: float = 0.5) -> Value:
    """Values moved towards 0."""
    band = clip(graph, x, -threshold, threshold)
    return graph.op("Sub", x, band)


@activation_converter(activations.hard_shrink)
def hard_shrink(graph: GraphBuilder, x: Value, threshold: float = 0.5) -> Value:
    """Values near 0 set to 0."""
    inside = graph.op("LessOrEqual", graph.op("Abs", x), graph.number(threshold, x), dtype="bool")
    return choose(graph, inside, graph.number(0.0, x), x)


@activation_converter(activations.tanh_shrink)
def tanh_shrink(graph: GraphBuilder, x: Value) -> Value:
    """`x - tanh(x)`."""
    return graph.op("Sub", x, graph.op("Tanh", x))


@activation_converter(activations.threshold)
def threshold(graph: GraphBuilder, x: Value, threshold: float, default_value: float) -> Value:
    """Values that are not above a threshold replaced."""
    above = graph.op("Greater", x, graph.number(threshold, x), dtype="bool")
    return choose(graph, above, x, graph.number(default_value, x))


def choose(graph: GraphBuilder, condition: Value, yes: Value, no: Value) -> Value:
    """Take entries of one value or of another."""
    return graph.op("Where", condition, yes, no, dtype=yes.dtype)


@activation_converter(activations.sparse_plus)
def sparse_plus(graph: GraphBuilder, x: Value) -> Value:
    """0, a parabola, then `x`."""
    shifted = graph.op("Add", clip(graph, x, -1.0, 1.0), graph.number(1.0, x))
    middle = graph.op("Mul", graph.op("Mul", shifted, shifted), graph.number(0.25, x))
    below = graph.op("Less", x, graph.number(1.0, x), dtype="bool")
    return choose(graph, below, middle, x)


@activation_converter(activations.softplus)
def softplus(graph: GraphBuilder, x: Value) -> Value:
    """`log(1 + exp(x))`; in float64 written out, as ONNX Runtime has no operator for it."""
    if x.dtype != "float64":
        return graph.op("Softplus", x)
    one = graph.number(1.0, x)
    power = graph.op("Exp", graph.op("Neg", graph.op("Abs", x)))
    # The logarithm of 1 + power without the loss of the small power's digits (Kahan).
    raised = graph.op("Add", power, one)
    kept = graph.op("Sub", raised, one)
    lost = graph.op("Equal", kept, graph.number(0.0, x), dtype="bool")
    ratio = graph.op("Div", power, choose(graph, lost, one, kept))
    tail = choose(graph, lost, power, graph.op("Mul", graph.op("Log", raised), ratio))
    return graph.op("Add", graph.op("Relu", x), tail)


@activation_converter(activations.softsign)
def softsign(graph: GraphBuilder, x: Value) -> Value:
    """`x / (1 + |x|)`."""
    return graph.op("Div", x, graph.op("Add", graph.op("Abs", x), graph.number(1.0, x)))


@activation_converter(activations.silu)
def silu(graph: GraphBuilder, x: Value) -> Value:
    """`x * sigmoid(x)`."""
    return graph.op("Mul", x, graph.op("Sigmoid", x))


@activation_converter(activations.hard_sigmoid)
def hard_sigmoid(graph: GraphBuilder, x: Value) -> Value:
    """Keras 3's: `relu6(x + 3) / 6`."""
    lifted = graph.op("Add", x, graph.number(3.0, x))
    return graph.op("Div", clip(graph, lifted, 0.0, 6.0), graph.number(6.0, x))


@activation_converter(activations.hard_silu)
def hard_silu(graph: GraphBuilder, x: Value) -> Value:
    """`x * hard_sigmoid(x)`."""
    return graph.op("Mul", x, hard_sigmoid(graph, x))


@activation_converter(activations.hard_tanh)
def hard_tanh(graph: GraphBuilder, x: Value) -> Value:
    """Values clipped to the range -1 to 1."""
    return clip(graph, x, -1.0, 1.0)


@activation_converter(activations.sparse_sigmoid)
def sparse_sigmoid(graph: GraphBuilder, x: Value) -> Value:
    """`(x + 1) / 2`, clipped."""
    lifted = graph.op("Add", clip(graph, x, -1.0, 1.0), graph.number(1.0, x))
    return graph.op("Mul", lifted, graph.number(0.5, x))


@activation_converter(activations.log_sigmoid)
def log_sigmoid(graph: GraphBuilder, x: Value) -> Value:
    """`min(x, 0) - log(1 + exp(-|x|))`."""
    tail = softplus(graph, graph.op("Neg", graph.op("Abs", x)))
    return graph.op("Sub", clip(graph, x, None, 0.0), tail)


@activation_converter(activations.gelu)
def gelu(graph: GraphBuilder, x: Value, approximate: bool = False) -> Value:
    """GELU, exact or by tanh, with the constants of `kerasish.activations.gelu`."""
    exact = x.dtype != "float64"
    if approximate:
        cubic = 0.044715 if exact else round_to_float32(0.044715)
        cube = graph.op("Mul", graph.op("Mul", x, x), x)
        inner = graph.op("Add", x, graph.op("Mul", cube, graph.number(cubic, x)))
        scaled = graph.op("Mul", inner, graph.number(0.7978845608028654, x))
        factor = graph.op("Add", graph.op("Tanh", scaled), graph.number(1.0, x))
    else:
        root = 0.7071067811865476 if exact else round_to_float32(0.7071067811865476)
        erf = graph.op("Erf", graph.op("Mul", x, graph.number(root, x)))
        factor = graph.op("Add", erf, graph.number(1.0, x))
    return graph.op("Mul", graph.op("Mul", x, graph.number(0.5, x)), factor)


@activation_converter(activations.mish)
def mish(graph: GraphBuilder, x: Value) -> Value:
    """`x * tanh(softplus(x))`."""
    return graph.op("Mul", x, graph.op("Tanh", softplus(graph, x)))


@activation_converter(activations.squareplus)
def squareplus(graph: GraphBuilder, x: Value, b: float = 4) -> Value:
    """`(x + sqrt(x^2 + b)) / 2`."""
    root = graph.op("Sqrt", graph.op("Add", graph.op("Mul", x, x), graph.number(b, x)))
    return graph.op("Mul", graph.op("Add", x, root), graph.number(0.5, x))


@activation_converter(activations.glu)
def glu(graph: GraphBuilder, x: Value, axis: int = -1) -> Value:
    """`a * sigmoid(b)` for the halves of an axis."""
    assert x.shape is not None
    size = x.shape[axis]
    if size is None:
        raise ExportError(
            "glu is exported for an axis of a known, even size. "
            f"Received: shape={x.shape}, axis={axis}"
        )
    half = size // 2
    first, second = graph.ops("Split", x, graph.ints(half, half), outputs=2, axis=axis)
    gated = graph.op("Mul", first, graph.op("Sigmoid", second))
    shape = list(x.shape)
    shape[axis] = half
    return gated.with_shape(shape)
