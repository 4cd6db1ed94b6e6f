"""`kerasish.datasets` against Keras's on the same files."""

import importlib
import json

import keras
import numpy as np
import pytest

from kerasish import config, datasets
from tests.kerasish.datasets import files


@pytest.fixture
def keras_reads(monkeypatch):
    """Let Keras read a file, whatever hash it has."""

    def read(name, path, function="load_data", **arguments):
        module = importlib.import_module(f"keras.src.datasets.{name}")
        monkeypatch.setattr(module, "get_file", lambda *_, **__: str(path))
        return getattr(module, function)(**arguments)

    return read


def assert_same(ours, theirs):
    for mine, keras_part in zip(ours, theirs, strict=True):
        for one, other in zip(mine, keras_part, strict=True):
            assert type(one) is type(other)
            assert (one.dtype, one.shape) == (other.dtype, other.shape)
            assert one.tolist() == other.tolist()


WORDS = [
    {},
    {"num_words": 8},
    {"num_words": 8, "oov_char": None},
    {"skip_top": 5, "start_char": None},
    {"start_char": None, "index_from": 0},
    {"start_char": None, "index_from": None, "maxlen": 4},
    {"maxlen": 4, "seed": 7, "index_from": 10},
]


@pytest.mark.parametrize("arguments", WORDS, ids=str)
def test_texts(tmp_path, keras_reads, arguments):
    path = tmp_path / "texts.npz"
    files.write_imdb(path)
    theirs = keras_reads("imdb", path, **arguments)
    assert_same(datasets.imdb.load_data(path, **arguments), theirs)
    files.write_reuters(path)
    for split in (0.2, 0.5):
        theirs = keras_reads("reuters", path, **arguments, test_split=split)
        assert_same(datasets.reuters.load_data(path, **arguments, test_split=split), theirs)


@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_word_index(tmp_path, name):
    path = tmp_path / "index.json"
    path.write_text(json.dumps({"the": 1, "caf\u00e9": 2}, ensure_ascii=False), encoding="utf-8")
    assert getattr(datasets, name).get_word_index(path) == {"the": 1, "caf\u00e9": 2}


def test_topics():
    assert datasets.reuters.get_label_names() == keras.datasets.reuters.get_label_names()


@pytest.mark.parametrize("arguments", [{}, {"test_split": 0.5, "seed": 3}, {"test_split": 0}])
def test_housing(tmp_path, keras_reads, arguments):
    path = tmp_path / "housing.npz"
    files.write_housing(path, 13)
    theirs = keras_reads("boston_housing", path, **arguments)
    assert_same(datasets.boston_housing.load_data(path, **arguments), theirs)
    for version in ("small", "large"):
        theirs = keras_reads("california_housing", path, version=version, **arguments)
        ours = datasets.california_housing.load_data(version, path, **arguments)
        assert_same(ours, theirs)


def test_small_version(tmp_path):
    path = tmp_path / "housing.npz"
    np.savez(path, x=np.arange(700.0).reshape(700, 1), y=np.arange(700.0))
    (x, _), (x_test, _) = datasets.california_housing.load_data("small", path)
    assert sorted([*x[:, 0], *x_test[:, 0]]) == list(range(600))


def test_digits(tmp_path, keras_reads):
    path = tmp_path / "mnist.npz"
    files.write_mnist(path)
    assert_same(datasets.mnist.load_data(path), keras_reads("mnist", path))


def test_clothes(tmp_path, monkeypatch):
    files.write_fashion_mnist(tmp_path)
    module = importlib.import_module("keras.src.datasets.fashion_mnist")
    monkeypatch.setattr(module, "get_file", lambda name, **_: str(tmp_path / name))
    assert_same(datasets.fashion_mnist.load_data(path=tmp_path), module.load_data())


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_small_images(tmp_path, keras_reads, layout, monkeypatch):
    folder = tmp_path / "cifar-100-python"
    folder.mkdir()
    for part, count in (("train", 6), ("test", 2)):
        files.write_cifar(folder / part, count, ["fine_labels", "coarse_labels"])
    monkeypatch.setattr(config, "_image_data_format", layout)
    monkeypatch.setattr("keras.src.backend.image_data_format", lambda: layout)
    for mode in ("fine", "coarse"):
        theirs = keras_reads("cifar100", tmp_path, label_mode=mode)
        assert_same(datasets.cifar100.load_data(mode, path=folder), theirs)


def test_ten_classes(tmp_path):
    names = [f"data_batch_{number}" for number in range(1, 6)]
    stored = [files.write_cifar(tmp_path / n, 4, ["labels"], i) for i, n in enumerate(names)]
    test = files.write_cifar(tmp_path / "test_batch", 3, ["labels"], 9)
    (x, y), (x_test, y_test) = datasets.cifar10.load_data(path=tmp_path)
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((20, 32, 32, 3), "uint8", (20, 1), "uint8")
    assert y.ravel().tolist() == [label for one in stored for label in one["labels"]]
    images = np.concatenate([one["data"] for one in stored]).reshape(20, 3, 32, 32)
    np.testing.assert_array_equal(x.transpose(0, 3, 1, 2), images)
    np.testing.assert_array_equal(x_test[1, 2, 3], test["data"][1].reshape(3, 32, 32)[:, 2, 3])
    assert y_test.ravel().tolist() == test["labels"]


ALL = ["boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist"]
ALL += ["imdb", "mnist", "reuters"]


@pytest.mark.parametrize("name", ALL)
def test_origins_and_hashes_are_kerass(name, monkeypatch):
    """Both ask for the same files from the same places."""
    asked = []

    def get_file(fname=None, *, origin, cache_subdir="datasets", file_hash=None, **_):
        asked.append((fname, origin, cache_subdir, file_hash))
        raise InterruptedError

    ours = getattr(datasets, name)
    theirs = importlib.import_module(f"keras.src.datasets.{name}")
    for module in ("kerasish.datasets.stored", ours.__name__, theirs.__name__):
        monkeypatch.setattr(f"{module}.get_file", get_file, raising=False)
    calls = ["load_data"] + (["get_word_index"] if hasattr(ours, "get_word_index") else [])
    for call in calls:
        for module in (ours, theirs):
            with pytest.raises(InterruptedError):
                getattr(module, call)()
        mine, keras_asked = asked
        if name != "fashion_mnist":  # four files, in another order
            assert mine == keras_asked
        assert mine[2] == keras_asked[2]
        asked.clear()


def test_the_cache_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    files.write_fashion_mnist(folder)
    assert_same(datasets.fashion_mnist.load_data(), datasets.fashion_mnist.load_data(path=folder))


def test_without_a_connection(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def offline(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr("urllib.request.urlopen", offline)
    with pytest.raises(OSError, match="Without a connection, put the file") as caught:
        datasets.mnist.load_data()
    assert str(tmp_path / "datasets" / "mnist.npz") in str(caught.value)
    assert "tf-keras-datasets/mnist.npz" in str(caught.value)


def test_refusals(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"can be downloaded from https://.*mnist.npz"):
        datasets.mnist.load_data(tmp_path / "mnist.npz")
    with pytest.raises(ValueError, match="Received: test_split=1"):
        datasets.boston_housing.load_data(test_split=1)
    with pytest.raises(ValueError, match="Received: version='huge'"):
        datasets.california_housing.load_data("huge")
    with pytest.raises(ValueError, match="Received: label_mode='labels'"):
        datasets.cifar100.load_data("labels")
    files.write_imdb(tmp_path / "imdb.npz")
    with pytest.raises(ValueError, match="Received: maxlen=1"):
        datasets.imdb.load_data(tmp_path / "imdb.npz", maxlen=1)
