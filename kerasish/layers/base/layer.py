"""The base of all layers: an `nn.Module` that is built and called as a Keras layer."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from kerasish import config, regularizers
from kerasish.dtypes import standardize_dtype, torch_dtype
from kerasish.graph.structure import flatten, map_structure
from kerasish.layers.base.attribute_paths import device_of
from kerasish.layers.base.building import completed
from kerasish.layers.base.call_context import CALL_CONTEXT
from kerasish.layers.base.call_signature import CallSignature
from kerasish.layers.base.configurable import Configurable
from kerasish.layers.base.input_spec import InputSpec, check_input_spec
from kerasish.layers.base.inputs import InputConverter, get_mask, is_tensor_like, set_mask
from kerasish.layers.base.legacy_arguments import pop_input_shape
from kerasish.layers.base.losses import LossOwner
from kerasish.layers.base.metric_owner import MetricOwner
from kerasish.layers.base.naming import unique_name
from kerasish.layers.base.symbolic import SymbolicCalls
from kerasish.layers.base.tracking import ModuleTracking
from kerasish.layers.base.weight_scope import weight_scope
from kerasish.layers.base.weights import WeightOwner
from kerasish.saving.dtype_policy import DTypePolicy
from kerasish.strings import as_strings, is_list_of_text


class Layer(SymbolicCalls, LossOwner, MetricOwner, Configurable, ModuleTracking, WeightOwner):
    """A `torch.nn.Module` with the behaviour of `keras.layers.Layer`.

    Subclass it as in Keras: make sublayers in `__init__`, weights in `build(input_shape)` with
    `add_weight`, and compute in `call`, with functions of torch. It stays a module for torch:
    parameters, hooks, `state_dict`, `torch.compile` and `torch.export` work as on any other.

    A new layer is in `eval()` mode, so that a bare call means inference, as in Keras; `training=`
    in the call wins, then the enclosing call's flag, then `module.training`.

    Called on NumPy arrays in inference, a layer answers with values that carry no graph
    (`result.numpy()` works); called on tensors, or in training, gradients flow as in torch.

    Args:
        activity_regularizer: Penalty on the output, added to `losses`.
        trainable: Whether training changes the weights.
        dtype: Type of weights and computation: `"float32"`, `"float64"`, `"float16"`,
            `"bfloat16"`. `kerasish.config.floatx()` by default.
        autocast: Whether floating-point inputs are cast to `dtype`.
        name: Name; `lstm`, `lstm_1`, ... by default.
        **kwargs: `input_shape`, `batch_input_shape` or `input_dim`, as Keras 2 took them.

    Raises:
        ValueError: For an unknown argument.
    """

    supports_masking: bool = False
    casts_integer_inputs: bool = False
    # Whether calls take arrays of strings. Classes outside of this package may hand them on.
    takes_strings: bool = False
    input_spec: InputSpec | list[InputSpec] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = completed(cls.__dict__["build"])  # type: ignore[method-assign]
        overrides_forward = cls.forward is not Layer.forward and cls.call is Layer.call
        call = cls.forward if overrides_forward else cls.call
        cls._signature = CallSignature.read(call, cls.build, cls.compute_output_shape)

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.training = False
        self.built = False
        self.name = str(name) if name is not None else unique_name(type(self).__name__)
        self.autocast = autocast
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._batch_input_shape = pop_input_shape(kwargs)
        if kwargs:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) does not know these arguments. "
                f"Received: {kwargs}"
            )
        self._set_dtype(_plain_dtype(dtype, self))
        self._trainable = trainable

    # Types

    def _set_dtype(self, name: str) -> None:
        self.compute_dtype = self.variable_dtype = name
        kind = torch_dtype(name)
        self._cast_dtype = kind if self.autocast and kind.is_floating_point else None

    @property
    def dtype(self) -> str:
        """Keras name of the dtype of the layer's weights."""
        return self.variable_dtype

    @property
    def input_dtype(self) -> str:
        """Keras name of the dtype that floating-point inputs are cast to."""
        return self.compute_dtype

    @property
    def dtype_policy(self) -> DTypePolicy:
        """The dtypes of the layer's computation and weights."""
        return DTypePolicy(self.compute_dtype)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Follow `.to(...)`, `.double()` and the like with the layer's own dtype."""
        result = super()._apply(fn, recurse)
        probe = fn(torch.empty(0, dtype=torch_dtype(self.compute_dtype)))
        if probe.dtype.is_floating_point:
            self._set_dtype(standardize_dtype(probe.dtype))
        return result

    def _device(self) -> torch.device | None:
        return device_of(self, "_parameters") or device_of(self, "_buffers")

    # Building

    def build(self, input_shape: Any) -> None:
        """Make the weights, given the shape of the first argument of the call.

        Args:
            input_shape: Shape with the batch axis, None where a size is not known.
        """
        self.built = True

    def _build_from_shapes(self, shapes: dict[str, Any]) -> None:
        """Build for the shapes of a call's arguments, by the arguments' names."""
        from kerasish.layers.base.call_signature import shapes_by_parameter

        self.build(**shapes_by_parameter(self._signature.build_names, shapes))
        self._complete_build(shapes)

    def _complete_build(self, shapes: dict[str, Any]) -> None:
        """Note that the layer is built, and for what; see `building.completed`."""
        self._register_unnamed_weights()
        self.built = True
        self._build_shapes = shapes
        pending = self.__dict__.pop("_initial_weights", None)
        if pending is not None:
            self.set_weights(pending)

    def _tensor_arguments(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The call's arguments that are tensors or structures of them, by name, in order."""
        names = self._signature.names
        found = {}
        for index, value in enumerate(args):
            name = names[index] if index < len(names) else f"args_{index}"
            found[name] = value
        found.update(kwargs)
        return {k: v for k, v in found.items() if any(is_tensor_like(t) for t in flatten(v))}

    def _shapes_of(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        tensors = self._tensor_arguments(args, kwargs)
        tensors.pop("mask", None)
        return {
            name: map_structure(lambda t: tuple(t.shape) if is_tensor_like(t) else None, value)
            for name, value in tensors.items()
        }

    # Calling

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        """Run a call of the layer on tensors, NumPy arrays or symbols.

        This is the method behind torch's `Module.__call__`, and the one that its compiler enters
        on every kind of module. Hooks run inside it, and see tensors.

        Returns:
            Tensors for tensors and arrays, symbols for symbols.
        """
        convert = self._converter()
        args, kwargs = self._convert_arguments(convert, args, kwargs)
        signature = self._signature
        first = args[0] if args else next(iter(kwargs.values()), None)
        if convert.symbolic:
            return self._call_on_symbols(args, kwargs)
        if self.input_spec is not None:
            check_input_spec(self.input_spec, first, self.name, type(self).__name__)
        is_first = not self.built
        if is_first:
            with torch.no_grad():
                self._build_from_shapes(self._shapes_of(args, kwargs))
            if self.input_spec is not None:
                check_input_spec(self.input_spec, first, self.name, type(self).__name__)

        outer = CALL_CONTEXT.training
        given = kwargs.pop("training", None)
        if given is None:
            given = outer
        training = self.training if given is None else bool(given)
        if "training" in signature.accepted:
            kwargs["training"] = training
        elif signature.takes_any:
            kwargs.update({} if given is None else {"training": given})
        previous_mask = self._find_mask(first, args, kwargs)

        # Arrays alone, as in a notebook, ask for values that carry no graph.
        values_only = convert.arrays and not convert.tensors and not training
        if is_first:
            # The first call makes the weights of layers inside, whose paths name this layer.
            with weight_scope(self):
                outputs = self._run_enclosed(args, kwargs, values_only, given)
        elif given is outer and not self._starts_losses():
            outputs = self._run_call(args, kwargs, values_only)
        else:
            outputs = self._run_enclosed(args, kwargs, values_only, given)
        if self.activity_regularizer is not None:
            self._penalize_activity(outputs)
        if previous_mask is not None or self._makes_masks():
            self._pass_mask(first, outputs, previous_mask)
        return outputs

    def _starts_losses(self) -> bool:
        """Whether this is an outermost call in which losses are added, so starts them anew."""
        context = CALL_CONTEXT
        return context.any_losses and context.depth == 0 and self._adds_losses()

    def _run_enclosed(
        self, args: tuple, kwargs: dict[str, Any], values_only: bool, training: bool | None
    ) -> Any:
        """Run with a training flag for the calls inside, and the losses of a call started anew."""
        context = CALL_CONTEXT
        outer, depth = context.training, context.depth
        if self._starts_losses():
            self._clear_losses()
        context.training, context.depth = training, depth + 1
        try:
            return self._run_call(args, kwargs, values_only)
        finally:
            context.training, context.depth = outer, depth

    def _run_call(self, args: tuple, kwargs: dict[str, Any], values_only: bool) -> Any:
        """Run torch's part of the call: the hooks and `forward`."""
        if values_only:
            with torch.no_grad():
                return super()._call_impl(*args, **kwargs)
        return super()._call_impl(*args, **kwargs)

    def _converter(self) -> InputConverter:
        return InputConverter(self._cast_dtype, None)

    def _convert_arguments(
        self, convert: InputConverter, args: tuple, kwargs: dict[str, Any]
    ) -> tuple[tuple, dict[str, Any]]:
        if convert.device is None and not (args and isinstance(args[0], torch.Tensor)):
            convert.device = self._device()
        if self.takes_strings and args and is_list_of_text(args[0]):
            args = (as_strings(args[0]), *args[1:])
        args = tuple(convert(arg) for arg in args)
        for name in kwargs:
            kwargs[name] = convert(kwargs[name])
        if convert.strings:
            self._check_takes_strings()
        self._require_tensors(args)
        return args, kwargs

    def _check_takes_strings(self) -> None:
        if not self.takes_strings and type(self).__module__.startswith("kerasish."):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) takes arrays of numbers. Turn text "
                "into numbers first, with TextVectorization, StringLookup or Hashing. "
                "Received: an array of strings"
            )

    def _require_tensors(self, args: tuple) -> None:
        for arg in args:
            if isinstance(arg, torch.Tensor):
                continue
            for leaf in flatten(arg):
                if leaf is not None and not is_tensor_like(leaf):
                    raise ValueError(
                        f"Layer '{self.name}' ({type(self).__name__}) takes only tensors and NumPy "
                        "arrays by position; turn lists of numbers into an array with np.array and "
                        f"give other values by name. Received: {leaf!r} of type "
                        f"{type(leaf).__name__}"
                    )

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute: torch's name for `call`."""
        return self.call(*args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; subclasses override it."""
        raise NotImplementedError(
            f"Layer '{self.name}' ({type(self).__name__}) has no call method. Override "
            "call(self, inputs) (or torch's forward). Received: a call"
        )

    # Masks

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask that travels with the outputs; by default the inputs' own.

        Args:
            inputs: First argument of the call.
            mask: Mask of the first argument, `(batch, time)`, or None.
        """
        return mask

    def _makes_masks(self) -> bool:
        """Whether the outputs have a mask even where the inputs have none."""
        return False

    def _find_mask(self, first: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Fill in the call's `mask` from its tensors and return the mask of the first argument."""
        mask = kwargs.get("mask")
        if mask is not None:
            return mask
        if isinstance(first, torch.Tensor):
            mask = get_mask(first)
        elif isinstance(first, (list, tuple, dict)):
            mask = map_structure(get_mask, first)
            if all(m is None for m in flatten(mask)):
                mask = None
        if mask is not None:
            accepted = self._signature.accepted
            tensors = self._tensor_arguments(args, kwargs)
            # As in Keras, a mask travels by itself only into calls with one tensor argument; with
            # more, each needs a parameter of its own, such as `query_mask`.
            if len(tensors) == 1:
                if "mask" in accepted:
                    kwargs["mask"] = mask
            else:
                self._find_named_masks(tensors, kwargs)
        elif len(args) > 1:
            self._find_named_masks(self._tensor_arguments(args, kwargs), kwargs)
        return mask

    def _find_named_masks(self, tensors: dict[str, Any], kwargs: dict[str, Any]) -> None:
        for name, value in tensors.items():
            wanted = f"{name}_mask"
            if wanted in self._signature.accepted and kwargs.get(wanted) is None:
                kwargs[wanted] = map_structure(get_mask, value)

    def _pass_mask(self, first: Any, outputs: Any, previous_mask: Any) -> None:
        if not self.supports_masking:
            warnings.warn(
                f"Layer '{self.name}' ({type(self).__name__}) was given an input with a mask but "
                "does not support masking, so layers after it will not see the mask.",
                stacklevel=3,
            )
            return
        masks = self.compute_mask(first, previous_mask)
        if masks is None:
            return
        for tensor, mask in zip(flatten(outputs), flatten(masks), strict=False):
            if mask is not None and isinstance(tensor, torch.Tensor) and get_mask(tensor) is None:
                set_mask(tensor, mask)

    def extra_repr(self) -> str:
        """Name and state, for `print(layer)`."""
        return f"name={self.name}, built={self.built}"


def _plain_dtype(dtype: Any, layer: Layer) -> str:
    """Return the name of a dtype or of a dtype policy that computes in the type of its weights."""
    if dtype is None:
        return config.dtype_policy().name
    if isinstance(dtype, dict):
        dtype = dtype.get("config", {}).get("name", dtype)
    name = getattr(dtype, "name", dtype) if not isinstance(dtype, torch.dtype) else dtype
    if isinstance(name, str) and name.startswith("mixed_"):
        raise ValueError(
            f"Layer '{layer.name}' ({type(layer).__name__}) does not take mixed dtype policies; "
            "use dtype='float32' and run the model under torch.autocast. "
            f"Received: dtype={name!r}"
        )
    return standardize_dtype(dtype if isinstance(dtype, torch.dtype) else name)
