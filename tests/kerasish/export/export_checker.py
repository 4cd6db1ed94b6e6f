"""Exports a model with random weights, and compares the file's results with the model's."""

import onnx
import torch

from kerasish.export import check_onnx, export_onnx

TOLERANCES = {
    "float32": (1e-5, 2e-6),
    "float64": (1e-10, 1e-11),
    "float16": (1e-2, 1e-2),
    "bfloat16": (0.05, 0.05),
}


def randomize(model, seed=3):
    """Give a model random weights, biases too."""
    generator = torch.Generator().manual_seed(seed)
    for variable in model.weights:
        values = torch.randn(variable.shape, generator=generator, dtype=torch.float64)
        variable.assign((values * 0.5).to(variable.value.dtype))


def check_export(model, tmp_path, *, inputs=None, precision="float32", random=True, **options):
    """Check that ONNX Runtime computes what the model does.

    Args:
        model: The model.
        tmp_path: A folder.
        inputs: Arrays, or None for random ones of two sizes.
        precision: What `TOLERANCES` has.
        random: Whether the model gets random weights first.
        **options: Of `export_onnx`.

    Returns:
        The kinds of operators in the file.
    """
    if random:
        randomize(model)
    path = tmp_path / "model.onnx"
    export_onnx(model, path, **options)
    rtol, atol = TOLERANCES[precision]
    check_onnx(model, path, inputs, rtol=rtol, atol=atol)
    return operators(onnx.load(path).graph)


def operators(graph):
    """The kinds of operators of a graph and of those inside it."""
    found = {node.op_type for node in graph.node}
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                found |= operators(attribute.g)
    return found
