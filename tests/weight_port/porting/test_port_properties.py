"""For any model and a copy of it under other names: all weights arrive where they belong, or none.

The copy has the layers in the same order under some fresh names, or in any order under the old
names. (Layers that are both renamed and exchanged can't be told from others by anybody.)
"""

from collections import OrderedDict

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tests.weight_port.porting.zoo import draw
from weight_port import port
from weight_port.porting import AmbiguousMatchError, UnmatchedError

KINDS = {
    "linear": lambda: nn.Linear(3, 3),
    "tall": lambda: nn.Linear(3, 4),
    "norm": lambda: nn.LayerNorm(3),
    "batch": lambda: nn.BatchNorm1d(3),
    "lstm": lambda: nn.LSTM(3, 3),
    "stack": lambda: nn.LSTM(3, 3, num_layers=2),
    "both": lambda: nn.GRU(3, 3, bidirectional=True),
    "cell": lambda: nn.LSTMCell(3, 3),
    "embedding": lambda: nn.Embedding(3, 3),
    "own": lambda: nn.ParameterDict({"w": torch.zeros(3, 3)}),
}
# Some as Keras numbers them, some that say something.
NAMES = [*(f"dense_{n}" for n in range(8)), *(f"lstm_{n}" for n in range(8)), *"abcdefgh"]
models = st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6)


def build(kinds, names):
    return nn.Sequential(OrderedDict((n, KINDS[k]()) for k, n in zip(kinds, names, strict=True)))


def fill(model, seed):
    generator = np.random.default_rng(seed)
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(torch.from_numpy(draw(generator, tuple(tensor.shape))))


def check(source, target, partner, **arguments):
    """Port, and compare with the layers that were copied."""
    fill(source, 1)
    fill(target, 2)
    before = {name: tensor.clone() for name, tensor in target.state_dict().items()}
    try:
        report = port(source, target, **arguments)
    except (AmbiguousMatchError, UnmatchedError):
        for name, tensor in target.state_dict().items():
            assert torch.equal(tensor, before[name])
        return False
    assert report.complete
    for name, module in target.named_children():
        for (key, wanted), (_, got) in zip(
            source.get_submodule(partner[name]).state_dict().items(),
            module.state_dict().items(),
            strict=True,
        ):
            assert torch.equal(wanted, got), (name, key)
    return True


@settings(max_examples=120, deadline=None)
@given(models, st.data())
def test_some_renamed_in_the_same_order(kinds, data):
    names = data.draw(st.permutations(NAMES))
    old, fresh = names[: len(kinds)], names[len(kinds) : 2 * len(kinds)]
    renamed = data.draw(st.lists(st.booleans(), min_size=len(kinds), max_size=len(kinds)))
    new = [f if change else o for o, f, change in zip(old, fresh, renamed, strict=True)]
    partner = dict(zip(new, old, strict=True))
    done = check(build(kinds, old), build(kinds, new), partner)
    if all(renamed) or not any(renamed):
        assert done  # the order of all layers, or all names


@settings(max_examples=60, deadline=None)
@given(models, st.integers(0, 7))
def test_numbers_that_went_on_counting(kinds, offset):
    old = [f"dense_{n}" for n in range(len(kinds))]
    new = [f"dense_{n + offset}" for n in range(len(kinds))]
    check(build(kinds, old), build(kinds, new), dict(zip(new, old, strict=True)))


@settings(max_examples=60, deadline=None)
@given(models, st.data())
def test_the_same_names_in_any_order(kinds, data):
    names = data.draw(st.permutations(NAMES))[: len(kinds)]
    layers = list(zip(kinds, names, strict=True))
    shuffled = data.draw(st.permutations(layers))
    target = build([k for k, _ in shuffled], [n for _, n in shuffled])
    assert check(build(kinds, names), target, {name: name for name in names})


@settings(max_examples=60, deadline=None)
@given(models, st.data())
def test_some_renamed_in_any_order(kinds, data):
    """Right for each layer that kept its name; the others arrive if nothing else could."""
    names = data.draw(st.permutations(list("abcdefghijklmn")))
    old, fresh = names[: len(kinds)], names[len(kinds) : 2 * len(kinds)]
    one = data.draw(st.integers(0, len(kinds) - 1))
    new = [*old[:one], fresh[0], *old[one + 1 :]]
    pairs = data.draw(st.permutations(list(zip(kinds, new, old, strict=True))))
    target = build([k for k, _, _ in pairs], [n for _, n, _ in pairs])
    check(build(kinds, old), target, {n: o for _, n, o in pairs})
