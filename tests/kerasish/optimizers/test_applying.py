"""The life cycle: building, applying, and what is refused on the way."""

import keras
import numpy as np
import pytest
import torch
from torch import nn

import kerasish
from kerasish import optimizers


def dense():
    layer = kerasish.layers.Dense(2, name="out")
    layer.build((None, 3))
    return layer


def test_the_life_cycle_of_keras():
    layer = dense()
    optimizer = optimizers.Adam(0.5)
    assert not optimizer.built
    assert [v.name for v in optimizer.variables] == ["iteration", "learning_rate"]
    optimizer.build(layer.trainable_variables)
    assert optimizer.built
    optimizer.build([])
    assert len(optimizer.variables) == 6
    optimizer.apply([np.ones((3, 2)), np.ones(2)])
    assert optimizer.iterations.numpy() == 1
    assert int(optimizer.iterations) == 1
    assert optimizer.iterations.dtype == "int64"
    assert optimizer.iterations % 2 == 1
    assert optimizer.iterations == 1
    assert optimizer.iterations != torch.tensor(2)
    assert list(range(optimizer.iterations)) == [0]
    assert isinstance(hash(optimizer.iterations), int)
    assert optimizer.iterations > 0
    assert f"{optimizer.learning_rate:.2f}" == "0.50"
    optimizer.learning_rate.assign(0.25)
    assert optimizer.param_groups[0]["lr"] == 0.25
    optimizer.learning_rate = optimizer.learning_rate * 0.5
    assert float(optimizer.learning_rate) == 0.125
    optimizer.apply([], [])
    assert int(optimizer.iterations) == 1
    weights = optimizer.get_weights()
    assert [w.shape for w in weights] == [(), (), (3, 2), (3, 2), (2,), (2,)]
    weights[2] = np.full((3, 2), 7.0)
    optimizer.set_weights(weights)
    assert optimizer.variables[2].numpy().tolist() == [[7.0, 7.0]] * 3


def test_missing_gradients():
    layer = dense()
    optimizer = optimizers.SGD(0.5)
    before = layer.get_weights()
    with pytest.warns(UserWarning, match=r"no gradients for the variables \['out/kernel'\]"):
        optimizer.apply_gradients(
            zip([None, torch.ones(2)], layer.trainable_variables, strict=True)
        )
    after = layer.get_weights()
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_array_equal(after[1], before[1] - 0.5)
    with pytest.raises(ValueError, match=r"No gradients provided.*\['out/kernel', 'out/bias'\]"):
        optimizer.apply([None, None])


def test_what_does_not_fit():
    layer, other = dense(), dense()
    optimizer = optimizers.SGD(0.5)
    with pytest.raises(ValueError, match=r"has no variables yet.*Received: 1 gradients"):
        optimizer.apply([np.ones(2)])
    with pytest.raises(RuntimeError, match=r"has no variables yet.*Received: step\(\)"):
        optimizer.step()
    with pytest.raises(ValueError, match=r"has no variables yet.*Received: load_state_dict"):
        optimizer.load_state_dict({})
    with pytest.raises(ValueError, match=r"remembers nothing before.*Received: set_weights"):
        optimizer.set_weights([])
    optimizer.build(layer)
    with pytest.raises(
        ValueError, match=r"built on other variables.*'out/kernel' of shape \(3, 2\)"
    ):
        optimizer.apply([np.ones((3, 2)), np.ones(2)], other.trainable_variables)
    with pytest.raises(ValueError, match=r"for each of 2 variables. Received: 1 gradients"):
        optimizer.apply([np.ones((3, 2))])
    with pytest.raises(ValueError, match=r"shape \(3, 2\). Received: a gradient of shape \(2, 3\)"):
        optimizer.apply([np.ones((2, 3)), np.ones(2)])
    with pytest.raises(ValueError, match=r"have the shapes.*Received: \[\(\)\]"):
        optimizer.set_weights([np.zeros(())])
    with pytest.raises(TypeError, match=r"trains variables.*Received: 3 of type int"):
        optimizers.SGD([3])
    with pytest.raises(TypeError, match=r"not to a module. Received: Dense"):
        optimizer.apply([np.ones(1)], [layer])
    with pytest.raises(ValueError, match=r"got no parameters. Received: \[\]"):
        optimizers.SGD([], 0.1)
    unbuilt = kerasish.layers.Dense(2, name="later")
    for model in (unbuilt, nn.Sequential(nn.Linear(3, 3), unbuilt)):
        with pytest.raises(ValueError, match=r"'later' \(Dense\) has no weights before.*Received"):
            optimizers.SGD(model, 0.1)
    model = kerasish.Sequential([unbuilt])
    with pytest.raises(ValueError, match=r"\(Sequential\) has no weights before it is built"):
        optimizers.SGD(0.1).build(model)
    assert layer.bias.numpy().tolist() == [0, 0]


def test_sparse_gradients_are_refused():
    embedding = nn.Embedding(4, 2, sparse=True)
    optimizer = optimizers.SGD(embedding.parameters())
    embedding(torch.tensor([1])).sum().backward()
    with pytest.raises(RuntimeError, match=r"sparse=False.*Received: .*layout torch.sparse_coo"):
        optimizer.step()


def test_an_option_changed_too_late():
    parameter = nn.Parameter(torch.ones(2))
    optimizer = optimizers.SGD([parameter], 0.1)
    optimizer.momentum = 0.5
    parameter.grad = torch.ones(2)
    with pytest.raises(RuntimeError, match=r"has no 'momentum'.*Received: state with \[\]"):
        optimizer.step()


def test_a_state_of_another_length_is_left_unread():
    optimizer = optimizers.Adam(0.5)
    optimizer.build(dense())
    with pytest.warns(UserWarning, match=r"is not loaded: it has 6 variables and the file 1"):
        optimizer.load_own_variables({"0": np.array(3)})
    assert int(optimizer.iterations) == 0


def test_half_precision_and_mixed_types():
    half = nn.Parameter(torch.ones(3, dtype=torch.bfloat16))
    double = nn.Parameter(torch.ones(2, dtype=torch.float64))
    single = nn.Parameter(torch.ones(2))
    optimizer = optimizers.Adam([half, double, single], 0.5, global_clipnorm=1.0)
    for parameter in (half, double, single):
        parameter.grad = torch.full_like(parameter, 2.0)
    optimizer.step()
    for parameter in (half, double, single):
        assert parameter.detach().double().numpy() == pytest.approx(0.5, abs=1e-2)
        assert optimizer.state[parameter]["momentum"].dtype == parameter.dtype


def test_gradients_are_left_as_they_were():
    parameter = nn.Parameter(torch.ones(3))
    for options in ({"clipnorm": 0.1}, {"clipvalue": 0.1}, {"loss_scale_factor": 2.0}):
        optimizer = optimizers.Adam([parameter], 0.5, weight_decay=0.5, **options)
        parameter.grad = torch.full((3,), 3.0)
        optimizer.step()
        assert parameter.grad.tolist() == [3.0] * 3


def test_an_infinite_global_norm_makes_nan_as_in_keras():
    grads = [np.array([np.inf, 1.0], "float32"), np.array([1.0], "float32")]
    ours = [nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(1))]
    theirs = [keras.Variable(np.ones(2)), keras.Variable(np.ones(1))]
    optimizers.SGD(0.5, global_clipnorm=1.0).apply(grads, ours)
    keras.optimizers.SGD(0.5, global_clipnorm=1.0).apply(
        [keras.ops.convert_to_tensor(g) for g in grads], theirs
    )
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a.detach().numpy(), b.numpy())
        assert np.isnan(b.numpy()).all()


def test_scaled_loss():
    optimizer = optimizers.SGD(0.5, loss_scale_factor=8.0)
    assert optimizer.scale_loss(torch.tensor(2.0)) == 16
    assert optimizers.SGD(0.5).scale_loss(2.0) == 2.0
