"""Whole models in Keras's files: `load_model`, and what `model.save` writes."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kerasish.graph.mask_step import mask_of
from kerasish.layers.base.layer import Layer
from kerasish.layers.base.variable import Variable
from kerasish.layers.base.weight_budget import values_from_file
from kerasish.layers.preprocessing.vocabulary_files import IN_CONFIGURATIONS
from kerasish.models.files.training_state import (
    compile_config,
    legacy_training,
    optimizer_arrays,
    restore_training,
)
from kerasish.models.files.unnamed_operations import with_named_operations
from kerasish.saving.registry import deserialize_keras_object, serialize_keras_object
from weight_port import formats
from weight_port.formats import DEFAULT_LIMITS, LazyTensors, Limits, TensorInfo
from weight_port.legacy_config import modernize
from weight_port.torch_arrays import numpy_of

KERAS_FORMATS = ("keras", "weights.h5", "weights.json", "h5", "tensorflow")


def load_model(
    filepath: str | os.PathLike,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> Any:
    """Make a model from a file that Keras, or `model.save`, wrote.

    Reads `.keras` files of Keras 3 and of Keras 2 (from 2.12 on), `.h5`/`.hdf5` files of Keras 1, 2
    and 3, and the folders of SavedModels that Keras 2 wrote; of these the layers and the weights,
    not the graph of TensorFlow. Old configurations are read as the version that wrote them meant
    them. No code in a file is ever run.

    Args:
        filepath: The file, or the folder of a SavedModel.
        custom_objects: Your own classes and functions by the names that the file gives them. A
            function under the name of a `Lambda` layer stands in for the code saved with it.
        compile: Whether a model of a `.keras` file of Keras 3, or of an `.h5` file, is compiled as
            it was, with the state of its optimizer.
        safe_mode: Taken for compatibility. Code in a file is refused either way.
        limits: What the file may ask for; see `weight_port.formats.Limits`.

    Returns:
        The model, with its weights.

    Raises:
        FileNotFoundError: If there is no such file.
        FileFormatError: If it is broken, unsafe, of no known format, or has weights alone.
        TypeError: For a class or function that is not known.
        ValueError: For code in the file, or weights that do not fit the architecture.

    Example:
        >>> model = kerasish.models.load_model("model.keras")
        >>> model.predict(x)
    """
    with formats.open_file(filepath, limits=limits) as file:
        if file.config is None:
            raise formats.FileFormatError(
                f"{file.path} has weights and no architecture: make the model, then use "
                f"`model.load_weights(path)`. Received: a {file.format} file without a "
                "configuration"
            )
        try:
            return _model_of(file, custom_objects, compile, safe_mode)
        except Exception as error:
            if isinstance(error, (ValueError, TypeError)) and "eceived" in str(error):
                raise
            # Anything may stand in a configuration, and no class checks for all of it.
            raise formats.FileFormatError(
                f"{file.path}: no model can be made from the configuration; it is broken, or a "
                f"class of your own refuses it. Received: {type(error).__name__}: "
                f"{str(error)[:500]}"
            ) from error


def _model_of(
    file: formats.OpenFile, custom_objects: Mapping[str, Any] | None, compile: bool, safe_mode: bool
) -> Any:
    """Make the model of an open file."""
    # h5py, and what stands on it, is loaded when the first file is.
    from kerasish.models.files.assets import load_assets
    from kerasish.models.files.keras_weights import load_keras_weights
    from kerasish.models.files.live_tree import live_tree

    config = modernize(dict(file.config or {}), file.metadata.get("keras_version"))
    if file.format == "h5":
        config = with_named_operations(config)
    config.pop("compile_config", None)  # see `restore_training`
    # Nothing is allocated that the file has no values for, and nothing drawn to be replaced.
    with values_from_file(sum(info.size for info in file.values())):
        model = deserialize_keras_object(config, custom_objects=custom_objects, safe_mode=safe_mode)
    if not isinstance(model, Layer):
        raise formats.FileFormatError(
            f"{file.path} holds no model. Received: {type(model).__name__}"
        )
    load_keras_weights(model, file, at_once=False)
    if file.format == "keras":
        load_assets(live_tree(model), file)  # type: ignore[arg-type]
    if compile:
        restore_training(model, file, custom_objects)
    return model


def save_model(
    model: Any,
    filepath: str | os.PathLike,
    overwrite: bool = True,
    *,
    include_optimizer: bool = True,
    save_format: str | None = None,
    **kwargs: Any,
) -> None:
    """Write a model's architecture and weights to a file that Keras loads too.

    Args:
        model: The model; built.
        filepath: Where to write: `.keras`, or `.h5`/`.hdf5`.
        overwrite: Whether an existing file is replaced.
        include_optimizer: Whether the file holds the state of the optimizer; in an `.h5` file,
            whether it holds the training at all.
        save_format: The format in place of the one that the ending tells: `"keras"` or `"h5"`.
        **kwargs: None are known.

    Raises:
        ValueError: If the format is not one of these, or the model is not built.
        FileExistsError: If the file exists and `overwrite` is False.
    """
    if kwargs:
        raise ValueError(f"save_model does not know these arguments. Received: {kwargs}")
    path = Path(filepath)
    kind = save_format or formats.format_of_name(path)
    if kind not in ("keras", "h5"):
        raise ValueError(
            f"Model '{model.name}' is saved as a .keras or .h5 file; for weights alone use "
            f"`save_weights`, for other programs `export`. Received: {str(filepath)!r}"
        )
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' has no weights before it is built; call it on data first. "
            f"Received: save({str(filepath)!r})"
        )
    token = IN_CONFIGURATIONS.set(kind == "h5")
    try:
        config = serialize_keras_object(model)
    finally:
        IN_CONFIGURATIONS.reset(token)
    _warn_of_names(model)
    if kind == "keras":
        config = {**config, **compile_config(model)}
        from kerasish.models.files.assets import assets_of
        from kerasish.models.files.live_tree import live_tree
        from weight_port.formats import keras_zip

        tree = live_tree(model)
        keras_zip.write(
            path,
            _tensors(dict(tree.weight_keys()), tree.extra_arrays()),
            config=config,
            assets=assets_of(tree),
            layer_names=tree.layer_names(),
            optimizer=optimizer_arrays(model) if include_optimizer else None,
            overwrite=overwrite,
        )
    else:
        _write_legacy(model, path, overwrite, config, include_optimizer)


def write_keras_weights(model: Any, filepath: str | os.PathLike, overwrite: bool = True) -> None:
    """Write a model's weights to a `.weights.h5` file, or to an old `.h5` one."""
    if formats.format_of_name(filepath) == "h5":
        _write_legacy(model, Path(filepath), overwrite, None)
        return
    from kerasish.models.files.live_tree import live_tree
    from weight_port.formats import weights_h5

    tree = live_tree(model)
    weights_h5.write(
        filepath,
        _tensors(dict(tree.weight_keys()), tree.extra_arrays()),
        layer_names=tree.layer_names(),
        optimizer=optimizer_arrays(model),
        overwrite=overwrite,
    )


def _write_legacy(
    model: Any, path: Path, overwrite: bool, config: dict | None, with_training: bool = False
) -> None:
    from weight_port.formats import legacy_h5

    layers = []
    arrays: dict[str, Variable] = {}
    for layer in model.layers:
        # Keras lists what training changes before what it leaves alone.
        own = [*layer.trainable_weights, *layer.non_trainable_weights]
        keys = {f"{layer.name}/{variable.path}": variable for variable in own}
        arrays.update(keys)
        layers.append((layer.name, tuple(keys)))
    if config is not None:
        config = {key: config[key] for key in ("class_name", "config")}
    training, optimizer = legacy_training(model) if with_training else (None, None)
    legacy_h5.write(
        path,
        _tensors(arrays),
        layers=layers,
        config=config,
        training=training,
        optimizer=optimizer,
        overwrite=overwrite,
    )


def _tensors(
    variables: Mapping[str, Variable], extras: Mapping[str, np.ndarray] | None = None
) -> LazyTensors:
    more = extras or {}
    infos = {key: TensorInfo(v.shape, v.dtype) for key, v in variables.items()}
    infos.update({key: TensorInfo(v.shape, str(v.dtype)) for key, v in more.items()})

    def read(key: str) -> np.ndarray:
        return more[key] if key in more else numpy_of(variables[key].value)

    return LazyTensors(infos, read)


def _warn_of_names(model: Any) -> None:
    """Tell of a name that Keras 3 would give to a step of its own when it loads the model.

    Keras joins the masks of a `Concatenate` layer in a step that it calls `concatenate` too, and
    refuses a model in which two steps have one name.
    """
    for node in getattr(model, "_graph_nodes", ()):
        automatic = re.fullmatch(r"concatenate(_\d+)?", node.layer.name)
        if automatic and any(mask_of(tensor) is not None for tensor in node.input_tensors):
            warnings.warn(
                f"Keras 3.15 won't load this file: it calls a step that joins masks "
                f"{node.layer.name!r}, as your layer is called. Give the Concatenate layer a name "
                f"of its own. Received: model '{model.name}'",
                stacklevel=4,
            )
