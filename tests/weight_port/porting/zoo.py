"""One text model, in Keras's way and written by hand in torch."""

import numpy as np
import torch
from torch import nn

TOKENS = np.random.default_rng(0).integers(0, 20, (3, 7))


def text_model(framework, names=("emb", "both", "gru", "norm", "head"), width=5):
    """A model of Keras or of anything that is called like it."""
    layers = framework.layers
    inputs = framework.Input((7,), dtype="int32")
    x = layers.Embedding(20, 4, name=names[0])(inputs)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name=names[1])(x)
    x = layers.GRU(width, return_sequences=True, name=names[2])(x)
    x = layers.TimeDistributed(layers.Dense(4, activation="tanh"), name=names[3])(x)
    outputs = layers.Dense(2, name=names[4])(x)
    return framework.Model(inputs, outputs)


class TextModule(nn.Module):
    """The same in torch, its modules in the order of the model but under names of its own."""

    def __init__(self, width=5):
        super().__init__()
        self.lookup = nn.Embedding(20, 4)
        self.birnn = nn.LSTM(4, 3, batch_first=True, bidirectional=True)
        self.rnn = nn.GRU(6, width, batch_first=True)
        self.inner = nn.Linear(width, 4)
        self.classifier = nn.Linear(4, 2)

    def forward(self, tokens):
        x = self.rnn(self.birnn(self.lookup(tokens))[0])[0]
        return self.classifier(torch.tanh(self.inner(x)))


def randomize(model, seed=0):
    """Give a Keras-like model or a torch module random weights, none of them alike."""
    generator = np.random.default_rng(seed)
    if hasattr(model, "set_weights"):
        model.set_weights([draw(generator, w.shape) for w in model.get_weights()])
        return model
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(torch.from_numpy(draw(generator, tuple(tensor.shape))))
    return model


def draw(generator, shape):
    return generator.uniform(0.1, 0.9, shape).astype("float32") * generator.choice([-1, 1], shape)


def outputs_of(model, inputs=TOKENS):
    """The outputs for the tokens, whatever the model is."""
    if not isinstance(model, nn.Module):
        return np.asarray(model(inputs))
    with torch.no_grad():
        return model(torch.from_numpy(inputs)).numpy()


def assert_same_outputs(first, second, inputs=TOKENS):
    np.testing.assert_allclose(
        outputs_of(first, inputs), outputs_of(second, inputs), rtol=1e-5, atol=1e-6
    )
