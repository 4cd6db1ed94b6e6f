"""`model_to_dot` and `plot_model` against Keras's boxes and edges."""

import re
import sys

import keras
import numpy as np
import pytest

import kerasish
from kerasish.utils import model_to_dot, plot_model


def chain(k):
    return k.Sequential(
        [
            k.Input((6, 4), name="start"),
            k.layers.LSTM(3, name="lstm"),
            k.layers.Dense(2, activation="relu", trainable=False, name="dense"),
            k.layers.Dropout(0.5, name="dropout"),
        ],
        name="chain",
    )


def branches(k):
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    shared = k.layers.Dense(3, name="shared")
    inner = chain(k)
    series = k.Input((6, 4), name="series")
    sum_ = k.layers.Add(name="sum")([shared(a), shared(b)])
    joined = k.layers.Concatenate(name="joined")([sum_, inner(series)])
    pair_in = [k.Input((5,), name="left"), k.Input((3,), name="right")]
    pair = k.Model(
        pair_in,
        [k.layers.Dense(1, name="one")(pair_in[0]), k.layers.Dense(1, name="two")(pair_in[1])],
        name="pair",
    )
    one, two = pair([joined, sum_])
    return k.Model([a, b, series], k.layers.Multiply(name="product")([two, one]), name="branches")


def own(k):
    class Own(k.Model):
        def __init__(self):
            super().__init__(name="own")
            self.dense = k.layers.Dense(1, name="dense")

        def call(self, x):
            return self.dense(x)

    model = Own()
    model(np.zeros((1, 3), "float32"))
    return model


def facts(graph):
    """The clusters, boxes and edges of a graph, with labels for the ids."""
    nodes, edges, clusters = {}, [], []

    def walk(part):
        for node in part.get_nodes():
            if node.get_name() not in ("node", "graph"):
                nodes[node.get_name().strip('"')] = node.get_label()
        edges.extend(part.get_edges())
        for inner in part.get_subgraphs():
            clusters.append((inner.get_label(), len(inner.get_nodes())))
            walk(inner)

    walk(graph)
    named = [
        tuple(nodes[str(end).strip('"')] for end in (edge.get_source(), edge.get_destination()))
        for edge in edges
    ]
    return sorted(clusters), sorted(nodes.values()), sorted(named), graph.get_rankdir()


OPTIONS = [
    {},
    {"show_shapes": True, "rankdir": "LR"},
    {"show_dtype": True, "show_trainable": True, "show_layer_names": False},
    {"expand_nested": True, "show_shapes": True, "show_layer_activations": True},
]


@pytest.mark.parametrize("build", [chain, branches, own], ids=lambda build: build.__name__)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_as_in_keras(build, options):
    ours, theirs = model_to_dot(build(kerasish), **options), model_to_dot_of_keras(build, options)
    assert facts(ours) == facts(theirs)
    assert ours.to_string().startswith("digraph")


def model_to_dot_of_keras(build, options):
    return keras.utils.model_to_dot(build(keras), **options)


def test_names_are_text():
    model = kerasish.Sequential([kerasish.Input((2,)), kerasish.layers.Dense(1, name="a<b&c")])
    assert "a&lt;b&amp;c" in model_to_dot(model).to_string()


def test_what_is_missing(monkeypatch, tmp_path, capsys):
    with pytest.raises(ValueError, match="a model that is not built"):
        model_to_dot(kerasish.Sequential([kerasish.layers.Dense(1)], name="new"))
    model = chain(kerasish)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.delitem(sys.modules, "IPython.core.magics.namespace", raising=False)
    with pytest.raises(ImportError, match="Received: no program `dot`"):
        plot_model(model, tmp_path / "model.png")
    monkeypatch.setitem(sys.modules, "IPython.core.magics.namespace", sys)
    assert plot_model(model, tmp_path / "model.png") is None
    assert "graphviz.org/download" in capsys.readouterr().out
    monkeypatch.setitem(sys.modules, "pydot", None)
    with pytest.raises(ImportError, match=r"pip install 'kerasish\[plot\]'"):
        model_to_dot(model)


def test_files(monkeypatch, tmp_path):
    """`dot` itself may not be there; what it is given is."""
    import pydot

    written = []
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/dot")
    monkeypatch.setattr(
        pydot.Dot, "write", lambda graph, path, format: written.append((graph, path, format))
    )
    for name, kind in (("model.svg", "svg"), ("model", "png"), ("model.pdf", "pdf")):
        (tmp_path / name).write_text("<svg/>")
        image = plot_model(chain(kerasish), tmp_path / name, show_layer_names=True)
        graph, path, file_format = written.pop()
        assert (path, file_format) == (str(tmp_path / name), kind)
        assert re.search("<b>lstm</b>", graph.to_string())
        assert (image is None) == (kind == "pdf")
