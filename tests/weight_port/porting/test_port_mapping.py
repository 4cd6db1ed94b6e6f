"""Mappings given by hand, in YAML, and templates of them."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

from tests.weight_port.porting.test_port_matching import assert_untouched, linears, moved
from tests.weight_port.porting.zoo import randomize
from weight_port import layouts, port
from weight_port.layouts import Layout, TorchArray, Weight, registry
from weight_port.porting import MappingError, UnmatchedError, read_mapping, template

SWAP = {"x": "b", "y": "a"}


def pair():
    return linears(a=(3, 3), b=(3, 3)), linears(x=(3, 3), y=(3, 3))


def test_a_mapping_says_which():
    source, target = pair()
    report = port(source, target, mapping=SWAP)
    assert [e.how for e in report.entries] == ["mapping", "mapping"]
    assert moved(source, target) == {"x": ["b"], "y": ["a"]}


def test_a_mapping_in_a_file(tmp_path):
    source, target = pair()
    path = tmp_path / "mapping.yaml"
    path.write_text("# comment\nx: b\n'y': a\n")
    port(source, target, mapping=path)
    assert moved(source, target) == {"x": ["b"], "y": ["a"]}


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        ({"x": "c"}, "no layer 'c'"),
        ({"z": "a"}, "no such layer or weight"),
        ({"x": ["a", "b"]}, "1 layer"),
        ({"x": []}, r"x: \[\]"),
        ({"x": 3}, "x: 3"),
        ({3: "x"}, "names are text"),
        ({"x": "a", "X": "b"}, "gives it twice"),
        ({"x": "a", "x.bias": "b.bias"}, "given as a layer and by the weight"),
        ({"x.weight": "a.bias"}, "has the shape"),
        ({"x.weight": ["a.weight", "b.weight"]}, "one weight"),
        ({"x.weight": "a.wait"}, "no weight 'a.wait'"),
    ],
)
def test_a_mapping_that_is_wrong(mapping, text):
    import re

    message = assert_untouched(*pair(), MappingError, mapping=mapping)
    assert re.search(text, message), message


def test_a_mapping_of_what_does_not_fit():
    source, target = linears(a=(3, 4), b=(3, 3)), linears(x=(3, 3), b=(3, 3))
    message = assert_untouched(source, target, MappingError, mapping={"x": "a"})
    assert "kernel (3, 4) against (3, 3)" in message
    report = port(source, target, mapping={"x": "a"}, skip_mismatch=True)
    assert [item.path for item in report.unmatched_target] == ["x"]


def test_none_leaves_a_layer_alone():
    source, target = linears(a=(3, 3)), linears(a=(3, 3), head=(3, 2))
    report = port(source, target, mapping={"head": None})
    assert report.unmatched_target[0].why == "left alone by the mapping"


def test_models_are_joined_layer_by_layer():
    source = nn.ModuleDict({"enc": linears(p=(3, 3), q=(3, 3))})
    target = nn.ModuleDict({"left": linears(q=(3, 3), p=(3, 3))})
    port(source, target, mapping={"left": "enc"})
    assert torch.equal(source["enc"].p.weight, target["left"].p.weight)


def test_single_weights_by_the_names_of_either_side():
    source, target = linears(dense_1=(3, 3)), linears(dense=(3, 3))
    mapping = {"dense.weight": "dense_1/kernel", "dense/bias": "dense_1.bias"}
    report = port(source, target, mapping=mapping)
    assert moved(source, target) == {"dense": ["dense_1"]}
    assert torch.equal(source.dense_1.bias, target.dense.bias)
    assert [w.target for w in report.entries[0].weights] == ["kernel", "bias"]
    before = target.dense.bias.clone()
    randomize(source, 9)
    message = assert_untouched(
        source, target, UnmatchedError, mapping={"dense.weight": "dense_1.weight"}
    )
    assert "target: dense (Dense: bias (3,))" in message
    port(source, target, mapping={"dense.weight": "dense_1.weight"}, strict=False)
    assert moved(source, target) == {"dense": ["dense_1"]}
    assert torch.equal(target.dense.bias, before)


def test_a_part_of_a_packed_array_is_named_as_keras_does():
    attention = randomize(nn.MultiheadAttention(4, 2), 1)
    wanted = np.arange(16, dtype="float32").reshape(4, 2, 2)
    source = {"w.data": wanted}
    with pytest.raises(MappingError, match="as Keras does"):
        port(
            attention,
            randomize(nn.MultiheadAttention(4, 2), 2),
            mapping={"in_proj_weight": "in_proj_weight"},
        )
    with pytest.raises(MappingError, match="layouts_for"):
        port(source, attention, mapping={"MultiheadAttention/query/kernel": "w.data"})


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.rand(3, 2))


SCALE = Layout("Scale", (Weight("scale", "out in", (TorchArray("factor", "in out"),)),))


def test_layouts_of_the_users():
    import keras

    class MyScale(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(2, 3), name="scale", initializer="normal")

    layer, module = MyScale(), Scale()
    layer.build((None, 2))
    with pytest.raises(UnmatchedError):
        port(layer, module)
    port(layer, module, layouts_for={"MyScale": SCALE, "Scale": SCALE})
    np.testing.assert_array_equal(module.factor.detach().numpy().T, layer.get_weights()[0])
    port(Scale().state_dict(), layer, layouts_for={"MyScale": SCALE})


def test_a_layout_that_is_registered(monkeypatch):
    import keras

    # The table is as it was after the test.
    monkeypatch.setattr(registry, "_BY_CLASS", dict(registry._BY_CLASS))

    class RegisteredScale(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(2, 3), name="scale", initializer="normal")

    layer = RegisteredScale()
    layer.build((None, 2))
    layouts.register(Layout("RegisteredScale", SCALE.weights))
    module = Scale()
    port(layer, module)
    np.testing.assert_array_equal(module.factor.detach().numpy().T, layer.get_weights()[0])


def test_a_template_is_a_mapping(tmp_path):
    source = linears(a=(3, 3), b=(3, 3), tail=(3, 5))
    target = nn.Sequential(
        OrderedDict(z=nn.Linear(3, 5), x=nn.Linear(3, 3), on=nn.Linear(3, 3), new=nn.Linear(7, 7))
    )
    text = template(source, target)
    path = tmp_path / "mapping.yaml"
    path.write_text(text)
    assert read_mapping(path) == {"z": ["tail"], "x": None, "on": None, "new": None}
    assert text.count("# could be: b ") == 2
    path.write_text(text.replace("x: null", "x: b").replace("'on': null", "'on': a"))
    port(source, target, mapping=path)
    assert torch.equal(target.x.weight, source.b.weight)
    assert torch.equal(getattr(target, "on").weight, source.a.weight)  # noqa: B009


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("- a\n- b\n", "a list"),
        ("a: &x b\nc: *x\n", "aliases"),
        ("a: b\na: c\n", "stand twice"),
        ("a: !!python/object/apply:os.system ['true']\n", "no YAML"),
        ("a: {b: c}\n", "another form"),
        ("on: b\n", "quotes"),
        ("a: [b\n", "no YAML"),
        ("", "NoneType"),
        ("[" * 5000, "no YAML"),
        ("#" * (5 << 20), "too large"),
    ],
)
def test_a_file_that_is_no_mapping(text, error, tmp_path):
    path = tmp_path / "mapping.yaml"
    path.write_text(text)
    with pytest.raises(MappingError, match=error):
        read_mapping(path)
