"""`Bidirectional`: one bidirectional module of torch where both directions are alike."""

from __future__ import annotations

from typing import Any

from kerasish import layers
from kerasish.eject.calls import as_float
from kerasish.eject.layers.recurrent import (
    Kernel,
    drop_inputs,
    kernel_of,
    raw_states,
    refuse_stateful,
    run_kernel,
)
from kerasish.eject.registry import layer_writer
from kerasish.eject.scope import Scope
from kerasish.eject.variables import Var
from kerasish.graph.structure import flatten

_OPERATORS = {"sum": "{0} + {1}", "mul": "{0} * {1}", "ave": "({0} + {1}) / 2"}


@layer_writer(layers.Bidirectional)
def write_bidirectional(
    scope: Scope, layer: Any, sequences: Var, initial_state: Any = None, mask: Any = None
) -> Any:
    """Both directions, and their outputs joined."""
    both = (layer.forward_layer, layer.backward_layer)
    for one in both:
        refuse_stateful(one)
    kernels = [kernel_of(scope, one) for one in both]
    x = as_float(scope, scope.last(sequences))
    mask = mask[0] if isinstance(mask, (list, tuple)) else mask
    given = [scope.last(one) for one in flatten(initial_state)] if initial_state is not None else []
    # What a row that is masked whole gives depends on the states only in a run of its own.
    mixed = mask is not None and bool(given) and not layer.return_sequences
    if _alike(layer, kernels) and not mixed:
        return _write_shared(scope, layer, kernels, x, given, mask)
    return _write_apart(scope, layer, kernels, x, given, mask)


def _alike(layer: Any, kernels: list[Kernel]) -> bool:
    forward, backward = kernels
    return (
        not forward.custom
        and forward.code() == backward.code()
        and not layer.forward_layer.go_backwards
        and forward.cell.dropout == backward.cell.dropout
    )


def _write_shared(
    scope: Scope, layer: Any, kernels: list[Kernel], x: Var, given: list[Var], mask: Any
) -> Any:
    kernel = kernels[0]
    weights = dict(kernel.weights)
    weights.update({f"{name}_reverse": one for name, one in kernels[1].weights.items()})
    module = scope.module(layer, kernel.code("bidirectional=True"), weights)
    states = None
    if given:
        count = kernel.states
        states = [f"torch.stack([{given[i]}, {given[count + i]}])" for i in range(count)]
    outputs, final = run_kernel(
        scope,
        module,
        kernel,
        str(drop_inputs(scope, layer, kernel.cell, x)),
        x.shape,
        mask=None if mask is None else str(mask),
        states=states,
        hold=not layer.return_sequences,
        directions=2,
    )
    shape = (x.shape[0], kernel.units)
    split = [
        [
            scope.assign(f"{one}[{way - 2}]", shape, one.dtype, f"{name}_{one.hint}", inline=True)
            for one in final
        ]
        for way, name in enumerate(("forward", "backward"))
    ]
    if layer.return_sequences:
        result = _join_halves(scope, layer, outputs, kernel.units)
    else:
        result = _join(scope, layer, split[0][0], split[1][0])
    return _with_states(layer, result, split[0] + split[1])


def _join_halves(scope: Scope, layer: Any, outputs: Var, units: int) -> Any:
    if layer.merge_mode == "concat":
        return outputs
    shape = (*outputs.shape[:2], units)
    halves = [scope.new(shape, outputs.dtype, name) for name in ("forward", "backward")]
    scope.assign_all(f"{halves[0]}, {halves[1]}", halves, f"{outputs}.chunk(2, dim=-1)")
    return _join(scope, layer, *halves)


def _join(scope: Scope, layer: Any, forward: Var, backward: Var) -> Any:
    if layer.merge_mode is None:
        return (forward, backward)
    if layer.merge_mode == "concat":
        shape = (*forward.shape[:-1], forward.shape[-1] + backward.shape[-1])  # type: ignore[operator]
        return scope.assign(f"torch.cat([{forward}, {backward}], dim=-1)", shape, forward.dtype)
    code = _OPERATORS[layer.merge_mode].format(forward, backward)
    return scope.assign(code, forward.shape, forward.dtype)


def _write_apart(
    scope: Scope, layer: Any, kernels: list[Kernel], x: Var, given: list[Var], mask: Any
) -> Any:
    results, states = [], []
    for one, kernel, name in zip(
        (layer.forward_layer, layer.backward_layer), kernels, ("forward", "backward"), strict=True
    ):
        module = scope.module(layer, kernel.code(), kernel.weights, name)
        code = str(drop_inputs(scope, layer, kernel.cell, x, name))
        seen = None if mask is None else str(mask)
        if one.go_backwards:
            code = f"{code}.flip(1)"
            seen = None if seen is None else f"{seen}.flip(1)"
        own, given = given[: kernel.states], given[kernel.states :]
        outputs, final = run_kernel(
            scope,
            module,
            kernel,
            code,
            x.shape,
            mask=seen,
            states=raw_states(own),
            hold=not layer.return_sequences,
        )
        shape = (x.shape[0], kernel.units)
        states += [
            scope.assign(f"{s}[-1]", shape, s.dtype, f"{name}_{s.hint}", inline=True, state=s)
            for s in final
        ]
        if layer.return_sequences:
            # The second of the two is turned, whichever way it goes.
            turned = f"{outputs}.flip(1)"
            results.append(
                outputs
                if name == "forward"
                else scope.assign(turned, outputs.shape, outputs.dtype, note="back in order")
            )
        elif mask is not None and own:
            results.append(scope.assign(f"{outputs}[:, -1]", shape, outputs.dtype, inline=True))
        else:
            results.append(states[-len(final)])
    return _with_states(layer, _join(scope, layer, *results), states)


def _with_states(layer: Any, result: Any, states: list[Var]) -> Any:
    if not layer.return_state:
        return result
    outputs = result if isinstance(result, tuple) else (result,)
    return (*outputs, *states)
