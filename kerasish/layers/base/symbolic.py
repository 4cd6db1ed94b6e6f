"""Calls of a layer on symbols: output shapes, and the record of the call."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import fx, nn

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.graph.mask_step import MaskStep, mask_of
from kerasish.graph.node import Node
from kerasish.graph.shape_inference import infer_outputs
from kerasish.graph.structure import flatten, map_structure
from kerasish.layers.base.call_signature import CallSignature, shapes_by_parameter
from kerasish.layers.base.input_spec import check_input_spec
from kerasish.layers.base.weight_scope import weight_scope


class SymbolicCalls(nn.Module):
    """The part of `Layer` that answers symbols with symbols."""

    _signature: ClassVar[CallSignature]
    # Whether `compute_mask` hands masks on, or drops them, without looking at their values.
    _moves_masks: ClassVar[bool] = False
    name: str
    compute_dtype: str

    def _call_on_symbols(self: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        kwargs = {k: v for k, v in kwargs.items() if not (k == "training" and v is None)}
        first = args[0] if args else next(iter(kwargs.values()))
        for _ in range(2):
            if self.input_spec is not None:
                check_input_spec(self.input_spec, first, self.name, type(self).__name__)
            if self.built:
                break
            self._build_from_shapes(self._shapes_of(args, kwargs))
        with weight_scope(self):
            outputs = self.compute_output_spec(*args, **kwargs)
        steps = self._mask_steps_for(args, kwargs)
        self._inbound_nodes.append(Node(self, args, kwargs, outputs, steps))
        self._pass_mask_steps(first, kwargs, outputs)
        return outputs

    def _mask_steps_for(self: Any, args: tuple, kwargs: dict[str, Any]) -> list[Any]:
        """The masks that Keras would give to this call as arguments."""
        tensors = self._tensor_arguments(args, kwargs)
        accepted = self._signature.accepted
        if len(tensors) == 1:
            takes = "mask" in accepted or isinstance(self, fx.GraphModule)
            given = list(tensors.values()) if takes and kwargs.get("mask") is None else []
        else:
            given = [
                value
                for name, value in tensors.items()
                if f"{name}_mask" in accepted and kwargs.get(f"{name}_mask") is None
            ]
        return [mask for mask in flatten(map_structure(mask_of, given)) if mask is not None]

    def _pass_mask_steps(self: Any, first: Any, kwargs: dict[str, Any], outputs: Any) -> None:
        if not self.supports_masking:
            return
        mask = kwargs.get("mask")
        if mask is None:
            mask = map_structure(mask_of, first)
            if all(one is None for one in flatten(mask)):
                mask = None
        if mask is None and not self._makes_masks():
            return
        masks = self._symbolic_mask(first, mask)
        if masks is None:
            return
        for tensor, one in zip(flatten(outputs), flatten(masks), strict=False):
            if one is not None and isinstance(tensor, KerasTensor):
                tensor.__dict__["_mask_step"] = one

    def _symbolic_mask(self: Any, inputs: Any, mask: Any) -> Any:
        """Return the steps that stand for the masks of the outputs.

        Args:
            inputs: First argument of the call, symbols.
            mask: Step (or symbol) for its mask, in its structure, or None.
        """
        from kerasish.layers.base.layer import Layer

        if type(self).compute_mask is Layer.compute_mask:
            return mask
        if self._moves_masks:
            return self.compute_mask(inputs, mask)
        return MaskStep(None, *(one for one in flatten(mask) if one is not None))

    @property
    def _inbound_nodes(self) -> list[Node]:
        return self.__dict__.setdefault("_nodes", [])

    def compute_output_spec(self: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the symbolic outputs of a call on symbols.

        Taken from `compute_output_shape` where the class has one, else found by running `call`.
        """
        from kerasish.layers.base.layer import Layer

        if type(self).compute_output_shape is not Layer.compute_output_shape:
            shapes = shapes_by_parameter(self._signature.shape_names, self._shapes_of(args, kwargs))
            shape = self.compute_output_shape(**shapes)
            dtype = self._output_dtype(args[0] if args else next(iter(kwargs.values())))
            return _map_shapes(lambda one: KerasTensor(one, dtype), shape)
        kwargs.pop("training", None)
        if any(isinstance(m, Layer) and not m.built for m in self.modules()):
            # Layers inside must be built for real, which a run on symbols does.
            outputs = self.forward(*args, **kwargs)
            return map_structure(
                lambda t: KerasTensor(t.shape, t.dtype) if isinstance(t, KerasTensor) else t,
                outputs,
            )
        what = f"layer '{self.name}' ({type(self).__name__})"
        return infer_outputs(self.forward, args, kwargs, what)

    def _output_dtype(self, inputs: Any) -> str:
        """Dtype of the outputs where shapes are computed without running the layer."""
        return self.compute_dtype

    def compute_output_shape(self: Any, input_shape: Any) -> Any:
        """Return the shape of the outputs, found by running the layer, which builds it.

        Args:
            input_shape: Shape of the first argument of the call, batch axis first, None where a
                size is not known.

        Returns:
            A plain tuple with None kept, or a structure of them.
        """
        symbols = _map_shapes(lambda one: KerasTensor(one, self.compute_dtype), input_shape)
        if not self.built:
            self._build_from_shapes(self._shapes_of((symbols,), {}))
        outputs = self.compute_output_spec(symbols)
        return map_structure(lambda t: t.shape if isinstance(t, KerasTensor) else t, outputs)

    def _first_node(self, wanted: str) -> Node:
        nodes = self._inbound_nodes
        if not nodes:
            raise AttributeError(
                f"Layer '{self.name}' ({type(self).__name__}) has no {wanted} before it is called "
                "on an Input. Received: no symbolic call so far"
            )
        return nodes[0]

    @property
    def input(self) -> Any:
        """The symbols of the layer's first symbolic call."""
        tensors = self._first_node("input").input_tensors
        return tensors[0] if len(tensors) == 1 else tensors

    @property
    def output(self) -> Any:
        """The symbols that the layer's first symbolic call gave."""
        return self._first_node("output").outputs

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        # Neither the graphs it takes part in nor its last call's losses are part of a layer.
        state.pop("_nodes", None)
        state.pop("_call_losses", None)
        return state


def is_shape(value: Any) -> bool:
    """Whether a value is one shape, not a structure of shapes."""
    return isinstance(value, (tuple, list)) and all(
        size is None or isinstance(size, int) for size in value
    )


def _map_shapes(function: Any, structure: Any) -> Any:
    if is_shape(structure):
        return function(tuple(structure))
    if isinstance(structure, dict):
        return {key: _map_shapes(function, item) for key, item in structure.items()}
    return type(structure)(_map_shapes(function, item) for item in structure)
