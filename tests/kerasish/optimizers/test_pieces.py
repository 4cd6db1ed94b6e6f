"""Variables and the torch parameters behind them; which kernel takes a step."""

import numpy as np
import pytest
import torch
from torch import nn

import kerasish
from kerasish import optimizers
from kerasish.layers.base.weight_spec import WeightSpec
from kerasish.optimizers.base.adam_kernel import runs_fused
from kerasish.optimizers.base.trained_variable import trained_variable, trained_variables
from weight_port import layouts, transform


class PackedAttention(kerasish.Layer):
    """A layer whose three projections lie in one matrix of torch."""

    held_module = "attention"

    def build(self, input_shape):
        self.layout = layouts.get("MultiHeadAttention", num_heads=2)
        self.attention = nn.MultiheadAttention(input_shape[-1], 2, batch_first=True)
        for name in self.layout.names:
            self._weight_specs[name] = WeightSpec(name)

    def call(self, x):
        return self.attention(x, x, x)[0]


def attention():
    torch.manual_seed(0)
    layer = PackedAttention()
    layer.build((None, 5, 6))
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_()
            parameter.grad = torch.randn_like(parameter)
    return layer


def gru():
    torch.manual_seed(0)
    layer = kerasish.layers.GRU(4)
    layer.build((None, 5, 3))
    for parameter in layer.parameters():
        parameter.grad = torch.randn_like(parameter)
    return layer


LAYERS = {
    "attention": attention,
    "gru": gru,
}


def keras_gradients(layer):
    """Gradients in Keras's layout, by the layout table alone."""
    module = getattr(layer, layer.held_module)
    grads = {name: p.grad for name, p in module.named_parameters()}
    return [
        transform.weight_to_keras(layer.layout, v.name, grads) for v in layer.trainable_variables
    ]


@pytest.mark.parametrize("case", LAYERS)
def test_pieces_are_what_the_table_says(case):
    layer = LAYERS[case]()
    variables = trained_variables(layer)
    assert [v.path for v in variables] == [v.path for v in layer.trainable_variables]
    assert len({v.key for v in variables}) == len(variables)
    for variable, expected in zip(variables, keras_gradients(layer), strict=True):
        grads = [piece.of(piece.parameter.grad) for piece in variable.pieces]
        found = variable.to_keras(grads)
        assert torch.equal(found, expected)
        assert found.shape == variable.handle.shape
        for back, grad in zip(variable.to_torch(found), grads, strict=True):
            assert torch.equal(back, grad)


@pytest.mark.parametrize("rule", ["Adam", "Adafactor", "Lamb", "Muon", "SGD"])
@pytest.mark.parametrize("case", LAYERS)
def test_a_step_is_that_on_weights_in_keras_layout(case, rule):
    """The rule sees each weight whole, and in Keras's layout, wherever its numbers lie."""
    layer = LAYERS[case]()
    plain = [nn.Parameter(v.value.detach().clone()) for v in layer.trainable_variables]
    options = {"clipnorm": 0.5, "weight_decay": 0.25, "use_ema": True}
    make = getattr(optimizers, rule)
    one, other = make(layer, 0.125, **options), make(plain, 0.125, **options)
    for _ in range(3):
        for parameter, grad in zip(plain, keras_gradients(layer), strict=True):
            parameter.grad = grad.clone()
        one.step()
        other.step()
    for variable, parameter in zip(layer.trainable_variables, plain, strict=True):
        torch.testing.assert_close(variable.value, parameter, rtol=1e-5, atol=1e-6)
    weights = zip(one.get_weights(), other.get_weights(), strict=True)
    for number, (a, b) in enumerate(weights):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6, err_msg=str(number))
    again = make(layer, 0.5, **options)
    again.set_weights(one.get_weights())
    for a, b in zip(again.get_weights(), one.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("case", LAYERS)
def test_gradients_of_variables_can_be_given_back(case):
    """The loop of Keras's guide: gradients are read of the variables, and applied to them."""
    layer, other = LAYERS[case](), LAYERS[case]()
    other.load_state_dict(layer.state_dict())
    for a, b in zip(other.parameters(), layer.parameters(), strict=True):
        a.grad = None if b.grad is None else b.grad.clone()
    variables = layer.trainable_variables
    grads = [variable.grad for variable in variables]
    for found, expected in zip(grads, keras_gradients(layer), strict=True):
        assert torch.equal(found, expected)
    optimizers.SGD(0.5, clipnorm=1.0).apply(grads, variables)
    optimizers.SGD(other, 0.5, clipnorm=1.0).step()
    for a, b in zip(layer.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    layer.zero_grad()
    assert [variable.grad for variable in variables] == [None] * len(variables)


def test_a_gradient_of_half_a_variable():
    """Where one of a GRU's two biases has no gradient, it counts as zeros."""
    layer = gru()
    layer.rnn.bias_hh_l0.grad = None
    before = layer.bias.numpy()
    optimizers.SGD(layer, 1.0).step()
    moved = before - layer.bias.numpy()
    assert moved[0].any()
    assert not moved[1].any()


def test_one_variable_of_a_layer():
    layer = gru()
    assert trained_variable(layer.kernel).key == trained_variables(layer)[0].key
    before = layer.get_weights()
    optimizer = optimizers.SGD([layer.recurrent_kernel], 1.0)
    optimizer.step()
    moved = [not np.array_equal(a, b) for a, b in zip(before, layer.get_weights(), strict=True)]
    assert moved == [False, True, False]


def test_which_kernel_takes_adams_step():
    single, half = torch.ones(2, 3), torch.ones(2, 3, dtype=torch.bfloat16)
    assert runs_fused([single], [single])
    assert runs_fused([single.double()], [single.double()])
    assert not runs_fused([half], [half])
    assert not runs_fused([single], [single.T.contiguous().T])
    assert not runs_fused([single.T], [single])
    assert not runs_fused([single.to("meta")], [single.to("meta")])


@pytest.mark.parametrize("amsgrad", [False, True])
def test_both_kernels_take_the_same_steps(amsgrad):
    torch.manual_seed(0)
    value = torch.randn(4, 3, dtype=torch.float64)
    rows, columns = nn.Parameter(value.clone()), nn.Parameter(value.T.contiguous().T)
    assert not columns.is_contiguous()
    one = optimizers.Adam([rows], 0.1, beta_2=0.5, epsilon=0.25, amsgrad=amsgrad)
    other = optimizers.Adam([columns], 0.1, beta_2=0.5, epsilon=0.25, amsgrad=amsgrad)
    for _ in range(10):
        rows.grad = torch.randn(4, 3, dtype=torch.float64)
        columns.grad = rows.grad.clone()
        one.step()
        other.step()
    torch.testing.assert_close(rows, columns, rtol=1e-13, atol=1e-13)
    assert not torch.equal(rows, value)


def test_variables_that_join_later():
    first, second = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    for rule in ("Nadam", "Adam", "Adafactor", "SGD"):
        optimizer = getattr(optimizers, rule)([first], 0.5, use_ema=True)
        first.grad = torch.ones(2)
        optimizer.step()
        optimizer.add_param_group({"params": [second], "lr": 0.25})
        second.grad = torch.ones(2)
        before = second.detach().clone()
        optimizer.step()
        assert (second < before).all()
        assert int(optimizer.iterations) == 2
        names = [v.name for v in optimizer.variables]
        assert sum("parameter_1" in name for name in names) == sum(
            "parameter_0" in name for name in names
        )


def test_rates_are_kept_in_the_default_type():
    parameter = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    parameter.grad = torch.ones(1, dtype=torch.float64)
    optimizer = optimizers.SGD([parameter], 0.1)
    optimizer.step()
    assert parameter.item() == -float(np.float32(0.1))
    kerasish.config.set_floatx("float64")
    try:
        optimizer.step()
        assert optimizer.learning_rate.dtype == "float64"
        assert parameter.item() == -float(np.float32(0.1)) - 0.1
    finally:
        kerasish.config.set_floatx("float32")
