"""Layers that take text against real Keras: vocabularies, look-ups, vectors."""

import keras
import numpy as np
import pytest
import torch

import kerasish

WORDS = ["the", "cat", "Sat", "on", "a", "mat,", "dog!", "été", "ÉTÉ", "x.y", "--", "2024", "naïve"]


def texts(seed=0, count=40):
    rng = np.random.default_rng(seed)
    spaces = [" ", "  ", "\t", "\n", "\x0b", "\u00a0"]
    found = []
    for _ in range(count):
        words = rng.choice(WORDS, rng.integers(0, 9), p=probabilities())
        found.append("".join(str(w) + spaces[rng.integers(len(spaces))] for w in words))
    return found


def probabilities():
    weights = np.arange(len(WORDS), 0, -1.0)
    return weights / weights.sum()


def plain(config):
    return {k: v for k, v in config.items() if k != "name"}


def same(ours, theirs, what=""):
    theirs = np.array(theirs)
    assert tuple(ours.shape) == theirs.shape, what
    if isinstance(ours, torch.Tensor):
        assert str(ours.dtype) == f"torch.{theirs.dtype}", what
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-6, err_msg=what)
    else:
        assert ours.numpy().tolist() == theirs.tolist(), what


VECTORIZATIONS = [
    {},
    {"output_sequence_length": 4},
    {"max_tokens": 6, "output_sequence_length": 3},
    {"standardize": None},
    {"standardize": "lower", "ngrams": 2},
    {"standardize": "strip_punctuation", "ngrams": (2, 3)},
    {"split": "character", "max_tokens": 12},
    {"split": "character", "ngrams": 3, "output_mode": "multi_hot"},
    {"split": None},
    {"split": None, "output_mode": "one_hot"},
    {"output_mode": "multi_hot"},
    {"output_mode": "binary", "max_tokens": 7},
    {"output_mode": "count", "max_tokens": 40, "pad_to_max_tokens": True},
    {"output_mode": "tf_idf"},
    {"output_mode": "tf-idf", "max_tokens": 30, "pad_to_max_tokens": True, "ngrams": 2},
]


def test_text_vectorization() -> None:
    data, others = texts(), [*texts(1), "", "zebra the"]
    for options in VECTORIZATIONS:
        what = str(options)
        layers = [n.layers.TextVectorization(**options) for n in (kerasish, keras)]
        for layer in layers:
            layer.adapt(data if options.get("split", "") is None else np.array(data))
        ours, theirs = layers
        assert ours.get_vocabulary() == theirs.get_vocabulary(), what
        assert ours.get_vocabulary(False) == theirs.get_vocabulary(False), what
        assert ours.vocabulary_size() == theirs.vocabulary_size(), what
        config = plain(ours.get_config())
        if options.get("split", "whitespace") != "whitespace":
            # Tokens that are no lines of a file, as Keras would store them, are told.
            assert config["vocabulary"] == ours.get_vocabulary()
            config["vocabulary"], config["idf_weights"] = None, None
        assert config == plain(theirs.get_config()), what
        for given in (np.array(others)[:, None], others, others[3], others[:1]):
            same(ours(given), theirs(given), what)
        shapes = [
            layer(n.Input((1,), dtype="string")) for layer, n in ((ours, kerasish), (theirs, keras))
        ]
        assert [s.shape for s in shapes[:1]] == [s.shape for s in shapes[1:]], what
        assert shapes[0].dtype == shapes[1].dtype


def test_adapt_to_batches_and_set_vocabulary(tmp_path) -> None:
    data = texts(2)
    batches = [data[:7], data[7:20], data[20:]]
    one, other = (kerasish.layers.TextVectorization(output_mode="tf_idf") for _ in range(2))
    one.adapt(data)
    other.adapt(iter(batches))
    assert one.get_vocabulary() == other.get_vocabulary()
    same(one(data), other(data).numpy())
    one, other = (kerasish.layers.TextVectorization() for _ in range(2))
    for layer in (one, other):
        layer.adapt(data)
    other.adapt(iter(batches), steps=1)
    one.adapt(batches[0])
    assert one.get_vocabulary() == other.get_vocabulary()
    (tmp_path / "words.txt").write_text("the\ncat\nété\n", encoding="utf-8")
    for vocabulary in (["the", "cat", "été"], str(tmp_path / "words.txt"), ["", "[UNK]", "the"]):
        layers = [n.layers.TextVectorization() for n in (kerasish, keras)]
        if isinstance(vocabulary, str):
            layers[1] = keras.layers.TextVectorization(vocabulary=["the", "cat", "été"])
            layers[0].set_vocabulary(vocabulary)
        else:
            for layer in layers:
                layer.set_vocabulary(vocabulary)
        assert layers[0].get_vocabulary() == layers[1].get_vocabulary()
        same(layers[0](data), layers[1](data))


def test_functions_of_the_user_get_strings() -> None:
    def shout(strings):
        assert strings.dtype.kind == "U"
        return np.char.upper(strings)

    layer = kerasish.layers.TextVectorization(
        standardize=shout, split=lambda strings: [s.split(",") for s in strings]
    )
    layer.adapt(["a,b", "b"])
    assert layer.get_vocabulary() == ["", "[UNK]", "B", "A"]
    assert layer(["b,a,z", "a"]).tolist() == [[2, 3, 1], [3, 0, 0]]


LOOKUPS = [
    {},
    {"mask_token": ""},
    {"num_oov_indices": 3},
    {"num_oov_indices": 3, "mask_token": "cat", "salt": 7},
    {"num_oov_indices": 2, "salt": (3, -9), "output_mode": "one_hot"},
    {"output_mode": "multi_hot", "mask_token": "the"},
    {"output_mode": "count", "max_tokens": 20, "pad_to_max_tokens": True},
    {"output_mode": "tf_idf", "num_oov_indices": 2},
    {"max_tokens": 5, "oov_token": "<?>"},
]


def test_string_lookup() -> None:
    rng = np.random.default_rng(3)
    data = rng.choice(WORDS, (30, 3), p=probabilities())
    others = rng.choice([*WORDS, "", "zebra", "lion", "x" * 90], (20, 3))
    for options in LOOKUPS:
        what = str(options)
        ours, theirs = (n.layers.StringLookup(**options) for n in (kerasish, keras))
        for layer in (ours, theirs):
            layer.adapt(data)
        assert ours.get_vocabulary() == theirs.get_vocabulary(), what
        assert plain(ours.get_config()) == plain(theirs.get_config()), what
        for given in (others, others[0], others[:, :1], others.tolist()):
            same(ours(given), theirs(given), what)
        if ours.output_mode == "int":
            back = [
                n.layers.StringLookup(**options, vocabulary=layer.get_vocabulary(), invert=True)
                for n, layer in ((kerasish, ours), (keras, theirs))
            ]
            indices = rng.integers(0, 20, (4, 5))
            same(back[0](indices), back[1](indices), what)


def test_integer_lookup() -> None:
    rng = np.random.default_rng(4)
    data, others = rng.integers(0, 12, (30, 3)), rng.integers(-9, 30, (20, 3))
    for options in (
        {},
        {"mask_token": 0},
        {"num_oov_indices": 4},
        {"num_oov_indices": 3, "oov_method": "farmhash"},
        {"num_oov_indices": 3, "oov_method": "farmhash", "salt": 5, "mask_token": 3},
        {"output_mode": "one_hot", "num_oov_indices": 2},
        {"output_mode": "multi_hot", "mask_token": 1},
        {"output_mode": "count", "max_tokens": 6},
        {"output_mode": "tf_idf", "max_tokens": 30, "pad_to_max_tokens": True},
    ):
        what = str(options)
        ours, theirs = (n.layers.IntegerLookup(**options) for n in (kerasish, keras))
        for layer in (ours, theirs):
            layer.adapt(data)
        assert ours.get_vocabulary() == [int(v) for v in theirs.get_vocabulary()], what
        assert plain(ours.get_config()) == plain(theirs.get_config()), what
        for given in (others, others[0], others[:, :1], others.tolist()):
            same(ours(given), theirs(given), what)
        if ours.output_mode == "int":
            back = [
                n.layers.IntegerLookup(**options, vocabulary=data[:1, 0], invert=True)
                for n in (kerasish, keras)
            ]
            same(back[0](others), back[1](others), what)


def test_weights_and_vocabularies_that_are_given() -> None:
    options = {"vocabulary": ["a", "b", "c"], "idf_weights": [0.5, 1.5, 2.0]}
    for more in ({}, {"max_tokens": 9, "pad_to_max_tokens": True}):
        ours, theirs = (
            n.layers.StringLookup(**options, output_mode="tf_idf", **more)
            for n in (kerasish, keras)
        )
        given = [["a", "a", "q"], ["c", "b", "a"]]
        same(ours(given), theirs(given))
        assert plain(ours.get_config()) == plain(theirs.get_config())
        again = kerasish.layers.deserialize(keras.saving.serialize_keras_object(theirs))
        same(again(given), theirs(given))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda n: n.StringLookup(vocabulary=["a", "a"]), "each token once"),
        (lambda n: n.StringLookup(vocabulary=[]), "at least one"),
        (lambda n: n.StringLookup(vocabulary=["a", "b"], max_tokens=2), "at most max_tokens"),
        (lambda n: n.StringLookup(vocabulary=["a", "b", "m"], mask_token="m"), "first"),
        (lambda n: n.StringLookup(output_mode="tf_idf", vocabulary=["a"]), "idf_weights"),
        (lambda n: n.StringLookup(invert=True, output_mode="count"), "invert"),
        (lambda n: n.StringLookup(sparse=True), "sparse"),
        (lambda n: n.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]), "vocabulary"),
        (lambda n: n.IntegerLookup(vocabulary=[1], num_oov_indices=0)([2]), "vocabulary"),
        (lambda n: n.StringLookup(output_mode="count")(["b"]), "adapt"),
        (lambda n: n.StringLookup(vocabulary=["a"]).adapt(["b"]), "given"),
        (lambda n: n.StringLookup(vocabulary=["a"])(torch.zeros(2)), "strings"),
        (lambda n: n.TextVectorization(ragged=True), "ragged"),
        (lambda n: n.TextVectorization(split="word"), "split"),
        (lambda n: n.TextVectorization(ngrams=0), "ngrams"),
        (lambda n: n.TextVectorization(output_mode="count", output_sequence_length=3), "output_se"),
        (lambda n: n.TextVectorization(vocabulary=["a"])([["a", "b"]]), "batch, 1"),
        (lambda n: n.TextVectorization.from_config({"vocabulary": "/etc/passwd"}), "path"),
        (lambda n: n.Dense(2)(np.array(["a"])), "TextVectorization"),
    ],
)
def test_wrong_uses(make, match) -> None:
    with pytest.raises(ValueError, match=match) as caught:
        make(kerasish.layers)
    assert "Received: " in str(caught.value)
