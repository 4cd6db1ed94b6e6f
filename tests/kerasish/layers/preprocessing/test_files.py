"""Preprocessing layers in models and in files of Keras, in both directions."""

import zipfile

import keras
import numpy as np
import pytest
import torch

import kerasish
from kerasish.saving import register_keras_serializable
from tests.kerasish.layers.preprocessing.test_text import same, texts
from weight_port.convert import convert_file
from weight_port.errors import FileFormatError, LimitError

NUMBERS = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
CATEGORIES = np.random.default_rng(1).integers(0, 9, (40, 2))
# Keras can't read its own files back if a token has a line break in it.
TEXTS = np.array([" ".join(text.split()) for text in texts()])[:, None]


def build(n):
    layers = n.layers
    text = n.Input((1,), dtype="string", name="text")
    category = n.Input((2,), dtype="int64", name="category")
    number = n.Input((2,), name="number")
    made = {
        "words": (layers.TextVectorization(output_sequence_length=5, name="words"), text),
        "weighted": (layers.TextVectorization(output_mode="tf_idf", name="weighted"), text),
        "whole": (layers.StringLookup(name="whole"), text),
        "fixed": (layers.StringLookup(vocabulary=["the cat", ""], name="fixed"), text),
        "kind": (layers.IntegerLookup(output_mode="tf_idf", name="kind"), category),
        "scaled": (layers.Normalization(name="scaled"), number),
        "bins": (layers.Discretization(num_bins=4, name="bins"), number),
        "hashed": (layers.Hashing(num_bins=7, name="hashed"), text),
    }
    data = {"text": TEXTS, "category": CATEGORIES, "number": NUMBERS}
    for name, (layer, symbol) in made.items():
        if name not in ("fixed", "hashed"):
            layer.adapt(data[symbol.name])
    outputs = {name: layer(symbol) for name, (layer, symbol) in made.items()}
    outputs["deep"] = layers.Embedding(64, 3, name="embedded")(outputs["words"])
    return n.Model([text, category, number], outputs), data


def test_files_of_keras_load_here_and_back(tmp_path) -> None:
    theirs, data = build(keras)
    theirs.save(tmp_path / "theirs.keras")
    loaded = kerasish.models.load_model(tmp_path / "theirs.keras")
    given = [data["text"], data["category"], data["number"]]
    expected = theirs.predict([keras.ops.convert_to_tensor(g) for g in given], verbose=0)
    for model in (loaded, build(kerasish)[0]):
        if model is not loaded:
            model.get_layer("embedded").set_weights(theirs.get_layer("embedded").get_weights())
        found = model.predict(given, verbose=0)
        assert set(found) == set(expected)
        for name, values in expected.items():
            np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-6, err_msg=name)
        model.save(tmp_path / "ours.keras")
        again = keras.models.load_model(tmp_path / "ours.keras")
        back = again.predict([keras.ops.convert_to_tensor(g) for g in given], verbose=0)
        for name, values in expected.items():
            np.testing.assert_allclose(back[name], values, rtol=1e-5, atol=1e-6, err_msg=name)
        assets = []
        for name in ("ours.keras", "theirs.keras"):
            with zipfile.ZipFile(tmp_path / name) as archive:
                names = sorted(n for n in archive.namelist() if n.startswith("assets/"))
                assets.append({n: archive.read(n) for n in names})
        assert assets[0] == assets[1]


def test_other_files_and_conversions(tmp_path) -> None:
    def model(n):
        words = n.layers.TextVectorization(output_mode="tf_idf", ngrams=2)
        words.adapt(["the cat sat", "a dog sat"])
        return n.Sequential([n.Input((1,), dtype="string"), words, n.layers.Dense(2)])

    theirs, given = model(keras), np.array([["the cat"], ["a dog sat"]])
    expected = np.array(theirs(keras.ops.convert_to_tensor(given)))
    theirs.save(tmp_path / "theirs.keras")
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    convert_file(tmp_path / "theirs.keras", tmp_path / "converted.keras")
    for name in ("theirs", "converted"):
        ours = kerasish.models.load_model(tmp_path / f"{name}.keras")
        np.testing.assert_allclose(ours(given).detach(), expected, rtol=1e-5, atol=1e-6)
    again = keras.models.load_model(tmp_path / "converted.keras")
    np.testing.assert_allclose(again(keras.ops.convert_to_tensor(given)), expected, rtol=1e-5)
    ours.layers[0].load_extra_array("idf_weights", np.zeros(10, "float32"))
    ours.layers[1].set_weights([np.zeros((10, 2)), np.zeros(2)])
    ours.load_weights(tmp_path / "theirs.weights.h5")
    np.testing.assert_allclose(ours(given).detach(), expected, rtol=1e-5, atol=1e-6)
    # An old file has no place for a vocabulary but the configuration.
    ours.save(tmp_path / "ours.h5")
    old = kerasish.models.load_model(tmp_path / "ours.h5")
    np.testing.assert_allclose(old(given).detach(), expected, rtol=1e-5, atol=1e-6)
    read = keras.models.load_model(tmp_path / "ours.h5")
    np.testing.assert_allclose(read(keras.ops.convert_to_tensor(given)), expected, rtol=1e-5)
    convert_file(tmp_path / "theirs.keras", tmp_path / "arrays.safetensors")
    convert_file(tmp_path / "arrays.safetensors", tmp_path / "without.keras")
    with pytest.raises(FileFormatError, match="no vocabulary for layer"):
        kerasish.models.load_model(tmp_path / "without.keras")


def sequential(n):
    words = n.layers.TextVectorization(output_sequence_length=6)
    words.adapt(["the cat sat on a mat", "a dog"])
    layers = [words, n.layers.Embedding(10, 4), n.layers.LSTM(3), n.layers.Dense(1)]
    return n.Sequential([n.Input((1,), dtype="string"), *layers])


def test_training_on_text() -> None:
    given = np.array(["the cat", "a dog sat", "on on", "mat"] * 3)
    targets = np.arange(12.0).reshape(-1, 1).astype("float32")
    ours, theirs = sequential(kerasish), sequential(keras)
    ours.set_weights(theirs.get_weights())
    histories = []
    for model, x in ((ours, given), (theirs, keras.ops.convert_to_tensor(given[:, None]))):
        model.compile(optimizer="sgd", loss="mse")
        options = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
        histories.append(model.fit(x, targets, **options).history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-4)
    for x in (given, given[:, None], given.astype(object), given.astype("S")):
        np.testing.assert_allclose(
            ours.predict(x, verbose=0, batch_size=5), ours(given).detach().numpy(), rtol=1e-5
        )
    ours.fit(given, targets, verbose=0, shuffle=True, validation_split=0.25)
    assert ours(["the cat"]).shape == (1, 1)
    assert ours.input_shape == (None, 1)
    assert ours.inputs[0].dtype == "string"
    with pytest.raises(ValueError, match=r"arrays of strings.*Received: numbers"):
        ours.predict(NUMBERS[:, :1], verbose=0)


class Samples(torch.utils.data.Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, index):
        return ["the cat", "a dog", "z"][index % 3], float(index)


def test_where_text_may_come_from() -> None:
    model = sequential(kerasish)
    model.compile(optimizer="sgd", loss="mse")
    lists = [Samples()[index][0] for index in range(6)], np.arange(6.0)
    loader = torch.utils.data.DataLoader(Samples(), batch_size=4)
    batches = [(np.array(lists[0][:4]), lists[1][:4]), (np.array(lists[0][4:]), lists[1][4:])]
    wanted = model.evaluate(np.array(lists[0]), lists[1], batch_size=4, verbose=0)
    assert model.evaluate(*lists, batch_size=4, verbose=0) == pytest.approx(wanted)
    for data in (loader, iter(batches)):
        assert model.evaluate(data, verbose=0) == pytest.approx(wanted)
    assert model.evaluate(Samples(), batch_size=4, verbose=0) == pytest.approx(wanted)
    wanted = model.predict(np.array(lists[0]), verbose=0)
    for data in (lists[0], loader, iter(batches)):
        np.testing.assert_allclose(model.predict(data, verbose=0), wanted, rtol=1e-5)
    model.fit(Samples(), batch_size=2, verbose=0)
    one, other = (kerasish.layers.TextVectorization() for _ in range(2))
    one.adapt(lists[0])
    other.adapt(Samples())
    assert one.get_vocabulary() == other.get_vocabulary()


def test_a_model_without_an_input_and_a_model_of_ones_own() -> None:
    layer = kerasish.layers.TextVectorization(vocabulary=["a", "b"], output_mode="multi_hot")
    model = kerasish.Sequential([layer, kerasish.layers.Dense(2)])
    assert model.predict(np.array(["a b", "c"]), verbose=0).shape == (2, 2)

    class Own(kerasish.Model):
        def __init__(self):
            super().__init__()
            self.words = layer
            self.dense = kerasish.layers.Dense(2)

        def call(self, inputs):
            return self.dense(self.words(inputs))

    own = Own()
    assert own.predict(np.array(["a b", "c"]), verbose=0).shape == (2, 2)
    assert own(np.array(["a"])).shape == (1, 2)
    back = kerasish.layers.StringLookup(vocabulary=["a", "b"], invert=True)
    model = kerasish.Sequential([kerasish.Input((2,), dtype="int64"), back])
    assert model.output.dtype == "string"
    assert model.predict(np.array([[1, 2], [0, 9]]), verbose=0).tolist() == [
        [b"a", b"b"],
        [b"[UNK]", b"[UNK]"],
    ]


@register_keras_serializable("preprocessing_tests")
def by_commas(strings):
    return [text.split(",") for text in strings]


def test_tokens_that_are_no_lines_and_functions(tmp_path) -> None:
    for options in ({"split": "character"}, {"split": by_commas, "standardize": None}):
        layer = kerasish.layers.TextVectorization(**options)
        layer.adapt(["a\nb", "b,\u2028", "c\r,,"])
        model = kerasish.Sequential([kerasish.Input((), dtype="string"), layer])
        model.save(tmp_path / "lines.keras")
        again = kerasish.models.load_model(tmp_path / "lines.keras")
        assert again.layers[0].get_vocabulary() == layer.get_vocabulary()
        same(again(["c\n,\u2028"]), layer(["c\n,\u2028"]).numpy())


def rewritten(source, target, change) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content, zipfile.ZIP_DEFLATED)


def test_hostile_assets(tmp_path, monkeypatch) -> None:
    source, target = tmp_path / "good.keras", tmp_path / "bad.keras"
    layer = kerasish.layers.StringLookup()
    layer.adapt(["a", "b"])
    kerasish.Sequential([kerasish.Input((1,), dtype="string"), layer]).save(source)

    def with_vocabulary(content):
        rewritten(source, target, lambda n, c: content if n.endswith(".txt") else c)
        return kerasish.models.load_model(target)

    with pytest.raises(ValueError, match=r"UTF-8.*Received: "):
        with_vocabulary(b"a\n\xff")
    with pytest.raises(ValueError, match=r"each token once.*Received: "):
        with_vocabulary(b"[UNK]\na\na")
    with pytest.raises(LimitError, match="Received: "):
        with_vocabulary(b"a" * (1 << 25))
    monkeypatch.setattr("kerasish.models.files.assets._MOST_BYTES", 3)
    with pytest.raises(LimitError, match="Received: "):
        with_vocabulary(b"a\nb\nc")
    monkeypatch.undo()
    for name in ("assets/layers/string_lookup/../../../out.txt", "assets/../out.txt"):
        rewritten(source, target, lambda n, c: c)
        with zipfile.ZipFile(target, "a") as archive:
            archive.writestr(name, b"x")
        with pytest.raises(FileFormatError, match="leads out"):
            kerasish.models.load_model(target)
    rewritten(
        source,
        target,
        lambda n, c: c.replace(b'"vocabulary": null', b'"vocabulary": "/etc/hostname"'),
    )
    with pytest.raises(ValueError, match="no path of a file"):
        kerasish.models.load_model(target)


def test_on_a_device_that_holds_no_values() -> None:
    layer = kerasish.layers.TextVectorization(vocabulary=["a"]).to("meta")
    assert layer(["a b"]).device == torch.device("meta")
