"""Existing torch modules with Keras's call contract."""

import copy
import itertools

import keras
import numpy as np
import pytest
import torch
from torch import nn

import kerasish
from weight_port.torch import load_keras_weights

rng = np.random.default_rng(4)
X = rng.normal(size=(3, 5, 2)).astype("float32")
MASK = np.array([[1, 0, 0, 1, 1], [0, 0, 0, 0, 0], [0, 1, 1, 0, 0]], bool)
PAIRS = {
    "LSTM": (nn.LSTM, keras.layers.LSTM, 2),
    "GRU": (nn.GRU, keras.layers.GRU, 1),
    "RNN": (nn.RNN, keras.layers.SimpleRNN, 1),
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("initial", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("kind", PAIRS)
def test_as_keras(kind, both, batch_first, sequences, initial, masked):
    torch_class, keras_class, count = PAIRS[kind]
    theirs = keras_class(4, return_sequences=sequences, return_state=True)
    theirs = keras.layers.Bidirectional(theirs) if both else theirs
    theirs(X)
    module = torch_class(2, 4, batch_first=batch_first, bidirectional=both)
    load_keras_weights(module, theirs.get_weights())
    # Keras's Bidirectional gives zeros at masked steps of sequences.
    ours = kerasish.wrap(
        module,
        return_sequences=sequences,
        return_state=True,
        zero_output_for_mask=both and sequences,
    )
    states = [rng.normal(size=(3, 4)).astype("float32") for _ in range(count * (1 + both))]
    given = {"mask": MASK} if masked else {}
    given |= {"initial_state": states} if initial else {}
    expected = theirs(
        X, **{k: keras.tree.map_structure(keras.ops.array, v) for k, v in given.items()}
    )
    found = ours(X, **given)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    symbols = ours(kerasish.Input((5, 2)))
    assert [s.shape for s in symbols] == [(None, *o.shape[1:]) for o in found]


LAYERS = list(itertools.product([1, 3], [False, True], [0, 2]))


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize(("layers", "both", "proj"), LAYERS)
def test_layers_directions_and_projections(layers, both, proj):
    module = nn.LSTM(2, 4, layers, bidirectional=both, proj_size=proj, batch_first=True).eval()
    ours = kerasish.wrap(module, return_sequences=True, return_state=True)
    x = torch.from_numpy(X)
    expected, (h, c) = module(x)
    output, *states = ours(x)
    torch.testing.assert_close(output, expected, rtol=0, atol=0)
    assert all(torch.equal(a, b) for a, b in zip(states[::2], h, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(states[1::2], c, strict=True))
    again = ours(x, initial_state=states)[0]
    torch.testing.assert_close(again, module(x, (h, c))[0], rtol=0, atol=0)
    last = kerasish.wrap(module)(x)
    size = (proj or 4) * (1 + both)
    assert last.shape == (3, size)
    torch.testing.assert_close(last[:, : size // (1 + both)], h[-1 - both])
    # A masked row gives what the module gives for its valid steps alone.
    masked, *_ = ours(x, mask=MASK)
    torch.testing.assert_close(masked[0, [0, 3, 4]], module(x[:1, [0, 3, 4]])[0][0])


def test_weights_are_shared_and_train():
    module = nn.GRU(2, 4, batch_first=True)
    layer = kerasish.wrap(module)
    assert [p is q for p, q in zip(layer.parameters(), module.parameters(), strict=True)] == [
        True
    ] * 4
    layer(torch.from_numpy(X)).sum().backward()
    assert module.weight_ih_l0.grad is not None
    assert layer.count_params() == sum(p.numel() for p in module.parameters())


def test_dropout_between_layers_follows_the_training_flag():
    module = nn.LSTM(2, 16, 2, dropout=0.5, batch_first=True)
    layer = kerasish.wrap(module)
    x = torch.from_numpy(X)
    assert torch.equal(layer(x), layer(x))
    assert not torch.equal(layer(x, training=True), layer(x, training=True))
    assert torch.equal(layer(x), layer(x))
    layer.train()
    assert not torch.equal(layer(x), layer(x))
    assert torch.equal(layer(x, training=False), layer(x, training=False))
    assert module.training


def test_modules_in_models():
    norm, lstm = nn.LayerNorm(2), nn.LSTM(2, 3, batch_first=True)
    inputs = kerasish.Input((5, 2))
    x = kerasish.wrap(norm)(inputs)
    outputs = kerasish.wrap(lstm, return_state=True)(x)
    model = kerasish.Model(inputs, outputs)
    expected = lstm(norm(torch.from_numpy(X)))[1]
    for one, other in zip(model.predict(X, verbose=0), [expected[0][0], *expected], strict=False):
        np.testing.assert_allclose(one, other.detach().reshape(3, 3), rtol=1e-5, atol=1e-6)
    assert norm.weight is model.layers[1].module.weight
    stack = kerasish.Sequential([kerasish.Input((5, 2)), nn.Linear(2, 7), nn.ReLU()])
    assert stack.output_shape == (None, 5, 7)
    assert copy.deepcopy(stack)(X).shape == (3, 5, 7)
    assert stack.count_params() == 21


WRONG = {
    "not a module": (lambda: kerasish.wrap(3), "Received: 3"),
    "a layer": (lambda: kerasish.wrap(kerasish.layers.LSTM(2)), "layer already"),
    "option": (lambda: kerasish.wrap(nn.LSTM(2, 3), go_backward=True), "go_backward"),
    "features": (lambda: kerasish.wrap(nn.GRU(3, 2), name="it")(X), r"'it'.*size 3.*\(3, 5, 2\)"),
    "states": (
        lambda: kerasish.wrap(nn.LSTM(2, 4), name="it")(X, initial_state=[np.ones((3, 4))]),
        r"'it'.*\(3, 4\), \(3, 4\).*Received: .*\[\(3, 4\)\]",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use(name):
    use, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        use()


def test_configuration_is_refused():
    with pytest.raises(NotImplementedError, match=r"state_dict.*Received: LSTM"):
        kerasish.wrap(nn.LSTM(2, 3)).get_config()
