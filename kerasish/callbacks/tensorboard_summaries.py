"""What the callback `TensorBoard` writes beside numbers: layers, weights, embeddings, traces."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch


def writer_class() -> Any:
    """Return torch's writer.

    Raises:
        ImportError: Without the package `tensorboard`.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ImportError(
            "The callback TensorBoard needs the package tensorboard: pip install "
            f"'kerasish[tensorboard]'. Received: {error}"
        ) from error
    return SummaryWriter


def model_summary(model: Any) -> Any:
    """Return the layers of a model as TensorBoard's graph page reads them; None if it has no graph.

    They are the model's JSON, under the name of TensorBoard's plugin for Keras.
    """
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING

    from kerasish.models import Functional, Sequential

    if not isinstance(model, (Functional, Sequential)):
        return None
    try:
        text = model.to_json()
    except (ValueError, TypeError, NotImplementedError):
        return None  # layers without a configuration: training does not need one
    plugin = SummaryMetadata.PluginData(plugin_name="graph_keras_model", content=b"1")
    tensor = TensorProto(dtype=DT_STRING, string_val=[text.encode()])
    metadata = SummaryMetadata(plugin_data=plugin)
    return Summary(value=[Summary.Value(tag="keras", metadata=metadata, tensor=tensor)])


def write_weights(writer: Any, model: Any, epoch: int, images: bool) -> None:
    """Write histograms of all weights, and the weights as images."""
    for layer in model.layers:
        for weight in layer.weights:
            value = weight.value.detach()
            if value.is_complex() or not value.numel():
                continue
            name = weight.path.replace(":", "_")
            writer.add_histogram(f"{name}/histogram", value.float(), epoch)
            image = as_image(value.float()) if images else None
            if image is not None:
                writer.add_images(f"{name}/image", image, epoch, dataformats="NHWC")


def as_image(value: torch.Tensor) -> torch.Tensor | None:
    """Return a weight as pictures `(number, height, width, channels)`; None where it is none.

    A matrix lies on its longer side, a vector is one row, of three axes the last one counts
    pictures. Values go from 0 to 1, the smallest to the largest.
    """
    value = value.squeeze()
    if value.dim() == 1:
        value = value.reshape(1, 1, -1, 1)
    elif value.dim() == 2:
        value = value.t() if value.shape[0] > value.shape[1] else value
        value = value.reshape(1, *value.shape, 1)
    elif value.dim() == 3:
        value = value.permute(2, 0, 1).unsqueeze(-1)
    if value.dim() != 4 or value.shape[-1] not in (1, 3, 4):
        return None
    low, high = value.min(), value.max()
    return (value - low) / (high - low).clamp(min=1e-12)


def write_embeddings(
    writer: Any, model: Any, epoch: int, metadata: str | Mapping[str, str] | None
) -> None:
    """Write the rows of `Embedding` layers for the projector.

    Raises:
        ValueError: If `metadata` names a layer that is not there.
    """
    from kerasish.layers import Embedding

    layers = {layer.name: layer for layer in model.layers if isinstance(layer, Embedding)}
    if isinstance(metadata, Mapping) and not set(metadata) <= set(layers):
        raise ValueError(
            f"TensorBoard: `embeddings_metadata` has files by names of Embedding layers; there are "
            f"{sorted(layers)}. Received: {sorted(metadata)}"
        )
    for name, layer in layers.items():
        file = metadata.get(name) if isinstance(metadata, Mapping) else metadata
        labels = None if file is None else Path(file).read_text(encoding="utf-8").splitlines()
        writer.add_embedding(layer.embeddings.value.detach(), labels, tag=name, global_step=epoch)


def profiler(folder: str) -> Any:
    """Return a profiler of torch that writes a trace into a folder when it stops."""
    return torch.profiler.profile(
        on_trace_ready=torch.profiler.tensorboard_trace_handler(folder, worker_name="fit")
    )
