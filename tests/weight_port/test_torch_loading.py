"""Loading into plain torch modules: what is written, what is refused, what is left alone."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from weight_port import layouts
from weight_port.errors import LayoutError, WeightMismatchError
from weight_port.torch import layout_of, load_keras_weights, to_keras_weights

MODULES = {
    "LSTM": lambda: nn.LSTM(3, 4),
    "LSTM without bias": lambda: nn.LSTM(3, 4, bias=False),
    "LSTM stacked": lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True),
    "GRU": lambda: nn.GRU(3, 4),
    "GRU stacked": lambda: nn.GRU(3, 4, num_layers=3, bidirectional=True, bias=False),
    "RNN": lambda: nn.RNN(3, 4, num_layers=2),
    "LSTMCell": lambda: nn.LSTMCell(3, 4),
    "GRUCell": lambda: nn.GRUCell(3, 4, bias=False),
    "RNNCell": lambda: nn.RNNCell(3, 4),
    "Linear": lambda: nn.Linear(3, 4),
    "Linear without bias": lambda: nn.Linear(3, 4, bias=False),
    "Embedding": lambda: nn.Embedding(5, 4, padding_idx=0),
    "Conv1d": lambda: nn.Conv1d(4, 6, 3, groups=2),
    "Conv2d": lambda: nn.Conv2d(4, 6, (2, 3), bias=False),
    "Conv3d": lambda: nn.Conv3d(2, 3, (1, 2, 3)),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(4, 6, 3),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(4, 6, (2, 3)),
    "ConvTranspose3d": lambda: nn.ConvTranspose3d(2, 3, (1, 2, 3)),
    "LayerNorm": lambda: nn.LayerNorm((2, 3)),
    "LayerNorm bare": lambda: nn.LayerNorm(3, elementwise_affine=False),
    "RMSNorm": lambda: nn.RMSNorm(3),
    "BatchNorm1d": lambda: nn.BatchNorm1d(3),
    "BatchNorm2d": lambda: nn.BatchNorm2d(3, affine=False),
    "BatchNorm3d": lambda: nn.BatchNorm3d(3),
    "GroupNorm": lambda: nn.GroupNorm(2, 4),
    "MultiheadAttention": lambda: nn.MultiheadAttention(6, 2),
    "MultiheadAttention without bias": lambda: nn.MultiheadAttention(6, 2, bias=False),
    "MultiheadAttention separate": lambda: nn.MultiheadAttention(6, 2, kdim=3, vdim=5),
    "PReLU": lambda: nn.PReLU(4),
}


def randomize(module):
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.normal_()
    return module


@pytest.mark.parametrize("as_list", [False, True], ids=["mapping", "list"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", MODULES)
def test_what_is_read_back_is_what_was_loaded(name, dtype, as_list):
    keras = to_keras_weights(randomize(MODULES[name]().to(dtype)))
    module = randomize(MODULES[name]().to(dtype))
    pointers = {n: t.data_ptr() for n, t in module.state_dict().items()}
    trained = [p.requires_grad for p in module.parameters()]
    load_keras_weights(module, list(keras.values()) if as_list else keras)
    back = to_keras_weights(module)
    assert list(back) == list(keras)
    assert back or name == "LayerNorm bare"
    for key, array in keras.items():
        assert back[key].dtype == array.dtype == np.dtype(str(dtype).removeprefix("torch."))
        np.testing.assert_array_equal(back[key], array)
    assert {n: t.data_ptr() for n, t in module.state_dict().items()} == pointers
    assert [p.requires_grad for p in module.parameters()] == trained


def test_the_recurrent_bias_becomes_zero_and_can_be_frozen():
    keras = to_keras_weights(nn.LSTM(3, 4, 2))
    module = randomize(nn.LSTM(3, 4, 2))
    load_keras_weights(module, keras, freeze_recurrent_bias=True)
    assert not module.bias_hh_l0.any()
    assert not module.bias_hh_l1.any()
    frozen = [n for n, p in module.named_parameters() if not p.requires_grad]
    assert frozen == ["bias_hh_l0", "bias_hh_l1"]
    torch.testing.assert_close(module.bias_ih_l1, torch.from_numpy(keras["1/bias"]))
    gru = nn.GRU(3, 4)
    load_keras_weights(gru, to_keras_weights(gru), freeze_recurrent_bias=True)
    assert all(p.requires_grad for p in gru.parameters())


def test_frozen_bias_makes_one_step_of_sgd_the_step_of_one_bias():
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    modules = [nn.LSTM(3, 4, batch_first=True, dtype=torch.float64) for _ in range(2)]
    keras = to_keras_weights(modules[0])
    steps = []
    for module, freeze in zip(modules, (True, False), strict=True):
        load_keras_weights(module, keras, freeze_recurrent_bias=freeze)
        optimizer = torch.optim.SGD([p for p in module.parameters() if p.requires_grad], lr=0.1)
        module(x)[0].sum().backward()
        optimizer.step()
        steps.append(to_keras_weights(module)["bias"] - keras["bias"])
    np.testing.assert_allclose(2 * steps[0], steps[1], rtol=1e-9)


def test_loads_tensors_read_only_arrays_and_lower_precision():
    module = nn.Linear(2, 3, dtype=torch.float64)
    kernel = np.arange(6, dtype="float32").reshape(2, 3)[::-1]
    kernel.flags.writeable = False
    bias = torch.ones(3, dtype=torch.float16, requires_grad=True)
    load_keras_weights(module, [kernel, bias])
    assert module.weight.dtype == torch.float64
    np.testing.assert_array_equal(module.weight.detach(), kernel.T)
    assert module.bias.tolist() == [1, 1, 1]
    assert module.bias.is_leaf


def test_loads_bfloat16_arrays_bit_by_bit():
    import ml_dtypes  # Keras's get_weights() of a bfloat16 layer gives these

    kernel = np.random.default_rng(0).normal(size=(2, 3)).astype(ml_dtypes.bfloat16)
    module = nn.Linear(2, 3, bias=False, dtype=torch.bfloat16)
    load_keras_weights(module, [kernel])
    bits = module.weight.detach().view(torch.int16).numpy()
    np.testing.assert_array_equal(bits, kernel.T.view(np.int16))


def test_read_weights_are_copies():
    module = nn.Linear(2, 3)
    keras = to_keras_weights(module)
    before = module.weight.detach().clone()
    keras["kernel"][...] = 7
    assert torch.equal(module.weight, before)


def test_a_layout_can_be_given():
    module = nn.Conv2d(3, 6, (2, 3), groups=3)
    layout = layouts.get("DepthwiseConv2D", depth_multiplier=2)
    kernel, bias = np.random.default_rng(0).normal(size=(2, 3, 3, 2)), np.zeros(6)
    load_keras_weights(module, [kernel, bias], layout=layout)
    # Output channel 2 * i + m of a depthwise convolution is multiplier m of input channel i.
    expected = torch.from_numpy(kernel[:, :, 1, 0]).float()
    torch.testing.assert_close(module.weight[2, 0].detach(), expected)
    assert to_keras_weights(module, layout=layout)["kernel"].shape == (2, 3, 3, 2)
    prelu, alpha = nn.PReLU(4), np.arange(4.0).reshape(1, 1, 4)
    load_keras_weights(prelu, [alpha], layout=layouts.get("PReLU", spatial_rank=2))
    assert prelu.weight.tolist() == [0, 1, 2, 3]


def test_running_count_is_left_alone():
    module = nn.BatchNorm1d(2)
    module.num_batches_tracked.fill_(5)
    load_keras_weights(module, [np.ones(2) * i for i in range(4)])
    assert module.num_batches_tracked == 5
    assert module.running_var.tolist() == [3, 3]
    assert list(to_keras_weights(module)) == ["gamma", "beta", "moving_mean", "moving_variance"]


def snapshot(module):
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


Z = np.zeros


@pytest.mark.parametrize(
    ("module", "arrays", "lines"),
    [
        (
            nn.LSTM(3, 4),
            [Z((3, 20)), Z((4, 16)), Z(20)],
            [
                r"kernel: weight_ih_l0 \(16, 3\) takes .* \(3, 16\)\. Received: shape \(3, 20\)",
                r"bias: bias_ih_l0 \(16,\), bias_hh_l0 \(16,\) .* \(16,\)\. .*shape \(20,\)",
            ],
        ),
        (nn.LSTM(3, 4), [Z((3, 16)), Z((4, 16))], [r"3 arrays are needed.*Received: 2 arrays"]),
        (nn.LSTM(3, 4, bias=False), [Z((3, 16)), Z((4, 16)), Z(16)], ["2 arrays are needed"]),
        (
            nn.GRU(3, 4),
            {"kernel": Z((3, 12)), "bias": Z(12), "beta": Z(1)},
            [
                "beta: the module has no such weight",
                "recurrent_kernel: missing",
                r"takes the Keras shape \(2, 12\).*\(12,\); this is the bias of reset_after=False",
            ],
        ),
        (nn.Linear(3, 4), [Z((4, 3)), Z(4)], [r"\(3, 4\)\. Received: shape \(4, 3\)"]),
        (nn.BatchNorm1d(2, track_running_stats=False), [Z(2)] * 4, ["running_mean", "running_var"]),
        (nn.RMSNorm(2, elementwise_affine=False), [], ["scale: the module has no weight"]),
        (
            nn.Sequential(nn.Linear(1, 1)),
            [Z((1, 1)), Z(1)],
            ["kernel: the module has no weight", "0.weight: Keras has no such weight"],
        ),
    ],
)
def test_every_mismatch_is_reported_and_nothing_written(module, arrays, lines):
    randomize(module)
    before = snapshot(module)
    layout = layouts.get("Dense") if isinstance(module, nn.Sequential) else None
    with pytest.raises(WeightMismatchError) as caught:
        load_keras_weights(module, arrays, layout=layout)
    for line in lines:
        assert any(re.search(line, m) for m in caught.value.mismatches), caught.value
    assert len(caught.value.mismatches) >= len(lines)
    assert all(m in str(caught.value) for m in caught.value.mismatches)
    after = module.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.LSTM(3, 4, proj_size=2), "no projection.*LSTM with proj_size=2"),
        (nn.ConvTranspose2d(4, 4, 3, groups=2), "no groups.*groups=2"),
        (nn.MultiheadAttention(4, 2, add_bias_kv=True), "add_bias_kv=True"),
        (nn.Bilinear(1, 2, 3), "Only these torch modules.*Received: Bilinear"),
    ],
)
def test_modules_that_keras_does_not_have(module, message):
    for call in (layout_of, to_keras_weights, lambda m: load_keras_weights(m, [])):
        with pytest.raises(LayoutError, match=message):
            call(module)


def test_reading_a_module_that_lacks_a_weight_or_has_one_more():
    with pytest.raises(WeightMismatchError, match="moving_mean: the module has no running_mean"):
        to_keras_weights(nn.BatchNorm1d(2, track_running_stats=False))
    module = nn.Linear(1, 1)
    module.register_buffer("scale", torch.ones(1))
    with pytest.raises(WeightMismatchError, match="scale: Keras has no such weight"):
        to_keras_weights(module)


def test_a_module_on_the_meta_device_is_refused():
    with pytest.raises(LayoutError, match=r"to_empty.*meta device"):
        load_keras_weights(nn.Linear(1, 1, device="meta"), [Z((1, 1)), Z(1)])


def test_a_subclass_has_the_layout_of_its_base():
    class Mine(nn.LSTM):
        pass

    assert layout_of(Mine(1, 2)) is layouts.get("LSTM")
    assert layout_of(nn.SyncBatchNorm(1)) is layouts.get("BatchNormalization")
