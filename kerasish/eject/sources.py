"""The model to eject: from a file of Keras, or out of a notebook or script that is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerasish.eject.errors import EjectError
from kerasish.models.functional import Functional
from kerasish.models.model import Model
from kerasish.models.sequential import Sequential

_CODE = (".ipynb", ".py")


def read_model(path: Path, name: str | None = None) -> Any:
    """Return the model of a file, or one that a notebook or script makes.

    Args:
        path: A model file, or a notebook or script, which is run with kerasish in place of Keras.
        name: The variable of the model, or the model's own name, where there are several.

    Raises:
        EjectError: If there is no such model, or several and no name.
    """
    if path.suffix.lower() not in _CODE:
        from kerasish.models import load_model

        if name is not None:
            raise EjectError(
                f"A model file holds one model; --model is for notebooks and scripts. "
                f"Received: --model {name} with {path}"
            )
        return load_model(path)
    from kerasish.porter.running import run_file

    return choose_model(run_file(path), name, str(path))


def choose_model(variables: dict[str, Any], name: str | None, where: str) -> Any:
    """Return the model among variables, by name where there are several.

    Raises:
        EjectError: If there is no such model, or several and no name.
    """
    found: dict[int, tuple[str, Any]] = {}
    for variable, value in variables.items():
        if isinstance(value, (Functional, Sequential)) and not variable.startswith("_"):
            found.setdefault(id(value), (variable, value))
    models = list(found.values())
    described = [f"{variable} ({_describe(model)})" for variable, model in models]
    if name is not None:
        for variable, value in variables.items():
            if variable == name and isinstance(value, Model):
                return value
        named = [model for _, model in models if model.name == name]
        if len(named) == 1:
            return named[0]
        raise EjectError(
            f"{where} makes no model of that name. Its models: {', '.join(described) or 'none'}. "
            f"Received: --model {name}"
        )
    if not models:
        others = [key for key, value in variables.items() if isinstance(value, Model)]
        raise EjectError(
            f"{where} leaves no Functional or Sequential model in its variables to eject. "
            f"Received: {len(others)} models of other classes {others or ''}".rstrip()
        )
    if len(models) > 1:
        raise EjectError(
            f"{where} makes several models; choose one with --model NAME. "
            f"Received: {', '.join(described)}"
        )
    return models[0][1]


def _describe(model: Any) -> str:
    kind = "Sequential" if isinstance(model, Sequential) else "Functional"
    if not model.built:
        return f"{kind}, not built"
    return f"{kind}, {len(model.layers)} layers, {model.count_params():,} weights"
