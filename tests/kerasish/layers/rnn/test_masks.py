"""Masks of any pattern: against Keras, between execution paths, and what must not leak."""

import keras
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasish

SHAPE = (4, 6, 2)
UNITS = 3


def draw(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


masks = st.lists(
    st.lists(st.booleans(), min_size=SHAPE[1], max_size=SHAPE[1]),
    min_size=SHAPE[0],
    max_size=SHAPE[0],
)
kinds = st.sampled_from(["SimpleRNN", "LSTM", "GRU"])
flags = st.fixed_dictionaries(
    {
        "return_sequences": st.booleans(),
        "go_backwards": st.booleans(),
        "zero_output_for_mask": st.booleans(),
    }
)

# One pair of layers for each configuration, as building is what takes time.
pairs = {}


def pair(kind, both, **options):
    key = (kind, both, *sorted(options.items()))
    if key not in pairs:
        made = []
        for n in (keras, kerasish):
            layer = getattr(n.layers, kind)(UNITS, return_state=True, **options)
            layer = n.layers.Bidirectional(layer) if both else layer
            layer(draw(0, *SHAPE))
            made.append(layer)
        weights = [draw(index, *w.shape) / 2 for index, w in enumerate(made[0].weights)]
        for layer in made:
            layer.set_weights(weights)
        pairs[key] = made
    return pairs[key]


@settings(max_examples=150, deadline=None)
@given(kind=kinds, both=st.booleans(), options=flags, mask=masks, initial=st.booleans())
def test_any_pattern_gives_keras_results(kind, both, options, mask, initial):
    options = {**options, "go_backwards": options["go_backwards"] and not both}
    theirs, ours = pair(kind, both, **options)
    x, mask = draw(1, *SHAPE), np.array(mask)
    count = (2 if kind == "LSTM" else 1) * (2 if both else 1)
    states = [draw(9 + index, SHAPE[0], UNITS) for index in range(count)] if initial else None
    expected = theirs(
        x,
        mask=keras.ops.convert_to_tensor(mask),
        initial_state=None if states is None else [keras.ops.convert_to_tensor(s) for s in states],
    )
    found = ours(
        torch.from_numpy(x),
        mask=torch.from_numpy(mask),
        initial_state=None if states is None else [torch.from_numpy(s) for s in states],
    )
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.detach(), other, rtol=1e-5, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(kind=kinds, options=flags, mask=masks)
def test_every_path_gives_the_same(kind, options, mask):
    """The packed kernel, the compacted one, the scan and the loop, with their gradients."""
    _, layer = pair(kind, False, **options)
    x, mask = torch.from_numpy(draw(1, *SHAPE)).double(), torch.tensor(mask)
    layer = kerasish.layers.deserialize(kerasish.layers.serialize(layer)).double()
    x.requires_grad_()
    layer(x)
    results = {}
    for path in ("packed", "compacted", "scan", "loop"):
        layer.execution_path = lambda path=path, **_: path
        outputs = layer(x, mask=mask)
        loss = sum((o * (i + 1)).square().sum() for i, o in enumerate(outputs))
        weights = [p for p in layer.parameters() if p.requires_grad]
        results[path] = [*outputs, *torch.autograd.grad(loss, [x, *weights])]
    for path in ("packed", "compacted", "scan"):
        for one, other in zip(results[path], results["loop"], strict=True):
            torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
def test_padding_does_not_leak(kind, both):
    """What stands in masked steps changes nothing, NaN included, nor any gradient."""
    layer = getattr(kerasish.layers, kind)(3, return_sequences=True, return_state=True)
    layer = kerasish.layers.Bidirectional(layer) if both else layer
    mask = torch.tensor([[1, 0, 0, 1, 1, 0], [0] * 6, [0, 1, 1, 1, 0, 0], [1] * 6]).bool()
    clean = torch.randn(SHAPE)
    dirty = clean.masked_fill(~mask[..., None], float("nan"))

    def run(x):
        x = x.clone().requires_grad_()
        outputs = layer(x, mask=mask)
        layer.zero_grad()
        sum(o.square().sum() for o in outputs).backward()
        grads = [p.grad.clone() for p in layer.parameters() if p.requires_grad]
        return [*outputs, x.grad, *grads]

    for one, other in zip(run(clean), run(dirty), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_before_the_first_valid_step_the_output_is_zero_and_the_state_the_initial_one():
    layer = kerasish.layers.LSTM(3, return_sequences=True, return_state=True)
    mask = torch.tensor([[0, 0, 1, 1], [0, 0, 0, 0]]).bool()
    states = [torch.randn(2, 3), torch.randn(2, 3)]
    output, h, c = layer(torch.randn(2, 4, 2), mask=mask, initial_state=states)
    assert not output[0, :2].any()
    assert not output[1].any()
    assert torch.equal(h[1], states[0][1])
    assert torch.equal(c[1], states[1][1])


@pytest.mark.parametrize("shape", [(4, 5), (3, 6), (4, 6, 2), (4,)])
def test_a_mask_of_another_shape_is_refused(shape):
    layer = kerasish.layers.GRU(3, name="reader")
    with pytest.raises(ValueError, match=r"'reader'.*\(4, 6\).*Received.*mask of shape"):
        layer(torch.randn(SHAPE), mask=torch.ones(shape, dtype=torch.bool))


def test_masks_travel_through_layers_that_keep_time():
    def model(n):
        inputs = n.Input((6,), dtype="int32")
        x = n.layers.Embedding(7, 3, mask_zero=True)(inputs)
        x = n.layers.Dropout(0.5)(x)
        x = n.layers.Bidirectional(n.layers.LSTM(3, return_sequences=True))(x)
        x = n.layers.TimeDistributed(n.layers.Dense(4))(x)
        return n.Model(inputs, n.layers.GRU(3)(x))

    theirs, ours = model(keras), model(kerasish)
    ours.set_weights([draw(i, *w.shape) for i, w in enumerate(theirs.weights)])
    theirs.set_weights(ours.get_weights())
    x = np.random.default_rng(0).integers(0, 3, (5, 6))
    np.testing.assert_allclose(
        ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )


def test_an_implicit_mask_is_left_out_where_an_initial_state_is_given():
    """Keras passes a mask on by itself only into calls with one tensor argument."""
    layers = {}
    for n in (keras, kerasish):
        layers[n] = n.layers.Embedding(5, 3, mask_zero=True), n.layers.GRU(3)
    x, h = np.array([[1, 2, 0, 3]]), draw(0, 1, 3)
    for n, tensor in ((keras, keras.ops.convert_to_tensor), (kerasish, torch.from_numpy)):
        layers[n][1](layers[n][0](x), initial_state=tensor(h))
    for one, other in zip(layers[kerasish], layers[keras], strict=True):
        one.set_weights(other.get_weights())
    embedding, gru = layers[keras]
    expected = gru(embedding(x), initial_state=keras.ops.convert_to_tensor(h))
    embedding, gru = layers[kerasish]
    found = gru(embedding(torch.from_numpy(x)), initial_state=torch.from_numpy(h))
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-5, atol=1e-6)
