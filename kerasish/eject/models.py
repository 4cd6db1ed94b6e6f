"""Models: each becomes a class, with its calls as steps of `forward`."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.eject import naming
from kerasish.eject.calls import call_layer, number, vars_in
from kerasish.eject.errors import NoEquivalentError
from kerasish.eject.registry import layer_writer
from kerasish.eject.samples import rows_looked_up
from kerasish.eject.scope import Program, Scope
from kerasish.eject.variables import NestedCall, Var
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.structure import flatten, map_structure, pack_like
from kerasish.models.functional import Functional
from kerasish.models.functional_inputs import arrange_inputs
from kerasish.models.fx_graph import FxGraphWriter, unpack_single
from kerasish.models.sequential import Sequential

_AUTOMATIC = ("input_layer", "input", "keras_tensor")


def write_model(
    program: Program,
    model: Any,
    name: str,
    masked: tuple[bool, ...] | None = None,
    layer: Any = None,
) -> Scope:
    """Write the class of a model and, before it, those of the models inside.

    Args:
        program: The file.
        model: A built `Functional` or `Sequential` model.
        name: Name of the class.
        masked: Which inputs have masks; none by default.
        layer: The layer whose code the model follows, if it does.
    """
    kind = "model" if layer is None else "layer"
    scope = Scope(program, name, f"The {kind} {naming.quoted(model.name)}.")
    if layer is not None:
        named = layer.named_parameters(recurse=False)
        scope.own_parameters = {id(one): key for key, one in named}
    masks = masked or (False,) * len(model.inputs)
    given = []
    for index, has_mask in enumerate(masks):
        given.append(_parameter(scope, model, index, has_mask))
    if isinstance(model, Functional):
        outputs = _run_functional(scope, model, given)
    else:
        outputs = given[0]
        for layer in model.layers:
            outputs = call_layer(scope, layer, outputs)
    _return(scope, outputs)
    program.classes.append(scope)
    return scope


def _parameter(scope: Scope, model: Any, index: int, has_mask: bool) -> Var:
    symbol = model.inputs[index]
    layer = symbol._keras_history.layer
    taken = [one.hint for one in scope.parameters]
    wanted = layer.name
    if naming.snake_case(wanted).rstrip("_0123456789") in _AUTOMATIC:
        several = len(model.inputs) > 1
        tokens = rows_looked_up(model, index) is not None
        wanted = "tokens" if tokens else f"x{len(taken) + 1}" if several else "x"
        if several and tokens:
            wanted = naming.unique(wanted, taken)
    shape = (None, *symbol.shape[1:]) if symbol.shape else ()
    value = scope.new(shape, symbol.dtype, naming.variable(wanted, taken))
    scope.parameters.append(value)
    if has_mask:
        title = "mask" if len(model.inputs) == 1 else f"{value.hint}_mask"
        mask = scope.new(shape[:2], "bool", naming.variable(title, [*taken, value.hint]))
        scope.parameters.append(mask)
        scope.mask_parameters.add(mask.number)
        value = value.alias(mask=mask)
    return value


def _run_functional(scope: Scope, model: Functional, given: list[Var]) -> Any:
    require_own_graph(model)
    known: dict[int, Var] = {}
    for value, symbol in zip(given, model.inputs, strict=True):
        known[id(symbol)] = value

    def resolve(leaf: Any) -> Any:
        return known[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

    for node in model._graph_nodes:
        if all(id(tensor) in known for tensor in node.output_tensors):
            continue
        # What an attribute holds is what runs.
        layer = model._modules.get(model._attribute_of[id(node.layer)], node.layer)
        outputs = call_layer(
            scope,
            layer,
            *map_structure(resolve, list(node.args)),
            spec=node.outputs,
            **map_structure(resolve, node.kwargs),
        )
        known.update(zip(map(id, node.output_tensors), vars_in(outputs), strict=True))
    return unpack_single(map_structure(resolve, model._output_structure))


def _return(scope: Scope, outputs: Any) -> None:
    outputs = map_structure(lambda v: scope.last(v) if isinstance(v, Var) else v, outputs)
    scope.results = vars_in(outputs)
    scope.mask_results = [value.mask for value in scope.results]
    scope.return_code = _structure_code(outputs)


def _structure_code(structure: Any) -> str:
    if isinstance(structure, dict):
        items = [f"{number(key)}: {_structure_code(item)}" for key, item in structure.items()]
        return "{" + ", ".join(items) + "}"
    if isinstance(structure, (list, tuple)):
        items = [_structure_code(item) for item in structure]
        return "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"
    return str(structure)


@layer_writer(Functional)
def write_functional(scope: Scope, model: Any, *args: Any, mask: Any = None, **kwargs: Any) -> Any:
    """Call a functional model as a module of its own."""
    given = kwargs["inputs"] if "inputs" in kwargs else args[0] if len(args) == 1 else list(args)
    flat = arrange_inputs(given, model._input_structure, model.name)
    masks = [None] * len(flat) if mask is None else flatten(mask)
    return call_model(scope, model, flat, masks)


@layer_writer(Sequential)
def write_sequential(scope: Scope, model: Any, inputs: Any, mask: Any = None) -> Any:
    """Call a stack as a module of its own."""
    return call_model(scope, model, [inputs], [mask])


def call_model(
    scope: Scope, model: Any, flat: list[Var], masks: list[Any], layer: Any = None
) -> Any:
    """Write a call of a model as a module of its own, with its class at the first call.

    Args:
        scope: The class that is being written.
        model: The model.
        flat: Its inputs, flattened.
        masks: Their masks, None where they have none.
        layer: The layer whose code the model follows, if it does.
    """
    owner = model if layer is None else layer
    flat = [
        one if given is None else one.alias(mask=given)
        for one, given in zip(flat, masks, strict=True)
    ]
    program = scope.program
    masked = tuple(one.mask is not None for one in flat)
    inner, before = program.models.get(id(owner), (None, masked))
    if before != masked:
        raise NoEquivalentError(
            "is called once with a mask and once without", "make a model of its own for each"
        )
    if inner is None:
        wanted = program.class_name(model.name if layer is None else type(layer).__name__)
        inner = write_model(program, model, wanted, masked, layer)
        program.models[id(owner)] = (inner, masked)
    member = scope.module(owner, f"{inner.name}()", _nested_weights(inner))
    arguments = []
    parameters = iter(inner.parameters)
    for value, symbol in zip(flat, model.inputs, strict=True):
        own = next(parameters)
        arguments.append((str(_fit(scope, value, symbol)), lambda: True))
        if value.mask is not None:
            number = next(parameters).number
            arguments.append(
                (str(value.mask), lambda n=number: n in inner.used_parameters)  # type: ignore[misc]
            )
        assert own.dtype == symbol.dtype
    made = []
    results: list[Any] = []
    for one in inner.results:
        made.append(scope.new(one.shape, one.dtype))
        results.append((made[-1], lambda: True))
    for index, mask in enumerate(inner.mask_results):
        if mask is not None:
            taken = scope.new(mask.shape, "bool", "mask")
            results.append((taken, lambda n=mask.number: n in inner.wanted))
            made[index] = made[index].alias(mask=taken)
    step = NestedCall(
        [one for one, _ in results],
        "",
        member,
        scope.layer_name,
        arguments=arguments,
        results=results,
        inner=inner,
    )
    scope.steps.append(step)
    structure = model._output_structure if isinstance(model, Functional) else model.output
    return unpack_single(pack_like(structure, made))


def _nested_weights(inner: Scope) -> dict[str, torch.Tensor]:
    return {
        ".".join(filter(None, (member.name, name))): tensor
        for member in inner.members
        for name, tensor in member.weights.items()
    }


def _fit(scope: Scope, value: Var, symbol: KerasTensor) -> Var:
    """Add or drop a last axis of size 1, and cast, as the model does with its inputs."""
    value = scope.last(value)
    if value.ndim == len(symbol.shape) + 1:
        value = scope.assign(f"{value}.squeeze(-1)", value.shape[:-1], value.dtype, mask=value.mask)
    elif value.ndim == len(symbol.shape) - 1:
        shape = (*value.shape, 1)
        value = scope.assign(f"{value}.unsqueeze(-1)", shape, value.dtype, mask=value.mask)
    if value.dtype != symbol.dtype:
        code = f"{value}.to(torch.{symbol.dtype})"
        value = scope.assign(code, value.shape, symbol.dtype, mask=value.mask)
    return value


def require_own_graph(model: Functional) -> None:
    """Check that the model runs the calls that it was described with."""
    attributes = {node.layer: model._attribute_of[id(node.layer)] for node in model._graph_nodes}
    writer = FxGraphWriter(attributes)
    writer.write(model.inputs, model._graph_nodes, model._output_structure)
    if _code(writer.graph) != _code(model.graph):
        raise NoEquivalentError(
            "runs a torch.fx graph that was edited", "describe the changed model anew"
        )


def _code(graph: torch.fx.Graph) -> str:
    return graph.python_code("self").src
