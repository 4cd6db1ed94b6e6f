"""What an optimizer trains and remembers: registering it, listing it, saving and loading it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np
import torch

from kerasish import initializers
from kerasish.dtypes import torch_dtype
from kerasish.optimizers.base.lookups import watch_tables
from kerasish.optimizers.base.slots import (
    OptimizerVariable,
    OptionStorage,
    PieceStorage,
    TensorStorage,
    VariableStorage,
)
from kerasish.optimizers.base.trained_variable import (
    TrainedVariable,
    trained_variable,
    trained_variables,
)
from kerasish.rounding import round_to_float32

# Attributes that torch's tools put on an optimizer and that no copy of it has.
_NOT_COPIED = ("step", "_zero_grad_profile_name")


class Remembering(torch.optim.Optimizer):
    """The part of an optimizer that holds its variables.

    Values lie in torch's `state` and `param_groups`, so that `state_dict()` has all of them;
    `variables` lists them in Keras's order and layout.
    """

    name: str
    built: bool
    _schedule: Any

    def _init_memory(self) -> None:
        self._trained: list[TrainedVariable] = []
        self._groups: list[int] = []
        self._index: dict[tuple, int] = {}
        self._slots: list[OptimizerVariable] = []
        self._any_constraint = False

    # What is trained

    def _register(self, items: Any) -> None:
        """Put variables into the first group, which is empty until then."""
        options = {key: value for key, value in self.param_groups[0].items() if key != "params"}
        self.param_groups.clear()
        self.add_param_group({**options, "params": items})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Train further variables, with options of their own.

        Args:
            param_group: `"params"`: variables, parameters or modules; and hyperparameters by
                name, `"learning_rate"` (or `"lr"`) among them.

        Raises:
            ValueError: If a variable is trained already, or an option is unknown.
        """
        group = dict(param_group)
        if "learning_rate" in group:
            group["lr"] = group.pop("learning_rate")
        allowed = {*self.defaults, "params", "initial_lr"}
        if not allowed.issuperset(group):
            raise ValueError(
                f"{type(self).__name__} has no such options for a group of parameters; it has "
                f"{sorted(allowed)}. Received: {sorted(set(group) - allowed)}"
            )
        variables = trained_variables(group["params"], len(self._trained))
        taken = (self._index.get(variable.key) for variable in variables)
        known = [self._trained[index].path for index in taken if index is not None]
        if known:
            raise ValueError(f"Variables can't be in two groups. Received: {known} once more")
        if self.param_groups:
            group["iterations"] = self._steps_taken
        pieces = (piece for variable in variables for piece in variable.pieces)
        group["params"] = list({id(piece.parameter): piece.parameter for piece in pieces}.values())
        super().add_param_group(group)
        for variable in variables:
            variable.settle()
            watch_tables(variable.handle._owner)
            self._any_constraint |= variable.constraint is not None
            self._index[variable.key] = len(self._trained)
            self._trained.append(variable)
            self._groups.append(len(self.param_groups) - 1)
        if self.built:
            self._add_to_built(variables)

    def _add_to_built(self, variables: list[TrainedVariable]) -> None:
        raise NotImplementedError

    def _group_of(self, variable: TrainedVariable) -> int:
        return self._groups[self._index[variable.key]] if len(self.param_groups) > 1 else 0

    def _indices(self, items: Iterable[Any]) -> list[int]:
        """Return the numbers of variables among those that are trained.

        Raises:
            ValueError: If one is not.
        """
        found = []
        for item in items:
            variable = item if isinstance(item, TrainedVariable) else trained_variable(item)
            if variable.key not in self._index:
                raise ValueError(
                    f"Optimizer '{self.name}' ({type(self).__name__}) was built on other "
                    "variables; make a new one for these, or use add_param_group. "
                    f"Received: '{variable.path}' of shape {variable.handle.shape}"
                )
            found.append(self._index[variable.key])
        return found

    def _get_variable_index(self, variable: Any) -> int:
        """Return a variable's number, for a subclass that keeps lists of its own."""
        return self._indices([variable])[0]

    def _all_pieces(self, slot: str | None) -> list[torch.Tensor]:
        """Return a slot's tensors for all pieces, or with None the pieces themselves."""
        pieces = [piece for variable in self._trained for piece in variable.pieces]
        if slot is None:
            return [piece.of(piece.parameter) for piece in pieces]
        return [piece.of(self.state[piece.parameter][slot]) for piece in pieces]

    # What is remembered

    @property
    def _steps_taken(self) -> int:
        return self.param_groups[0]["iterations"]

    @_steps_taken.setter
    def _steps_taken(self, value: int) -> None:
        for group in self.param_groups:
            group["iterations"] = value

    def _iterations_variable(self) -> OptimizerVariable:
        storage = OptionStorage(self, "iterations", "int64")  # type: ignore[arg-type]
        return OptimizerVariable(storage, "iteration", f"{self.name}/iteration")

    def _learning_rate_variable(self) -> OptimizerVariable:
        raise NotImplementedError

    @property
    def variables(self) -> list[OptimizerVariable]:
        """All that is remembered, in Keras's order: as it is numbered in Keras's files."""
        first = [self._iterations_variable()]
        if self._schedule is None:
            first.append(self._learning_rate_variable())
        return [*first, *self._slots]

    def _add_slots(
        self, variables: list[TrainedVariable], slots: Mapping[str, float | None]
    ) -> None:
        """Remember numbers for each number of variables.

        Args:
            variables: The variables.
            slots: First value by name; None for the variable's own values.
        """
        for variable in variables:
            for slot, initial in slots.items():
                for piece in variable.pieces:
                    state = self.state[piece.parameter]
                    if slot in state:
                        continue
                    if initial is None:
                        state[slot] = piece.parameter.detach().clone()
                    else:
                        state[slot] = torch.full_like(
                            piece.parameter.detach(), round_to_float32(initial)
                        )
                name = f"{variable.path.replace('/', '_')}_{slot}"
                self._add_handle(PieceStorage(self, variable, slot), name)  # type: ignore[arg-type]

    def _add_whole(
        self, variable: TrainedVariable, slot: str, shape: Sequence[int], name: str
    ) -> None:
        """Remember a tensor of zeros for a variable as a whole, in Keras's layout."""
        if variable.pieces[0].part is not None:
            slot = f"{slot}/{variable.name}"
        parameter = variable.pieces[0].parameter
        self.state[parameter][slot] = parameter.new_zeros(tuple(shape)).detach()
        self._add_handle(VariableStorage(self, variable, slot), name)  # type: ignore[arg-type]

    def _add_handle(self, storage: Any, name: str, path: str | None = None) -> OptimizerVariable:
        handle = OptimizerVariable(storage, name, path or f"{self.name}/{name}")
        self._slots.append(handle)
        return handle

    # For subclasses written as in Keras

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: Any = None,
        name: str | None = None,
    ) -> OptimizerVariable:
        """Remember a tensor that belongs to no variable."""
        value = initializers.get(initializer)(tuple(shape), dtype=torch_dtype(dtype))
        option = f"variable_{len(self._slots)}"
        self.param_groups[0][option] = torch.as_tensor(value).clone()
        storage = TensorStorage(self, option)  # type: ignore[arg-type]
        return self._add_handle(storage, name or "variable")

    def add_variable_from_reference(
        self, reference_variable: Any, name: str | None = None, initializer: Any = "zeros"
    ) -> OptimizerVariable:
        """Remember a tensor of the shape of a variable.

        Args:
            reference_variable: The variable.
            name: Ends the name of what is remembered, which begins with the variable's.
            initializer: Anything `kerasish.initializers.get` takes.
        """
        variable = self._trained[self._get_variable_index(reference_variable)]
        slot = name or "var"
        self._add_slots([variable], {slot: 0.0})
        handle = self._slots[-1]
        if initializer != "zeros":
            dtype = torch_dtype(handle.dtype)
            handle.assign(initializers.get(initializer)(handle.shape, dtype=dtype))
        return handle

    def add_optimizer_variables(
        self, trainable_variables: Iterable[Any], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """Remember tensors of the shapes of variables.

        Args:
            trainable_variables: The variables.
            name: A name, or a list of names.
            initializer: One for all, or a list with one for each name.

        Returns:
            A list for a single name, a tuple of lists for several.
        """
        names = [name] if isinstance(name, str) else list(name)
        each = list(initializer) if isinstance(initializer, (list, tuple)) else None
        starts = each if each is not None else [initializer] * len(names)
        if len(starts) != len(names):
            raise ValueError(
                "There has to be an initializer for each name. "
                f"Received: name={name}, initializer={initializer}"
            )
        made: tuple[list[OptimizerVariable], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for found, one, start in zip(made, names, starts, strict=True):
                found.append(self.add_variable_from_reference(variable, one, start))
        return made[0] if isinstance(name, str) else made

    def assign(self, variable: Any, value: Any) -> None:
        """Write a variable."""
        variable.assign(value)

    def assign_add(self, variable: Any, value: Any) -> None:
        """Add to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Any, value: Any) -> None:
        """Subtract from a variable."""
        variable.assign_sub(value)

    # Saving and loading

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all that is remembered, in Keras's order and layout."""
        return [variable.numpy() for variable in self.variables]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Write all that is remembered.

        Args:
            weights: Arrays, in the order of `variables`.

        Raises:
            ValueError: If the optimizer is not built, or a number or shape does not fit.
        """
        if not self.built:
            raise ValueError(
                f"Optimizer '{self.name}' ({type(self).__name__}) remembers nothing before it is "
                "built; call build(trainable_variables) first. Received: set_weights(...)"
            )
        variables = self.variables
        shapes = [tuple(np.shape(weight)) for weight in weights]
        if shapes != [variable.shape for variable in variables]:
            raise ValueError(
                f"The variables of optimizer '{self.name}' ({type(self).__name__}) have the shapes "
                f"{[variable.shape for variable in variables]}. Received: {shapes}"
            )
        for variable, weight in zip(variables, weights, strict=True):
            variable.assign(weight)

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Write all that is remembered into a mapping, under `"0"`, `"1"`, ... as in Keras."""
        for number, variable in enumerate(self.variables):
            store[str(number)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Read all that is remembered from a mapping that `save_own_variables` or Keras wrote.

        As in Keras, a mapping of another length is left unread with a warning.
        """
        variables = self.variables
        if len(store.keys()) != len(variables):
            hint = "" if self.built else " It has not been built yet."
            warnings.warn(
                f"The state of optimizer '{self.name}' ({type(self).__name__}) is not loaded: it "
                f"has {len(variables)} variables and the file {len(store.keys())}.{hint}",
                stacklevel=2,
            )
            return
        self.set_weights([np.asarray(store[str(number)]) for number in range(len(variables))])

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Read what `state_dict()` gave; the optimizer has to be built on the same variables.

        Raises:
            ValueError: If it is not built yet.
        """
        if not self.built:
            raise ValueError(
                f"Optimizer '{self.name}' ({type(self).__name__}) has no variables yet; call "
                "build(trainable_variables) before load_state_dict. Received: load_state_dict(...)"
            )
        super().load_state_dict(state_dict)

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in self.__dict__.items()
            if not name.startswith("_optimizer_") and name not in _NOT_COPIED
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        # Keys are identities of parameters, which a copy has anew.
        self._index = {variable.key: i for i, variable in enumerate(self._trained)}
