"""Options of an optimizer that may differ between groups of parameters, as in torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasish.optimizers.base.optimizer import Optimizer


class Hyperparameter:
    """An attribute whose value lies in `param_groups`, where torch's tools look for it.

    Read, it gives the value of the first group; set, it sets that of all groups.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Optimizer | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return instance.param_groups[0][self.name]

    def __set__(self, instance: Optimizer, value: Any) -> None:
        instance.defaults[self.name] = value
        for group in instance.param_groups:
            group[self.name] = value


def hyperparameter_names(cls: type) -> list[str]:
    """Return the names of a class's hyperparameters, those of its bases first."""
    names: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Hyperparameter):
                names[name] = None
    return list(names)
