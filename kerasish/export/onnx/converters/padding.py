"""TensorFlow's `"same"` padding as attributes of ONNX's operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.export.onnx.errors import ExportError
from kerasish.export.onnx.value import Value
from kerasish.layers.base.convolution import padding_of


def same_padding(
    layer: Any, x: Value, kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> dict[str, Any]:
    """Return the attributes that pad `(batch, channels, ...)`.

    With strides of 1 the kernel alone decides; else the input's size does, when the graph runs.

    Args:
        layer: The layer, for the message.
        x: What is padded.
        kernel: Sizes of the windows.
        strides: Steps of the windows.
        dilation: Spacing of the windows.

    Raises:
        ExportError: For an open size where ONNX Runtime can't find the padding: with both strides
            and dilation, or with strides that are larger than the windows.
    """
    assert x.shape is not None
    sizes = x.shape[2:]
    every = list(zip(sizes, kernel, strides, dilation, strict=True))
    if not any(size is None and step > 1 for size, _, step, _ in every):
        # Where the stride is 1, any size has the same padding.
        known = [width if size is None else size for size, width, _, _ in every]
        pads = padding_of(known, kernel, strides, dilation)
        pairs = list(zip(pads[::2], pads[1::2], strict=True))[::-1]
        return {"pads": [one for one, _ in pairs] + [other for _, other in pairs]}
    if any(spacing > 1 or step > width for _, width, step, spacing in every):
        raise ExportError(
            f"Layer '{layer.name}' ({type(layer).__name__}) with padding='same', and strides beside"
            " dilation or beyond the windows, is exported for inputs of a known size; give it in "
            f"the Input. Received: {x.shape[2:]} with strides={tuple(strides)}"
        )
    return {"auto_pad": "SAME_UPPER"}
