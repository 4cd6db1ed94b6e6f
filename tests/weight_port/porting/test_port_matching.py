"""What is matched, and what is an error instead of a guess."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

from tests.weight_port.porting.zoo import randomize
from weight_port import PortReport, WeightPortError, port
from weight_port.porting import AmbiguousMatchError, UnmatchedError


def linears(**sizes):
    """A torch model of linear layers of these names and sizes, with weights of its own."""
    modules = OrderedDict((name, nn.Linear(*size)) for name, size in sizes.items())
    return randomize(nn.Sequential(modules), len(sizes) + sum(map(ord, "".join(sizes))))


def moved(source, target):
    """Which layer of the source each layer of the target now has the weights of."""
    return {
        name: [n for n, m in source.named_children() if torch.equal(m.weight, module.weight)]
        for name, module in target.named_children()
    }


def assert_untouched(source, target, error, **arguments):
    before = {name: tensor.clone() for name, tensor in target.state_dict().items()}
    with pytest.raises(error) as raised:
        port(source, target, **arguments)
    for name, tensor in target.state_dict().items():
        assert torch.equal(before[name], tensor), name
    return str(raised.value)


def test_names_win_over_order():
    source = linears(a=(3, 3), b=(3, 3), c=(3, 3))
    target = linears(c=(3, 3), a=(3, 3), b=(3, 3))
    assert {e.how for e in port(source, target).entries} == {"name"}
    assert moved(source, target) == {"c": ["c"], "a": ["a"], "b": ["b"]}


def test_names_are_compared_without_case_and_dots():
    inner = nn.ModuleDict({"FirstDense": nn.Linear(3, 3), "other": nn.Linear(3, 3)})
    state = {
        "Encoder/other/weight": np.ones((3, 3), "float32"),
        "Encoder/other/bias": np.ones(3, "float32"),
    }
    state = {name.replace("/", "."): value for name, value in state.items()}
    target = nn.ModuleDict({"encoder": inner})
    report = port(state, target, strict=False)
    assert [(e.source, e.target, e.how) for e in report.entries] == [
        ("Encoder/other", "encoder/other", "name")
    ]
    assert torch.equal(inner["other"].weight, torch.ones(3, 3))


def test_a_model_in_a_wrapper_has_the_same_names():
    source = linears(a=(3, 3), b=(3, 3))
    inner = linears(b=(3, 3), a=(3, 3))
    report = port(source, nn.ModuleDict({"module": nn.ModuleDict({"model": inner})}))
    assert {e.how for e in report.entries} == {"name"}
    assert moved(source, inner) == {"b": ["b"], "a": ["a"]}
    report = port(nn.DataParallel(source).state_dict(), inner)
    assert {e.target: e.source for e in report.entries} == {"b": "module/b", "a": "module/a"}


def test_the_only_ones_of_their_kind_are_matched_in_any_order():
    source = linears(a=(3, 4), b=(4, 5), c=(5, 6))
    target = linears(x=(5, 6), y=(3, 4), z=(4, 5))
    assert {e.how for e in port(source, target).entries} == {"shapes"}
    assert moved(source, target) == {"x": ["c"], "y": ["a"], "z": ["b"]}


def test_two_alike_are_an_error_that_lists_both():
    source = linears(a=(3, 3), b=(3, 3), c=(3, 4))
    target = linears(z=(3, 4), x=(3, 3), y=(3, 3))
    text = assert_untouched(source, target, AmbiguousMatchError)
    for path in ("target x", "target y", "a (Dense", "b (Dense"):
        assert path in text
    assert "z (Dense" not in text
    assert_untouched(source, target, AmbiguousMatchError, strict=False)
    port(source, target, mapping={"x": "b"})
    assert moved(source, target) == {"z": ["c"], "x": ["b"], "y": ["a"]}


def test_numbered_names_that_agree_in_part_by_accident():
    source = linears(dense_1=(3, 3), dense_2=(3, 3))
    target = linears(dense_2=(3, 3), dense_3=(3, 3))
    text = assert_untouched(source, target, AmbiguousMatchError)
    assert "dense_1" in text
    assert "dense_3" not in text.split("could come from")[0].split("Received")[1]
    port(source, target, by="order")
    assert moved(source, target) == {"dense_2": ["dense_1"], "dense_3": ["dense_2"]}


def test_numbered_names_that_agree_with_the_order():
    source = linears(dense=(3, 3), last=(3, 3))
    target = linears(dense=(3, 3), head=(3, 3))
    port(source, target)
    assert moved(source, target) == {"dense": ["dense"], "head": ["last"]}


def test_order_says_nothing_where_names_contradict_it():
    source = linears(a=(3, 3), b=(3, 3), one=(3, 4), two=(3, 4))
    target = linears(b=(3, 3), a=(3, 3), eins=(3, 4), zwei=(3, 4))
    text = assert_untouched(source, target, AmbiguousMatchError)
    assert "target eins" in text
    assert "target zwei" in text


def test_order_that_a_file_does_not_keep():
    from weight_port.porting.matching import match
    from weight_port.records.torch_modules import records_of_module

    records = records_of_module(linears(a=(3, 3), b=(3, 3)))
    others = records_of_module(linears(x=(3, 3), y=(3, 3)))
    assert not match(records, others).ambiguous
    assert set(match(records, others, ordered=False).ambiguous) == {"x", "y"}


@pytest.mark.parametrize(("ending", "keeps"), [("pt", True), ("npz", True), ("safetensors", False)])
def test_order_of_files_of_arrays(ending, keeps, tmp_path):
    source, target = linears(b=(3, 3), a=(3, 3)), linears(x=(3, 3), y=(3, 3))
    path = tmp_path / f"weights.{ending}"
    port(source, path)
    if keeps:
        port(path, target)
        assert moved(source, target) == {"x": ["b"], "y": ["a"]}
    else:
        assert_untouched(path, target, AmbiguousMatchError)


def test_by_name_alone_matches_nothing_else():
    source, target = linears(a=(3, 3), b=(3, 4)), linears(a=(3, 3), c=(3, 4))
    assert_untouched(source, target, UnmatchedError, by="name")
    report = port(source, target, by="name", strict=False)
    assert [e.target for e in report.entries] == ["a"]
    with pytest.raises(WeightPortError, match="by='names'"):
        port(source, target, by="names")


def test_strict_lists_what_is_left_on_both_sides():
    source = linears(encoder=(3, 4), extra=(4, 9))
    target = linears(encoder=(3, 4), head=(4, 2))
    text = assert_untouched(source, target, UnmatchedError)
    assert "source: extra (Dense: kernel (4, 9), bias (9,))" in text
    assert "target: head (Dense: kernel (4, 2), bias (2,))" in text
    assert "near: extra and head are both Dense, but: kernel (4, 9) against (4, 2)" in text
    report = port(source, target, strict=False)
    assert not report.complete
    assert [item.path for item in report.unmatched_source] == ["extra"]
    assert report.unmatched_target[0].shapes == {"kernel": (4, 2), "bias": (2,)}
    assert moved(source, target) == {"encoder": ["encoder"], "head": []}
    assert "head (Dense" in str(report)


def test_one_name_and_another_shape():
    source, target = linears(a=(3, 3), head=(3, 9)), linears(a=(3, 3), head=(3, 2))
    assert "kernel (3, 9) against (3, 2)" in assert_untouched(source, target, UnmatchedError)
    report = port(source, target, skip_mismatch=True)
    assert [item.path for item in report.unmatched_target] == ["head"]
    assert "against" in report.unmatched_target[0].why
    assert moved(source, target) == {"a": ["a"], "head": []}


def test_classes_of_the_same_shapes_are_told_apart():
    source = nn.Sequential(OrderedDict(norm=nn.LayerNorm(4), group=nn.GroupNorm(2, 4)))
    target = nn.Sequential(OrderedDict(a=nn.GroupNorm(2, 4), b=nn.LayerNorm(4)))
    report = port(source, target)
    assert {e.target: e.source for e in report.entries} == {"a": "group", "b": "norm"}


def test_halves_of_a_bidirectional_are_not_exchanged():
    layers = nn.Sequential(OrderedDict(x=nn.LSTM(3, 3, bidirectional=True), y=nn.Linear(6, 2)))
    other = nn.Sequential(OrderedDict(p=nn.Linear(6, 2), q=nn.LSTM(3, 3, bidirectional=True)))
    randomize(layers, 1)
    port(layers, other)
    for name, tensor in layers[0].state_dict().items():
        assert torch.equal(tensor, other[1].state_dict()[name])


def test_a_model_without_memory_is_refused():
    source = linears(a=(3, 3))
    with pytest.raises(WeightPortError, match="to_empty"):
        port(source, nn.Sequential(OrderedDict(a=nn.Linear(3, 3, device="meta"))))


@pytest.mark.parametrize("wrong", [3, None, object(), nn.ReLU(), {}, {"a": 1}])
def test_what_has_no_weights_is_refused(wrong):
    for pair in ((wrong, linears(a=(3, 3))), (linears(a=(3, 3)), wrong)):
        with pytest.raises(WeightPortError, match="Received"):
            port(*pair)


def test_a_source_that_is_the_target_in_another_order():
    """Everything is read before anything is written."""
    model = linears(a=(3, 3), b=(3, 3))
    first, second = model.a.weight.clone(), model.b.weight.clone()
    report = port(model, model, mapping={"a": "b", "b": "a"})
    assert isinstance(report, PortReport)
    assert torch.equal(model.a.weight, second)
    assert torch.equal(model.b.weight, first)
