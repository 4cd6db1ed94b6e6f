"""`plot_model`: models drawn to image files by Graphviz."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

from kerasish.interactive_logging import print_message
from kerasish.utils.model_graphs import model_to_dot, pydot_module

# What a notebook can show.
_SHOWN = ("png", "jpg", "jpeg", "gif", "svg")


def plot_model(
    model: Any,
    to_file: str | os.PathLike = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Any:
    """Draw the graph of a model's layers to a file.

    Where pydot or Graphviz is missing, a notebook gets a message instead of an error, as in Keras.

    Args:
        model: The model.
        to_file: The file; its ending tells the format.
        show_shapes: Whether shapes are shown.
        show_dtype: Whether the dtypes of outputs are shown.
        show_layer_names: Whether names are shown.
        rankdir: `"TB"` from top to bottom, `"LR"` from left to right.
        expand_nested: Whether the layers of models in the model are shown.
        dpi: Dots per inch.
        show_layer_activations: Whether activations are shown.
        show_trainable: Whether layers tell if they are trained.
        splines: How edges are drawn: `"ortho"`, `"curved"`, `"polyline"`, `"spline"` or `"line"`.

    Returns:
        The image for a notebook, if IPython is installed and can show the format; else None.

    Raises:
        ImportError: If pydot is not installed, or the program `dot` of Graphviz.
        ValueError: If the model is not built.

    See https://keras.io/api/utils/model_plotting_utils/#plotmodel-function.
    """
    try:
        _check_programs()
    except ImportError as error:
        if "IPython.core.magics.namespace" not in sys.modules:
            raise
        print_message(str(error))
        return None
    dot = model_to_dot(
        model,
        show_shapes,
        show_dtype,
        show_layer_names,
        rankdir,
        expand_nested,
        dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        splines=splines,
    )
    path = os.fspath(to_file)
    kind = os.path.splitext(path)[1][1:] or "png"
    dot.write(path, format=kind)
    if kind not in _SHOWN:
        return None
    try:
        from IPython import display
    except ImportError:
        return None
    if kind == "svg":
        return display.SVG(filename=path)
    return display.Image(filename=path, format=kind)


def _check_programs() -> None:
    pydot_module()
    if shutil.which("dot") is None:
        raise ImportError(
            "Plots of models need Graphviz, which is no Python package: see "
            "https://graphviz.org/download/. model_to_dot works without it, and its to_string() "
            "can be drawn elsewhere. Received: no program `dot`"
        )
