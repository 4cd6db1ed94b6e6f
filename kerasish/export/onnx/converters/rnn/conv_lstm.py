"""Converters of `ConvLSTM1D`, `ConvLSTM2D` and `ConvLSTM3D`: a Scan of convolutions."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.export.onnx.converters.axes import move_axis
from kerasish.export.onnx.converters.rnn.cells import combine_lstm
from kerasish.export.onnx.converters.rnn.compaction import time_mask
from kerasish.export.onnx.converters.rnn.layers import answer, prepare
from kerasish.export.onnx.converters.rnn.scan import Run, run_scan
from kerasish.export.onnx.converters.rnn.time_distributed import fold, unfold
from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.registry import layer_converter
from kerasish.export.onnx.value import Value
from kerasish.layers.base.convolution import padding_of


@layer_converter(layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D)
def convert_conv_lstm(
    graph: GraphBuilder, layer: Any, sequences: Value, initial_state: Any = None, mask: Any = None
) -> Any:
    """Convolve the inputs of all steps at once, then run over time."""
    sequences, states = prepare(graph, layer, sequences, initial_state)
    steps = time_mask(graph, layer, mask)
    last = layer.data_format == "channels_last"
    frame = layer._state_frame
    if last:
        sequences = move_axis(graph, sequences, -1, 2)
        frame = (frame[-1], *frame[:-1])
        if states is not None:
            states = [move_axis(graph, state, -1, 1) for state in states]
    batch = graph.size(sequences, 0)
    zeros = graph.zeros(layer.compute_dtype, batch, *frame).with_shape((None, *frame))
    states = [zeros, zeros] if states is None else [one.with_shape(zeros.shape) for one in states]
    projected = _convolve_inputs(graph, layer, sequences, frame)

    def step(inputs: Value, held: list[Value]) -> tuple[Value, list[Value]]:
        hidden, carry = held
        ones = (1,) * layer.rank
        pads = padding_of(frame[1:], layer.kernel_size, ones, ones)
        recurrent = _conv(graph, layer, "recurrent_conv", hidden, pads)
        gates = graph.op("Add", inputs, recurrent)
        output, new = combine_lstm(graph, layer, gates, carry, 1)
        return output, [output, new]

    run = run_scan(
        graph,
        step,
        projected,
        states,
        zeros,
        steps,
        go_backwards=layer.go_backwards,
        zero_output_for_mask=layer.zero_output_for_mask,
        return_sequences=layer.return_sequences,
    )
    if last:
        shape = (None, *frame)
        outputs = run.outputs
        if outputs is not None:
            outputs = move_axis(graph, outputs.with_shape((None, None, *frame)), 2, -1)
        run = Run(
            move_axis(graph, run.last.with_shape(shape), 1, -1),
            outputs,
            [move_axis(graph, state.with_shape(shape), 1, -1) for state in run.states],
        )
    return answer(layer, run)


def _convolve_inputs(graph: GraphBuilder, layer: Any, sequences: Value, frame: Any) -> Value:
    """`(batch, time, channels, ...)` to four times the filters."""
    assert sequences.shape is not None
    pads = [0] * (2 * layer.rank)
    if layer.padding == "same":
        sizes: Any = sequences.shape[3:]
        pads = padding_of(sizes, layer.kernel_size, layer.strides, layer.dilation_rate)
    folded = _conv(graph, layer, "input_conv", fold(graph, sequences), pads)
    width = (4 * layer.filters, *frame[1:])
    unfolded = unfold(graph, folded.with_shape((None, *width)), sequences)
    return unfolded.with_shape((None, sequences.shape[1], *width))


def _conv(graph: GraphBuilder, layer: Any, held: str, x: Value, pads: list[int]) -> Value:
    """Write the convolution of a held module.

    Args:
        graph: Where to.
        layer: The layer.
        held: Attribute of the module.
        x: `(batch, channels, ...)`.
        pads: Padding as torch takes it: the last axis first, before and after.
    """
    module, dtype = getattr(layer, held), layer.variable_dtype
    pairs = list(zip(pads[::2], pads[1::2], strict=True))[::-1]
    bias = None
    if module.bias is not None:
        bias = graph.weight(layer, f"{held}.bias", lambda: module.bias, dtype)
    return graph.op(
        "Conv",
        x,
        graph.weight(layer, f"{held}.weight", lambda: module.weight, dtype),
        bias,
        strides=list(module.stride),
        dilations=list(module.dilation),
        pads=[before for before, _ in pairs] + [after for _, after in pairs],
    )
