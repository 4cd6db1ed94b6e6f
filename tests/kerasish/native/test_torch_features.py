"""What PyTorch offers must work on a Functional RNN model as on any module."""

import copy
import io
import pickle

import pytest
import torch
from torch import nn

from kerasish.layers import GRU, LSTM, Bidirectional, Input, SimpleRNN
from kerasish.models import Model


@pytest.fixture(scope="module")
def model():
    inputs = Input((6, 2))
    hidden = LSTM(5, return_sequences=True, name="lstm")(inputs)
    hidden = Bidirectional(GRU(4, return_sequences=True), name="both")(hidden)
    outputs = SimpleRNN(3, return_state=True, name="rnn")(hidden)
    return Model(inputs, outputs)


@pytest.fixture
def x():
    return torch.randn(3, 6, 2, generator=torch.Generator().manual_seed(0))


def assert_same(first, second, **tolerance):
    first = first if isinstance(first, (list, tuple)) else [first]
    second = second if isinstance(second, (list, tuple)) else [second]
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        torch.testing.assert_close(one, other, **tolerance)


@pytest.mark.parametrize("masked", [False, True])
def test_compile_whole_graph(model, x, masked):
    torch._dynamo.reset()
    mask = torch.tensor([[1, 0, 1, 1, 0, 1], [0] * 6, [1] * 6]).bool() if masked else None
    compiled = torch.compile(lambda x: model(x, mask=mask), fullgraph=True, backend="aot_eager")
    x = x.requires_grad_()
    expected, found = model(x, mask=mask), compiled(x)
    assert_same(found, expected, rtol=1e-5, atol=1e-6)
    weights = [p for p in model.parameters() if p.requires_grad]
    assert_same(
        torch.autograd.grad(found[0].square().sum(), [x, *weights]),
        torch.autograd.grad(expected[0].square().sum(), [x, *weights]),
        rtol=1e-4,
        atol=1e-6,
    )


# A bare nn.LSTM gives the same warning: export swaps the entries of its list of weights.
exporting = pytest.mark.filterwarnings("ignore:The tensor attributes .*_flat_weights")


@exporting
@pytest.mark.parametrize("strict", [False, True])
def test_export(model, x, strict):
    torch._dynamo.reset()
    exported = torch.export.export(model, (x,), strict=strict)
    assert_same(exported.module()(x), model(x), rtol=1e-5, atol=1e-6)


@exporting
def test_export_with_a_free_batch_axis(model, x):
    batch = torch.export.Dim("batch", min=2, max=64)
    exported = torch.export.export(model, (x,), dynamic_shapes=({0: batch},), strict=False)
    larger = torch.randn(7, 6, 2)
    assert_same(exported.module()(larger), model(larger), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))],
    ids=["deepcopy", "pickle"],
)
def test_copies_are_equal_and_apart(model, x, copied):
    other = copied(model)
    assert_same(other(x), model(x), rtol=0, atol=0)
    assert other.name == model.name
    assert [layer.name for layer in other.layers] == [layer.name for layer in model.layers]
    with torch.no_grad():
        other.lstm.rnn.weight_ih_l0.add_(1)
    assert not torch.equal(other(x)[0], model(x)[0])
    # The copy is a whole model: its symbols describe further models.
    features = Model(other.input, other.get_layer("lstm").output)
    assert features(x).shape == (3, 6, 5)


def test_save_and_load_weights_only(model, x):
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    buffer.seek(0)
    other = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_state_dict(torch.load(buffer, weights_only=True))
    assert_same(other(x), model(x), rtol=0, atol=0)


def test_state_dict_fits_a_bare_module(model, x):
    bare = nn.LSTM(2, 5, batch_first=True)
    state = {
        key.removeprefix("lstm.rnn."): value
        for key, value in model.state_dict().items()
        if key.startswith("lstm.")
    }
    bare.load_state_dict(state, strict=True)
    torch.testing.assert_close(bare(x)[0], model.lstm(x))


def test_functional_call(model, x):
    zeros = {name: torch.zeros_like(p) for name, p in model.named_parameters()}
    assert_same(torch.func.functional_call(model, zeros, (x,)), [torch.zeros(3, 3)] * 2)
    doubled = {name: p * 2 for name, p in model.named_parameters()}
    expected = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in expected.parameters():
            parameter.mul_(2)
    assert_same(torch.func.functional_call(model, doubled, (x,)), expected(x))


def test_hooks_of_model_layer_and_kernel_run(model, x):
    seen = []
    modules = {"model": model, "lstm": model.lstm, "kernel": model.lstm.rnn}
    handles = [
        module.register_forward_hook(lambda m, i, o, name=name: seen.append(name))
        for name, module in modules.items()
    ]
    try:
        model(x)
    finally:
        for handle in handles:
            handle.remove()
    assert seen == ["kernel", "lstm", "model"]


def test_a_replaced_layer_runs_and_is_copied(model, x):
    changed = copy.deepcopy(model)
    new = LSTM(5, return_sequences=True, name="lstm")
    new(x)
    changed.lstm = new
    assert changed.get_layer("lstm") is new
    expected = copy.deepcopy(model)
    expected.lstm.set_weights(new.get_weights())
    assert_same(changed(x), expected(x))
    assert_same(copy.deepcopy(changed)(x), expected(x))


@pytest.mark.filterwarnings("ignore:.*quantize.*:UserWarning")
def test_quantize_dynamic_replaces_the_kernel(x):
    from torch.ao.nn.quantized.dynamic import LSTM as QuantizedLSTM

    inputs = Input((6, 2))
    model = Model(inputs, LSTM(5)(inputs))
    with pytest.warns(DeprecationWarning, match="torch.ao.quantization"):
        quantized = torch.ao.quantization.quantize_dynamic(model, {nn.LSTM}, dtype=torch.qint8)
    assert isinstance(quantized.layers[1].rnn, QuantizedLSTM)
    torch.testing.assert_close(quantized(x), model(x), rtol=0.1, atol=0.05)


def test_double_and_to_move_the_dtype_of_layers(model, x):
    double = copy.deepcopy(model).double()
    output = double(x.double())[0]
    assert output.dtype == torch.float64
    torch.testing.assert_close(output.float(), model(x)[0], rtol=1e-4, atol=1e-5)


def test_train_and_eval_are_torchs_own(model):
    assert not model.training
    changed = copy.deepcopy(model).train()
    assert all(m.training for m in changed.modules())
    assert not changed.eval().lstm.training


def test_vmap_over_models_of_one_kind():
    """Ensembles by torch.func: a loop path traced over stacked parameters."""
    layers = [GRU(3, reset_after=False) for _ in range(2)]
    x = torch.randn(4, 5, 2)
    expected = torch.stack([layer(x) for layer in layers])
    params, buffers = torch.func.stack_module_state(layers)
    base = copy.deepcopy(layers[0])

    def run(params, buffers):
        return torch.func.functional_call(base, (params, buffers), (x,))

    torch.testing.assert_close(torch.vmap(run)(params, buffers), expected)


def test_gradients_flow_in_inference_mode_of_the_layer(x):
    """A layer is in eval() from the start, and may be trained all the same."""
    layer = LSTM(3)
    layer(x).sum().backward()
    assert all(p.grad.isfinite().all() for p in layer.parameters() if p.requires_grad)


def test_functional_call_inside_compile(x):
    """The compiled kernel must see swapped weights, not those that it was built with."""
    torch._dynamo.reset()
    layer = LSTM(3)
    layer(x)
    doubled = {name: p.detach() * 2 for name, p in layer.named_parameters()}
    expected = torch.func.functional_call(layer, doubled, (x,))
    run = torch.compile(lambda p, x: torch.func.functional_call(layer, p, (x,)), backend="eager")
    torch.testing.assert_close(run(doubled, x), expected)
    assert not torch.allclose(expected, layer(x))
