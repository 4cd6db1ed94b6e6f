"""`Functional`: a model described by symbols, and a `torch.fx.GraphModule`."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import torch
from torch import fx

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.node import Node
from kerasish.graph.snapshot import GraphSnapshot
from kerasish.graph.structure import flatten, map_structure, pack_like
from kerasish.graph.topology import sort_graph
from kerasish.layers.base.call_signature import CallSignature
from kerasish.layers.base.inputs import InputConverter, set_mask
from kerasish.layers.base.layer import Layer
from kerasish.layers.base.naming import unique_name
from kerasish.layers.core.torch_function import TorchFunction
from kerasish.models.functional_config import functional_config, functional_from_config
from kerasish.models.functional_inputs import arrange_inputs, cast_input, fit_input
from kerasish.models.fx_graph import FxGraphWriter, attribute_name, unpack_single
from kerasish.models.intermediate_inputs import with_own_inputs
from kerasish.models.model import Model
from kerasish.saving.registry import builtin

_SIGNATURE = CallSignature(
    names=("inputs",),
    accepted=frozenset({"inputs"}),
    takes_any=False,
    takes_any_positional=False,
    required=1,
    build_names=(),
    shape_names=("input_shape",),
)


@builtin("keras.src.models.functional", "keras.models.Functional")
class Functional(fx.GraphModule, Model):
    """A model made of symbolic calls; `model.code` shows the Python that it runs.

    Made by `Model(inputs, outputs)`. Layers are attributes of the model (`model.lstm`), and what an
    attribute holds is what runs, so a layer can be replaced by assignment.

    Args:
        inputs: Symbols in any structure.
        outputs: Symbols computed from the inputs, in any structure.
        name: Name of the model.
        trainable: False to freeze all layers; else they stay as they are.

    Raises:
        ValueError: If the outputs do not follow from the inputs, or two layers share a name.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._signature = _SIGNATURE

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a model, whose class torch makes for it alone."""
        model = super().__new__(cls)
        if not isinstance(model, cls):
            # Made by `type(other)(...)`: a sibling class, which Python does not initialize.
            Functional.__init__(model, *args, **kwargs)
        return model

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        name: str | None = None,
        trainable: bool | None = None,
        **kwargs: Any,
    ) -> None:
        _require_symbols(inputs, "inputs")
        _require_symbols(outputs, "outputs")
        self.__dict__["_deferred_arguments"] = {
            "name": name or unique_name(self._class_in_configs.__name__),
            **kwargs,
        }
        inputs, outputs = with_own_inputs(inputs, outputs)
        flat_inputs = flatten(inputs)
        topology = sort_graph(flat_inputs, flatten(outputs))
        attributes: dict[Any, str] = {}
        for layer in topology.layers:
            attributes[layer] = attribute_name(layer.name, type(self), list(attributes.values()))
        writer = FxGraphWriter(attributes)
        writer.write(flat_inputs, topology.nodes, outputs)
        modules = {attribute: layer for layer, attribute in attributes.items()}
        fx.GraphModule.__init__(
            self,
            {**modules, **writer.constants},
            writer.graph,
            class_name=self._class_in_configs.__name__,
        )
        for hooks in (
            "_replace_hooks",
            "_create_node_hooks",
            "_erase_node_hooks",
            "_deepcopy_hooks",
        ):
            # Empty lists of functions, not of layers.
            self._drop(hooks)
            self.__dict__[hooks] = []
        for constant, value in writer.constants.items():
            delattr(self, constant)
            self.register_buffer(constant, value, persistent=False)
        self._remember(inputs, outputs, topology.nodes, topology.layers, attributes)
        if trainable is False:
            self.trainable = False

    def _remember(
        self,
        inputs: Any,
        outputs: Any,
        nodes: list[Node],
        layers: list[Layer],
        attributes: dict[Any, str],
    ) -> None:
        # Kept out of torch's sight: attributes hold the layers, these only describe the graph.
        self.__dict__.update(
            built=True,
            _input_structure=inputs,
            _output_structure=outputs,
            _graph_nodes=tuple(nodes),
            _graph_layers=tuple(layers),
            _attribute_of={id(layer): attribute for layer, attribute in attributes.items()},
        )

    # What it is made of

    @property
    def operations(self) -> list[Layer]:
        """The layers and the functions of tensors in the model, as they are now."""
        found = []
        for layer in self._graph_layers:
            attribute = self._attribute_of[id(layer)]
            found.append(self._modules.get(attribute, layer))
        return found

    @property
    def layers(self) -> list[Layer]:
        """The layers of the model in Keras's order, `InputLayer`s included."""
        return [layer for layer in self.operations if not isinstance(layer, TorchFunction)]

    def _weight_owners(self) -> Any:
        yield from (layer for layer in self.operations if isinstance(layer, Layer))

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbols of the inputs, flattened."""
        return flatten(self._input_structure)

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbols of the outputs, flattened."""
        return flatten(self._output_structure)

    @property
    def input(self) -> Any:
        """The symbols of the inputs in their structure."""
        return self._input_structure

    @property
    def output(self) -> Any:
        """The symbols of the outputs in their structure."""
        return self._output_structure

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs' layers."""
        return [tensor._keras_history.layer.name for tensor in self.inputs]

    @property
    def output_names(self) -> list[str]:
        """Names of the layers that make the outputs."""
        return [tensor._keras_history.layer.name for tensor in self.outputs]

    @property
    def input_shape(self) -> Any:
        """Shape of the input, or a list of the shapes of several."""
        return unpack_single([tensor.shape for tensor in self.inputs])

    @property
    def output_shape(self) -> Any:
        """Shape of the output, or a list of the shapes of several."""
        return unpack_single([tensor.shape for tensor in self.outputs])

    # Calling

    def _converter(self) -> InputConverter:
        # Each input has a dtype of its own; the model's says nothing of them.
        return InputConverter(None, None)

    def _convert_arguments(
        self, convert: InputConverter, args: tuple, kwargs: dict[str, Any]
    ) -> tuple[tuple, dict[str, Any]]:
        if "inputs" in kwargs:
            args = (kwargs.pop("inputs"), *args)
        if len(args) == 2 and len(self.inputs) == 1 and isinstance(args[1], bool):
            kwargs["training"] = args[1]
            args = args[:1]
        unknown = set(kwargs) - {"training", "mask"}
        if unknown or not args:
            raise ValueError(
                f"Model '{self.name}' is called with its inputs, and `training` and `mask` by name."
                f" Received: {len(args)} positional arguments and {sorted(kwargs)}"
            )
        given = args[0] if len(args) == 1 else list(args)
        flat = arrange_inputs(given, self._input_structure, self.name)
        if convert.device is None and not isinstance(flat[0], torch.Tensor):
            convert.device = self._device()
        converted = []
        for value, symbol in zip(flat, self.inputs, strict=True):
            value = cast_input(convert(value), symbol, self.name)
            converted.append(fit_input(value, symbol, self.name))
        masks = kwargs.pop("mask", None)
        if masks is not None:
            for value, mask in zip(converted, flatten(masks), strict=True):
                if mask is not None:
                    set_mask(value, convert(mask))
        if convert.symbolic:
            by_name = isinstance(given, dict) and not isinstance(self._input_structure, dict)
            return (pack_like(self._input_structure if by_name else given, converted),), kwargs
        return tuple(converted), kwargs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return symbolic outputs for symbolic inputs, layer by layer where shapes differ."""
        given = flatten(args[0] if len(args) == 1 else list(args))
        if [t.shape for t in given] == [t.shape for t in self.inputs]:
            return map_structure(lambda t: KerasTensor(t.shape, t.dtype), self._output_structure)
        known = dict(zip(map(id, self.inputs), given, strict=True))

        def resolve(leaf: Any) -> Any:
            return known[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

        for node in self._graph_nodes:
            if all(id(tensor) in known for tensor in node.output_tensors):
                continue
            outputs = node.layer.compute_output_spec(
                *map_structure(resolve, list(node.args)), **map_structure(resolve, node.kwargs)
            )
            for tensor, result in zip(node.output_tensors, flatten(outputs), strict=True):
                known[id(tensor)] = result
        return map_structure(
            lambda t: KerasTensor(known[id(t)].shape, known[id(t)].dtype), self._output_structure
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Masks travel through the graph on the tensors themselves."""
        return None

    def _symbolic_mask(self, inputs: Any, mask: Any) -> Any:
        return mask  # Keras takes the inputs' mask for that of the outputs

    # Configuration

    @property
    def _class_in_configs(self) -> type:
        """The class as it was written, without those made for this model alone."""
        return next(base for base in type(self).__mro__ if not _is_made_at_run_time(base))

    def get_build_config(self) -> dict[str, Any]:
        """Return what Keras writes for a model that its own description builds."""
        return {"input_shape": None}

    def get_config(self) -> dict[str, Any]:
        """Return the configuration in Keras 3's form: the layers and the calls of each.

        A subclass with a constructor of its own is described by that constructor's arguments.
        """
        return functional_config(self) if self._has_functional_constructor else super().get_config()

    @property
    def _has_functional_constructor(self) -> bool:
        """Whether the class can be made from `inputs` and `outputs`."""
        constructor = inspect.getfullargspec(self._class_in_configs.__init__)  # type: ignore[misc]
        own = inspect.getfullargspec(Functional.__init__)
        takes_all = constructor.varargs is not None and constructor.varkw is not None
        return takes_all or constructor.args[1:3] == own.args[1:3]

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the model from what `get_config` gave, or Keras 3 wrote."""
        return functional_from_config(cls, config, custom_objects)

    # Copies

    def __reduce__(self) -> tuple:
        operations = self.operations
        numbers = {id(layer): number for number, layer in enumerate(self._graph_layers)}
        snapshot = GraphSnapshot.take(
            list(self._graph_nodes),
            lambda layer: numbers[id(layer)],
            self._input_structure,
            self._output_structure,
        )
        cls = self._class_in_configs
        skipped = {"_modules", "_graph", "_graph_nodes", "_graph_layers", "_attribute_of", "_nodes"}
        skipped |= {"_input_structure", "_output_structure", "_buffers", "_code"}
        state = {key: value for key, value in self.__dict__.items() if key not in skipped}
        extra = {
            key: module
            for key, module in self._modules.items()
            if key not in self._attribute_of.values()
        }
        return _restore, (cls, snapshot, operations, state, extra)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        restore, arguments = self.__reduce__()[:2]
        result = restore(arguments[0], *copy.deepcopy(arguments[1:], memo))
        memo[id(self)] = result
        return result

    def __copy__(self) -> Any:
        restore, arguments = self.__reduce__()[:2]
        return restore(*arguments)


def _restore(
    cls: Any, snapshot: GraphSnapshot, layers: list[Layer], state: dict, extra: dict
) -> Any:
    inputs, outputs = snapshot.restore(layers)
    model = cls.__new__(cls)
    if not isinstance(model, Functional):
        model.__class__ = join_with_functional(cls)
    Functional.__init__(model, inputs, outputs, name=state["name"])
    state["_graph_layers"] = tuple(layers)  # in the order that they had
    model.__dict__.update(state)
    model._modules.update(extra)
    return model


def join_with_functional(cls: type) -> type:
    """Return a subclass of a user's model class that is a `Functional` besides."""
    return type(cls.__name__, (cls, Functional), {"_joined_with_functional": True})


def _is_made_at_run_time(cls: type) -> bool:
    """Whether a class is one that torch, or `Model.__init__`, made for a single model."""
    return "GraphModuleImpl" in cls.__qualname__ or "_joined_with_functional" in cls.__dict__


def _require_symbols(structure: Any, argument: str) -> None:
    leaves = flatten(structure)
    if not leaves or not all(isinstance(leaf, KerasTensor) for leaf in leaves):
        raise ValueError(
            f"Model takes symbols made from Input as `{argument}`. "
            f"Received: {argument}={structure!r}"
        )
