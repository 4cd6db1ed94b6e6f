"""Models that run, for the commands that need one.

This is the only place of weight_port that uses kerasish, which uses all the rest.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from weight_port import formats
from weight_port.convert.convert_file import architecture_of
from weight_port.errors import FileFormatError, WeightPortError
from weight_port.formats import Limits
from weight_port.formats.atomic import replacing
from weight_port.verify import KerasSide

ENGINES = ("kerasish", "keras")
_ONE_FILE_BYTES = 1_500_000_000
# float16 has 11 bits, of which each layer may lose a few.
_HALF_TOLERANCE = {"rtol": 1e-2, "atol": 1e-2}


def runnable(
    path: Path, engine: str, limits: Limits, *, like: Path | None = None
) -> KerasSide | None:
    """Return the model of a file, ready to run; None if there is no architecture for it.

    Args:
        path: A file of any format.
        engine: `"kerasish"`, or `"keras"` for the Keras that is installed.
        limits: What the file may ask for.
        like: Another file, whose architecture the weights of `path` are put into if it has none.

    Raises:
        WeightPortError: If the engine is not one of these.
        ImportError: If Keras is asked for and not installed.
    """
    if engine == "keras":
        return KerasSide(_load_in_keras(path))
    if engine != "kerasish":
        raise WeightPortError(f"Models run in one of {list(ENGINES)}. Received: {engine!r}")
    model = _load(path, limits, like)
    return None if model is None else KerasSide(model)


def _load(path: Path, limits: Limits, like: Path | None) -> Any:
    from kerasish.models import load_model

    if formats.detect(path) in ("keras", "h5"):
        with formats.open_file(path, limits=limits) as file:
            whole = file.config is not None
        if whole:
            return load_model(path, compile=False, limits=limits)
    model = _empty_model(path, limits) or (_empty_model(like, limits) if like else None)
    if model is not None:
        _fill(model, path, limits)
    return model


def _empty_model(path: Path, limits: Limits) -> Any:
    """Return a model of the architecture in a file, without the file's weights; or None."""
    from kerasish.saving import deserialize_keras_object

    config = architecture_of(path, limits)
    return None if config is None else deserialize_keras_object(config)


def _fill(model: Any, path: Path, limits: Limits, mapping: Path | None = None) -> None:
    """Put the weights of a file into a model: by its own names if they are, else as a port does."""
    from weight_port.porting import port

    with formats.open_file(path, limits=limits) as file:
        own = set(file) == set(model.state_dict()) or file.format in ("weights.h5", "weights.json")
    if own and mapping is None:
        model.load_weights(path, limits=limits)
    else:
        port(path, model, mapping=mapping, limits=limits)


def _load_in_keras(path: Path) -> Any:
    try:
        import keras
    except ImportError as error:
        raise ImportError(
            "To run a file in real Keras, install it: pip install keras tensorflow. "
            f"Received: {error}"
        ) from error
    return keras.models.load_model(path, compile=False)


def convert_to_onnx(
    source: Path,
    target: Path,
    like: Path | None,
    *,
    dtype: str | None,
    overwrite: bool,
    limits: Limits,
) -> dict[str, Any]:
    """Write a whole model as ONNX and compare its outputs in onnxruntime.

    Returns:
        A report as plain values.
    """
    from kerasish.export import check_onnx, export_onnx

    if target.exists() and not overwrite:
        raise FileExistsError(f"The file exists and is not to be replaced. Received: {target}")
    model = _load(source, limits, like)
    if model is None:
        raise FileFormatError(
            f"{source} has no architecture, which an ONNX model needs; give a file that has one by "
            "--like. Received: weights only"
        )
    tolerance = _HALF_TOLERANCE if dtype == "float16" else {}
    if sum(tensor.nbytes for tensor in model.state_dict().values()) < _ONE_FILE_BYTES:
        with replacing(target) as temporary:
            export_onnx(model, temporary, dtype=dtype)
            check_onnx(model, temporary, **tolerance)
    else:  # the weights lie in a file of their own, which is found by the name
        export_onnx(model, target, dtype=dtype)
        check_onnx(model, target, **tolerance)
    checked = {"checked": "onnxruntime gives the same outputs"}
    return {**_report(source, target, model, "onnx", limits), **checked}


def convert_by_model(
    source: Path, target: Path, like: Path | None, *, overwrite: bool, limits: Limits
) -> dict[str, Any]:
    """Make the model of a file and save it: the way for architectures that Keras 3 does not read.

    Returns:
        A report as plain values.
    """
    model = _load(source, limits, like)
    if model is None:
        raise FileFormatError(f"{source} has no architecture. Received: weights only")
    model.save(target, overwrite=overwrite)
    return _report(source, target, model, "keras", limits)


def convert_by_mapping(
    source: Path,
    target: Path,
    mapping: Path | None,
    like: Path | None,
    *,
    overwrite: bool,
    limits: Limits,
) -> dict[str, Any]:
    """Put the weights of one file into the architecture of another, and write the result.

    Returns:
        A report as plain values.
    """
    from weight_port.porting import port

    model = _empty_model(like if like is not None else source, limits)
    if model is None:
        raise FileFormatError(
            "A mapping joins weights with the layers of an architecture. Give --like, a Keras "
            f"file or JSON that has one. Received: --map {mapping} without --like"
        )
    report = port(source, model, mapping=mapping, limits=limits)
    kind = formats.format_of_name(target)
    save = model.save if kind in ("keras", "h5") else model.save_weights
    save(target, overwrite=overwrite)
    layout = "keras" if kind in ("keras", "h5", "weights.h5") else "torch"
    return {**_report(source, target, model, layout, limits), "port": report.to_dict()}


def _report(source: Path, target: Path, model: Any, layout: str, limits: Limits) -> dict[str, Any]:
    with formats.open_file(source, limits=limits) as file:
        state = len(file.optimizer)
    return {
        "optimizer_arrays": state,
        "optimizer_kept": False,
        "source": str(source),
        "target": str(target),
        "source_format": formats.detect(source),
        "target_format": "onnx" if layout == "onnx" else formats.format_of_name(target),
        "layout": layout,
        "layers": sum(bool(layer.weights) for layer in model.layers),
        "arrays": len(model.weights),
        "bytes": target.stat().st_size,
    }


def torch_module(reference: str) -> Any:
    """Return a torch module that the user names as `package.module:Class` or a function's name.

    Args:
        reference: The name; the class or function is called without arguments.

    Raises:
        WeightPortError: If there is nothing of that name, or it does not give a torch module.
    """
    import torch

    module_name, _, attribute = reference.partition(":")
    if not module_name or not attribute:
        raise WeightPortError(f"A module is named as package.module:Class. Received: {reference!r}")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        made = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise WeightPortError(
            f"There is nothing to import of that name: {error}. Received: {reference!r}"
        ) from error
    module = made if isinstance(made, torch.nn.Module) else made()
    if not isinstance(module, torch.nn.Module):
        raise WeightPortError(
            f"{reference} gives no torch module. Received: {type(module).__name__}"
        )
    return module
