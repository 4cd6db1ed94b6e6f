"""`eject`: a model as plain PyTorch."""

from __future__ import annotations

import keyword
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from kerasish.eject import layers as layers  # enters the writers into the tables
from kerasish.eject import naming
from kerasish.eject import own_layers as own_layers
from kerasish.eject.errors import EjectError, NoEquivalentError, Obstacle, obstacles_error
from kerasish.eject.inlining import inline
from kerasish.eject.models import write_model
from kerasish.eject.parts import PART_NAMES
from kerasish.eject.proof import check, render_test, tolerances
from kerasish.eject.pruning import prune
from kerasish.eject.rendering import render, weights_of
from kerasish.eject.repeats import roll
from kerasish.eject.samples import random_inputs, run
from kerasish.eject.scope import Program
from kerasish.eject.stacking import stack
from kerasish.models.functional import Functional
from kerasish.models.sequential import Sequential
from weight_port.formats.atomic import replacing_folder

_IMPORTED = ("collections", "numpy", "pathlib", "pytest", "safetensors", "torch", "typing")
_AUTOMATIC = re.compile(r"(model|sequential|functional)(_\d+)?")


@dataclass(frozen=True)
class Ejected:
    """What was written.

    Attributes:
        code: The file with the module.
        weights: Its weights.
        test: The test.
        arrays: The inputs and outputs that the test compares.
        class_name: Name of the module's class.
        difference: Largest difference between the outputs of the module and the model.
    """

    code: Path
    weights: Path
    test: Path
    arrays: Path
    class_name: str
    difference: float


def target_files(path: str | os.PathLike) -> dict[str, Path]:
    """Return the files that ejecting to a path writes.

    Raises:
        EjectError: If the name is not that of a Python module.
    """
    code = Path(path)
    usable = code.stem.isidentifier() and not keyword.iskeyword(code.stem)
    if code.suffix != ".py" or not usable or code.stem in _IMPORTED:
        raise EjectError(
            "The test imports the generated file, so it needs the name of a Python module that "
            f"hides no other, such as model.py. Received: {code.name}"
        )
    return {
        "code": code,
        "weights": code.with_suffix(".safetensors"),
        "test": code.with_name(f"test_{code.stem}.py"),
        "arrays": code.with_name(f"test_{code.stem}.npz"),
    }


def eject(
    model: Any,
    path: str | os.PathLike = "model.py",
    *,
    class_name: str | None = None,
    overwrite: bool = False,
) -> Ejected:
    """Write a model as plain PyTorch source, with its weights and a test.

    The outputs of the generated module are compared with the model's before anything is written.

    Args:
        model: A built `Functional` or `Sequential` model.
        path: The Python file; `model.safetensors`, `test_model.py` and `test_model.npz` are written
            beside a `model.py`.
        class_name: Name of the class; by default made from the model's name.
        overwrite: Whether existing files may be replaced.

    Returns:
        The files, and how far the outputs differ.

    Raises:
        EjectError: If parts of the model have no counterpart in plain PyTorch: all of them are
            listed, with reasons and what to do.
        FileExistsError: If a file is there already.
    """
    files = target_files(path)
    for file in files.values():
        if file.exists() and not overwrite:
            raise FileExistsError(f"The file exists and is not to be replaced. Received: {file}")
    program = trace(model, _class_name(model, files["code"], class_name))
    name = program.classes[-1].name
    source = render(program, f"{name} in plain PyTorch, from Keras.", files["weights"].name)
    samples = random_inputs(model)
    expected = [run(model, arrays) for arrays in samples]
    with replacing_folder(files["code"], overwrite=overwrite) as folder:
        here = {kind: folder / file.name for kind, file in files.items()}
        here["code"].write_text(source, encoding="utf-8")
        save_file(_weights(program), here["weights"])
        difference = check(here["code"], samples, expected, program.dtype)
        rtol, atol = tolerances(expected, program.dtype)
        counts = (len(samples[0]), len(expected[0]), rtol, atol)
        structure = _structure(program)
        test = render_test(
            files["code"].stem, files["arrays"].name, structure, len(samples), counts
        )
        here["test"].write_text(test, encoding="utf-8")
        np.savez_compressed(here["arrays"], **_stored(samples, expected))  # type: ignore[arg-type]
        for compiled in folder.glob("__pycache__/*"):
            compiled.unlink()
        for rest in folder.glob("__pycache__"):
            rest.rmdir()
    return Ejected(**files, class_name=name, difference=difference)


def trace(model: Any, class_name: str) -> Program:
    """Return the classes of a model, pruned.

    Raises:
        EjectError: If parts of it can't be written.
    """
    _require_ejectable(model)
    program = Program(_dtype_of(model))
    for symbol in model.inputs:
        layer = symbol._keras_history.layer
        if getattr(layer, "optional", False):
            program.obstacles.append(
                Obstacle(f"input '{layer.name}'", "is optional", "describe the model without it")
            )
    try:
        write_model(program, model, class_name)
    except NoEquivalentError as error:
        program.obstacles.append(Obstacle(f"model '{model.name}'", error.why, error.advice))
    if program.obstacles:
        raise obstacles_error(model.name, program.obstacles)
    structure = model._output_structure if isinstance(model, Functional) else model.output
    items = structure.values() if isinstance(structure, dict) else structure
    if isinstance(structure, (list, tuple, dict)) and any(
        isinstance(item, (list, tuple, dict)) for item in items
    ):
        raise EjectError(
            f"Model '{model.name}' has outputs in structures within structures; give them in one "
            f"list or dictionary. Received: {structure}"
        )
    prune(program)
    for scope in program.classes:
        stack(scope)
        inline(scope)
    for scope in list(program.classes):
        roll(scope)
    return program


def _require_ejectable(model: Any) -> None:
    if not isinstance(model, (Functional, Sequential)):
        raise EjectError(
            "eject takes a Functional model, made with Model(inputs, outputs), or a Sequential "
            "one, whose layers it can follow; a subclass of Model is PyTorch code already. "
            f"Received: {type(model).__name__}"
        )
    if not model.built:
        raise EjectError(
            f"Model '{model.name}' has no inputs before it is built; start it with an Input, or "
            "call it on data first. Received: a model that is not built"
        )


def _dtype_of(model: Any) -> str:
    dtypes = [one.dtype for one in model.parameters() if one.is_floating_point()]
    dtypes = dtypes or [getattr(torch, symbol.dtype) for symbol in model.inputs]
    return "float64" if dtypes and all(one == torch.float64 for one in dtypes) else "float32"


def _class_name(model: Any, code: Path, wanted: str | None) -> str:
    if wanted is None:
        automatic = _AUTOMATIC.fullmatch(model.name)
        return naming.class_name(code.stem if automatic else model.name, PART_NAMES)
    taken = wanted in PART_NAMES or wanted in naming.RESERVED
    if not wanted.isidentifier() or keyword.iskeyword(wanted) or taken:
        raise EjectError(
            "class_name is a name for a class that the generated file does not use otherwise. "
            f"Received: {wanted!r}"
        )
    return wanted


def _weights(program: Program) -> dict[str, torch.Tensor]:
    return {
        name: tensor.detach().cpu().clone().contiguous()
        for name, tensor in weights_of(program.classes[-1]).items()
    }


def _structure(program: Program) -> str:
    code = program.classes[-1].return_code
    return "dict" if code.startswith("{") else "tuple" if code.startswith("(") else "one"


def _stored(samples: list[Any], expected: list[Any]) -> dict[str, np.ndarray]:
    return {
        f"case_{case}_{kind}_{index}": array
        for kind, cases in (("input", samples), ("output", expected))
        for case, arrays in enumerate(cases)
        for index, array in enumerate(arrays)
    }
