"""A cell over time, step by step: ONNX's operator Scan, for what has no operator of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kerasish.export.onnx.graph_builder import GraphBuilder
from kerasish.export.onnx.value import Value
from kerasish.graph.structure import flatten, pack_like


class Run(NamedTuple):
    """What a run over time gives.

    Attributes:
        last: Output at the last step, `(batch, ...)`.
        outputs: Outputs at all steps, `(batch, time, ...)`; None where they were not asked for.
        states: The final states, in the structure of the initial ones.
    """

    last: Value
    outputs: Value | None
    states: list[Any]


def run_scan(
    graph: GraphBuilder,
    step: Callable[[Value, list[Any]], tuple[Value, list[Any]]],
    sequences: Value,
    states: list[Any],
    first_output: Value,
    mask: Value | None,
    *,
    go_backwards: bool,
    zero_output_for_mask: bool,
    return_sequences: bool,
) -> Run:
    """Write a loop over time.

    Args:
        graph: Where to.
        step: Writes a step: takes its input and the states, gives the output and new states.
        sequences: `(batch, time, ...)`.
        states: Initial states, in any structure; their shapes are known.
        first_output: Zeros in the shape of an output: what a masked first step gives.
        mask: `(batch, time)` booleans, or None.
        go_backwards: Whether time runs from the last step to the first.
        zero_output_for_mask: Whether a masked step gives zeros, not the previous output.
        return_sequences: Whether all outputs are wanted.
    """
    assert sequences.shape is not None
    carried = [first_output, *flatten(states)]
    with graph.scope("step"), graph.inner_graph() as nodes:
        before = [_parameter(graph, "before", one, one.shape) for one in carried]
        step_shape = (sequences.shape[0], *sequences.shape[2:])
        inputs = _parameter(graph, "input", sequences, step_shape)
        valid = None if mask is None else _parameter(graph, "valid", mask, (None,))
        previous, *held = before
        output, new_states = step(inputs, pack_like(states, held))
        after = [output, *flatten(new_states)]
        if valid is not None:
            others = [first_output if zero_output_for_mask else previous, *held]
            after = [_where(graph, valid, new, old) for new, old in zip(after, others, strict=True)]
        # Outputs of a graph must be results of its own operators, each under one name.
        copied = after + after[:1] if return_sequences else after
        shapes = [one.shape for one in [*carried, first_output]]
        results = [
            graph.op("Identity", one).with_shape(shape)
            for one, shape in zip(copied, shapes, strict=False)
        ]
        body = _body(graph, nodes, [*before, inputs, *([valid] if valid else [])], results)
    scanned = [sequences, *([mask] if mask is not None else [])]
    answers = graph.ops(
        "Scan",
        *carried,
        *scanned,
        outputs=len(results),
        body=body,
        num_scan_inputs=len(scanned),
        scan_input_axes=[1] * len(scanned),
        scan_input_directions=[int(go_backwards)] * len(scanned),
        scan_output_axes=[1] if return_sequences else None,
    )
    final = answers[1 : len(carried)]
    return Run(
        answers[0],
        answers[len(carried)] if return_sequences else None,
        pack_like(states, final),
    )


def _parameter(graph: GraphBuilder, name: str, like: Value, shape: Any) -> Value:
    return Value(graph.unique(f"{graph.prefix}{name}"), like.dtype, shape)


def _where(graph: GraphBuilder, valid: Value, new: Value, old: Value) -> Value:
    rank = old.ndim
    spread = graph.op("Unsqueeze", valid, graph.ints(*range(1, rank)))
    return graph.op("Where", spread, new, old, dtype=new.dtype)


def _body(
    graph: GraphBuilder, nodes: list[Any], inputs: Sequence[Value], outputs: Sequence[Value]
) -> Any:
    from onnx import helper

    def describe(value: Value) -> Any:
        return helper.make_tensor_value_info(
            value.name, graph.onnx_type(value.dtype), value.shape and list(value.shape)
        )

    return helper.make_graph(
        nodes, graph.unique("step"), list(map(describe, inputs)), list(map(describe, outputs))
    )
