"""The weights of a layer: making them, listing them, reading and writing them in Keras's layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from kerasish import constraints, initializers, regularizers
from kerasish.distribution.parts import whole, write
from kerasish.dtypes import torch_dtype
from kerasish.layers.base.attribute_paths import plain_parameters, tensor_at
from kerasish.layers.base.variable import Variable
from kerasish.layers.base.weight_budget import claim, values_come_later
from kerasish.layers.base.weight_scope import enclosing_path
from kerasish.layers.base.weight_spec import Weight, WeightSpec
from weight_port import transform
from weight_port.layouts import Layout


class WeightOwner(nn.Module):
    """The part of `Layer` that owns weights.

    A layer that holds a torch module names its `layout` (an entry of `weight_port.layouts`) and
    `held_module` (the attribute that holds the module); its weights are then read and written
    through that entry.
    """

    name: str
    layout: Layout | None = None
    held_module: str | None = None
    compute_dtype: str
    variable_dtype: str

    def __init__(self) -> None:
        super().__init__()
        self._weight_specs: dict[str, WeightSpec] = {}
        self._unnamed_weights: dict[str, Weight] = {}
        self._trainable = True
        self._enclosing_path: str | None = None

    # Making weights

    def add_weight(
        self,
        shape: Sequence[int] | int | None = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str | None = "none",
        name: str | None = None,
    ) -> Weight:
        """Make a weight of this layer: a real `nn.Parameter`, in Keras's layout.

        Assign it to an attribute (`self.w = self.add_weight(...)`): that is its `state_dict` key.

        Args:
            shape: Shape; `()` (the default) for a scalar.
            initializer: Anything `kerasish.initializers.get` takes. Defaults to Glorot uniform for
                floats, zeros for integers.
            dtype: Dtype; the layer's by default.
            trainable: Whether training changes it.
            autocast: Taken as in Keras; weights have the type that is computed in.
            regularizer: Anything `kerasish.regularizers.get` takes.
            constraint: Anything `kerasish.constraints.get` takes.
            aggregation: Taken as in Keras; several processes give weights one value.
            name: Keras's name of the weight; `"variable"` by default.
        """
        size = () if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        kind = torch_dtype(dtype or self.variable_dtype)
        if initializer is None:
            initializer = "glorot_uniform" if kind.is_floating_point else "zeros"
        claim(size)
        draw = initializers.get(initializer)
        values = torch.empty(size, dtype=kind) if values_come_later() else draw(size, dtype=kind)
        weight = Weight(
            torch.as_tensor(values, dtype=kind).clone(),
            requires_grad=trainable and self._trainable and kind.is_floating_point,
        )
        self._note_enclosing_path()
        name = self._free_weight_name(name or "variable")
        self._weight_specs[name] = WeightSpec(
            name, regularizers.get(regularizer), constraints.get(constraint), trainable
        )
        self._unnamed_weights[name] = weight
        return weight

    def _free_weight_name(self, name: str) -> str:
        free, number = name, 0
        while free in self._weight_specs:
            number += 1
            free = f"{name}_{number}"
        return free

    def _note_attribute(self, attribute: str, value: Any) -> None:
        """Remember under which attribute a weight from `add_weight` was stored."""
        for name, weight in list(self._unnamed_weights.items()):
            if weight is value:
                self._weight_specs[name].attribute = attribute
                del self._unnamed_weights[name]
                return
        if isinstance(value, Weight) and "_path" in value.__dict__:
            self._adopt(attribute, value)

    def _adopt(self, attribute: str, variable: Weight) -> None:
        """Make a `Variable` that was put into an attribute a weight of this layer."""
        if all(spec.attribute != attribute for spec in self._weight_specs.values()):
            name = self._free_weight_name(variable.name)
            self._weight_specs[name] = WeightSpec(name, None, None, variable.trainable, attribute)

    def _register_unnamed_weights(self) -> None:
        """Register weights that were made but stored under no attribute of the layer."""
        for name, weight in list(self._unnamed_weights.items()):
            attribute = name.replace(".", "_")
            while hasattr(self, attribute):
                attribute += "_"
            setattr(self, attribute, weight)

    def _init_ported_weight(
        self,
        name: str,
        shape: Sequence[int],
        initializer: Any,
        regularizer: Any = None,
        constraint: Any = None,
        trainable: bool = True,
    ) -> None:
        """Draw a weight in Keras's layout and write it into the held torch module.

        Args:
            name: Keras's name, as in the layer's `layout`.
            shape: Shape in Keras's layout.
            initializer: A callable `(shape, dtype) -> tensor`.
            regularizer: A penalty, or None.
            constraint: A projection, or None.
            trainable: Whether training changes it.
        """
        self._note_enclosing_path()
        spec = WeightSpec(name, regularizer, constraint, trainable)
        self._weight_specs[name] = spec
        if values_come_later():
            self._fill_frozen(spec)
        else:
            values = initializer(tuple(shape), dtype=torch_dtype(self.variable_dtype))
            self._write_weight(spec, torch.as_tensor(values))
        self._apply_trainable()

    def _fill_frozen(self, spec: WeightSpec) -> None:
        """Set the arrays that hold no value of a weight to zero, as writing the weight would."""
        tensors = self._torch_tensors(spec)
        for name in self._known_layout.weight(spec.name).frozen_torch_names:
            with torch.no_grad():
                tensors[name].zero_()

    def __getattr__(self, name: str) -> Any:
        """Answer Keras's names of weights that lie in a held torch module: `layer.kernel`."""
        spec = self.__dict__.get("_weight_specs", {}).get(name)
        if spec is not None and spec.attribute is None and name not in self._unnamed_weights:
            return Variable(self, spec)
        inner = self.__dict__.get("_modules")
        if inner is not None and name in inner:
            return inner[name]
        layout = type(self).layout
        if isinstance(layout, Layout) and name in layout.names:
            if self.__dict__.get("built"):
                return None
            raise AttributeError(
                f"Layer '{self.__dict__.get('name')}' ({type(self).__name__}) has no weights "
                f"before it is built; call it on data first. Received: .{name}"
            )
        own = getattr(type(self), name, None)
        if isinstance(own, property):
            # The property's own AttributeError brought Python here; its message tells more.
            return own.__get__(self)
        return super().__getattr__(name)

    # Reading and writing through the layout

    @property
    def _known_layout(self) -> Layout:
        assert self.layout is not None
        return self.layout

    def _torch_tensors(self, spec: WeightSpec) -> dict[str, torch.Tensor]:
        module = getattr(self, self.held_module) if self.held_module else self
        found = {}
        for torch_name in self._known_layout.weight(spec.name).torch_names:
            tensor = tensor_at(module, torch_name)
            if tensor is not None:
                found[torch_name] = tensor
        return found

    def _read_weight(self, spec: WeightSpec) -> torch.Tensor:
        if spec.attribute is not None:
            return whole(tensor_at(self, spec.attribute))
        tensors = {name: whole(tensor) for name, tensor in self._torch_tensors(spec).items()}
        return transform.weight_to_keras(self._known_layout, spec.name, tensors)

    def _read_gradient(self, spec: WeightSpec) -> torch.Tensor | None:
        if spec.attribute is not None:
            return whole(tensor_at(self, spec.attribute).grad)
        tensors = self._torch_tensors(spec)
        if all(tensor.grad is None for tensor in tensors.values()):
            return None
        grads = {
            name: whole(torch.zeros_like(tensor) if tensor.grad is None else tensor.grad)
            for name, tensor in tensors.items()
        }
        return transform.weight_to_keras(self._known_layout, spec.name, grads)

    def _write_weight(self, spec: WeightSpec, value: torch.Tensor) -> None:
        with torch.no_grad():
            if spec.attribute is not None:
                write(tensor_at(self, spec.attribute), value)
                return
            targets = self._torch_tensors(spec)
            for name, part in transform.weight_to_torch(
                self._known_layout, spec.name, value
            ).items():
                write(targets[name], part)

    # Listing

    @property
    def _weight_path(self) -> str:
        """What stands before the weight's name in its path."""
        return f"{self._enclosing_path or ''}{self.name}"

    def _note_enclosing_path(self) -> None:
        """Remember the layers inside which this one gets its first weight."""
        if self._enclosing_path is None:
            self._enclosing_path = enclosing_path(self)

    def _foreign_specs(self) -> list[WeightSpec]:
        """Specs of plain torch parameters that the user attached, in torch's own layout."""
        known = {spec.attribute for spec in self._weight_specs.values()}
        held: tuple[str, ...] = ()
        if self.layout is not None:
            prefix = f"{self.held_module}." if self.held_module else ""
            held = tuple(prefix + name for name in self.layout.torch_names)
        return [
            WeightSpec(path.replace(".", "/"), trainable=tensor.requires_grad, attribute=path)
            for path, tensor in plain_parameters(self, WeightOwner)
            if path not in known and path not in held
        ]

    def _own_variables(self) -> list[Variable]:
        specs = [*self._weight_specs.values(), *self._foreign_specs()]
        own = [Variable(self, spec) for spec in specs]
        return [v for v in own if v._spec.trainable] + [v for v in own if not v._spec.trainable]

    def _weight_owners(self) -> Iterator[WeightOwner]:
        """Layers directly below this one, in the order they were attached, each once."""
        yield from _owners_below(self)

    @property
    def weights(self) -> list[Variable]:
        """All weights in Keras's order: the layer's own, then those of the layers inside."""
        found: dict[tuple, Variable] = {}
        for variable in self._own_variables():
            found[variable.key] = variable
        for owner in self._weight_owners():
            for variable in owner.weights:
                found.setdefault(variable.key, variable)
        return list(found.values())

    @property
    def variables(self) -> list[Variable]:
        """All weights; the same as `weights`."""
        return self.weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes."""
        return [v for v in self.weights if v.trainable] if self._trainable else []

    @property
    def trainable_variables(self) -> list[Variable]:
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone."""
        trainable = {v.key for v in self.trainable_weights}
        return [v for v in self.weights if v.key not in trainable]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The same as `non_trainable_weights`."""
        return self.non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all weights as NumPy arrays in Keras's layout and order."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Write all weights.

        Args:
            weights: Arrays in Keras's layout, in the order of `get_weights()`.

        Raises:
            ValueError: If the number of arrays or a shape does not fit; nothing is written then.
        """
        variables = self.weights
        if len(weights) != len(variables):
            hint = "" if variables else " It has none before it is built; call it on data first."
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) has {len(variables)} weights: "
                f"{[f'{v.path} {v.shape}' for v in variables]}.{hint} Received: a list of "
                f"{len(weights)} arrays of shapes {[tuple(np.shape(w)) for w in weights]}"
            )
        wrong = [
            f"'{v.path}' expects {v.shape}, got {tuple(np.shape(w))}"
            for v, w in zip(variables, weights, strict=True)
            if v.shape != tuple(np.shape(w))
        ]
        if wrong:
            raise ValueError(
                f"Weights of layer '{self.name}' ({type(self).__name__}) do not fit. "
                f"Received: {'; '.join(wrong)}"
            )
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """Return the number of scalars in all weights.

        Raises:
            ValueError: If the layer has not been built yet.
        """
        if not getattr(self, "built", True):
            raise ValueError(
                f"The weights of layer '{self.name}' ({type(self).__name__}) do not exist before "
                "it is built. Call it on data or on an Input, or call build(input_shape). "
                "Received: count_params() on a layer that is not built"
            )
        return sum(int(np.prod(variable.shape)) for variable in self.weights)

    # Trainability, penalties and constraints

    @property
    def trainable(self) -> bool:
        """Whether training changes the layer's weights."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        self._apply_trainable()
        for owner in self._weight_owners():
            owner.trainable = bool(value)

    def _apply_trainable(self) -> None:
        """Bring `requires_grad` of the layer's own tensors in line with its flags."""
        for spec in self._weight_specs.values():
            wanted = spec.trainable and self._trainable
            if spec.attribute is not None:
                tensor = tensor_at(self, spec.attribute)
                if isinstance(tensor, nn.Parameter) and tensor.is_floating_point():
                    tensor.requires_grad_(wanted)
                continue
            frozen = self.layout.weight(spec.name).frozen_torch_names if self.layout else ()
            for name, tensor in self._torch_tensors(spec).items():
                if isinstance(tensor, nn.Parameter):
                    tensor.requires_grad_(wanted and name not in frozen)

    def _regularization_losses(self) -> list[torch.Tensor]:
        return [v.regularizer(v.value) for v in self.trainable_weights if v.regularizer is not None]

    def apply_constraints(self) -> None:
        """Project every constrained weight, as Keras does after each training step.

        Call it after `optimizer.step()` in a training loop of your own.
        """
        for variable in self.trainable_weights:
            if variable.constraint is not None:
                with torch.no_grad():
                    variable.assign(variable.constraint(variable.value))


def _owners_below(module: nn.Module) -> Iterator[WeightOwner]:
    seen: set[int] = set()
    for child in module._modules.values():
        if child is None:
            continue
        below = [child] if isinstance(child, WeightOwner) else _owners_below(child)
        for owner in below:
            if id(owner) not in seen:
                seen.add(id(owner))
                yield owner
