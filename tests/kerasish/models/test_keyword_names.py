"""Layers named after words of Python, as `Lambda` layers are by default."""

import torch

import kerasish


def test_words_of_python_as_names():
    inputs = kerasish.Input((3,))
    x = kerasish.layers.Lambda(lambda value: value + 1)(inputs)
    model = kerasish.Model(inputs, kerasish.layers.Dense(2, name="class")(x))
    assert [layer.name for layer in model.layers[1:]] == ["lambda", "class"]
    data = torch.ones(2, 3)
    kernel, bias = (torch.from_numpy(weight) for weight in model.get_weights())
    torch.testing.assert_close(model(data), (data + 1) @ kernel + bias)
