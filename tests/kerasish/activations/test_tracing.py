"""Activations under torch.compile, torch.fx, torch.export, vmap, pickle and on the meta device."""

import pickle

import pytest
import torch
from torch import fx, nn

from kerasish import activations

NAMES = sorted(set(activations.__all__) - {"get", "serialize", "deserialize"})
ARGUMENTS = {"threshold": (0.5, -2.0)}


class Apply(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.name = name

    def forward(self, x):
        return getattr(activations, self.name)(x, *ARGUMENTS.get(self.name, ()))


@pytest.fixture
def x():
    return torch.randn(3, 4, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", NAMES)
def test_compiled_without_a_graph_break(name, x):
    torch.compiler.reset()  # the same forward is compiled for each name
    module = Apply(name)
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), module(x))


@pytest.mark.parametrize("name", NAMES)
def test_traced_by_fx_gives_code_that_runs(name, x):
    module = Apply(name)
    traced = fx.symbolic_trace(module)
    torch.testing.assert_close(traced(x), module(x))


@pytest.mark.parametrize("name", NAMES)
def test_on_the_meta_device(name, x):
    result = Apply(name)(x.to("meta"))
    assert result.is_meta
    assert result.shape == Apply(name)(x).shape


@pytest.mark.parametrize("name", NAMES)
def test_vectorized(name, x):
    module = Apply(name)
    torch.testing.assert_close(torch.vmap(module)(x), torch.stack([module(row) for row in x]))


@pytest.mark.parametrize("name", NAMES)
def test_second_derivative_exists(name, x):
    point = x.double().requires_grad_()
    (first,) = torch.autograd.grad(Apply(name)(point).square().sum(), point, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum(), point)
    assert torch.isfinite(second).all()


@pytest.mark.parametrize("name", NAMES)
def test_pickled_by_name(name):
    function = getattr(activations, name)
    assert pickle.loads(pickle.dumps(function)) is function


def test_a_function_is_one_step_of_a_graph_made_by_hand(x):
    graph = fx.Graph()
    node = graph.call_function(activations.hard_silu, (graph.placeholder("x"),))
    graph.output(node)
    module = fx.GraphModule({}, graph)
    torch.testing.assert_close(module(x), activations.hard_silu(x))
    assert "hard_silu" in module.code
