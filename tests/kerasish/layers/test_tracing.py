"""Layers that attend, embed and renormalize, compiled as one graph and exported."""

import pytest
import torch

import kerasish
from kerasish import layers


class Attends(torch.nn.Module):
    """A layer of two arguments, with masks as its caller gives them."""

    def __init__(self, layer, **options):
        super().__init__()
        self.layer, self.options = layer, options

    def forward(self, query, value):
        return self.layer(query, value, **self.options)


QUERY, VALUE = torch.randn(2, 3, 4), torch.randn(2, 5, 4)
MASK = torch.rand(2, 3, 5) > 0.5
CASES = {
    "heads": Attends(layers.MultiHeadAttention(2, 3, use_gate=True)),
    "heads masked": Attends(layers.MultiHeadAttention(2, 3), attention_mask=MASK),
    "heads scored": Attends(layers.MultiHeadAttention(2, 3), return_attention_scores=True),
    "groups": Attends(layers.GroupQueryAttention(3, 4, 2, sliding_window=2), use_causal_mask=True),
}


@pytest.mark.parametrize("name", CASES)
def test_attention(name):
    module = CASES[name]
    check(module, QUERY, VALUE)


def check(module, *inputs):
    expected = module(*inputs)
    torch.compiler.reset()
    compiled = torch.compile(module, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(*inputs), expected)
    exported = torch.export.export(module, inputs).module()
    torch.testing.assert_close(exported(*inputs), expected)


def test_embedding_and_equations():
    table = layers.ReversibleEmbedding(6, 4, tie_weights=False)
    start = kerasish.Input((3,), dtype="int32")
    dense = layers.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d", activation="relu")
    slope = layers.PReLU(shared_axes=[1])
    model = kerasish.Model(start, table(slope(dense(table(start))), reverse=True))
    check(model, torch.randint(0, 6, (2, 3)))


def test_renorm_in_training():
    layer = layers.BatchNormalization(renorm=True)
    x = torch.randn(8, 4)
    layer(x, training=True)
    weights = layer.get_weights()
    expected, moved = layer(x, training=True), layer.get_weights()
    layer.set_weights(weights)
    torch.compiler.reset()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x, training=True), expected)
    for one, other in zip(layer.get_weights(), moved, strict=True):
        torch.testing.assert_close(one, other)


def test_architecture():
    model = kerasish.applications.MobileNetV3Small(
        weights=None, include_top=False, alpha=0.25, input_shape=(32, 32, 3)
    )
    x = torch.rand(1, 32, 32, 3) * 255
    exported = torch.export.export(model, (x,)).module()
    torch.testing.assert_close(exported(x), model(x))
