"""`text_dataset_from_directory` against Keras's."""

import keras
import numpy as np
import pytest

from kerasish.utils import set_random_seed, text_dataset_from_directory

CLASSES = {"b": 7, "a": 5, "ü": 4, ".hidden": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    top = tmp_path_factory.mktemp("texts")
    for name, count in CLASSES.items():
        (top / name / "deep").mkdir(parents=True)
        for index in range(count):
            place = top / name / "deep" if index % 3 == 2 else top / name
            (place / f"{index}.TXT").write_bytes(f"{name} größe {index}".encode())
        (top / name / "notes.md").write_text("no text")
    (top / "0.txt").write_text("top")
    return top


def batches(pipeline):
    return [
        [(part.dtype, part.tolist()) for part in (batch if isinstance(batch, tuple) else (batch,))]
        for batch in pipeline.batch(1).as_numpy_iterator()
    ]


CASES = [
    {},
    {"shuffle": False, "batch_size": 4},
    {"seed": 3, "batch_size": 2, "label_mode": "categorical"},
    {"class_names": ["ü", "a"], "label_mode": "binary", "max_length": 6, "seed": 1},
    {"label_mode": None, "seed": 1, "batch_size": None},
    {"labels": None, "shuffle": False},
    {"seed": 1, "validation_split": 0.3, "subset": "both", "batch_size": 3},
    {"seed": 1, "validation_split": 0.3, "subset": "validation"},
    {"shuffle": False, "validation_split": 0.5, "subset": "training", "batch_size": None},
    {"labels": [index % 3 for index in range(19)], "seed": 2},
]


@pytest.mark.parametrize("arguments", CASES, ids=str)
def test_as_in_keras(folder, arguments, capsys):
    found = []
    for module, seeded in (
        (keras.utils.text_dataset_from_directory, keras.utils.set_random_seed),
        (text_dataset_from_directory, set_random_seed),
    ):
        seeded(5)
        own = {**arguments, "labels": list(arguments["labels"])} if isinstance(
            arguments.get("labels"), list) else arguments  # Keras shuffles the list  # fmt: skip
        answer = module(folder, **own)
        parts = answer if isinstance(answer, list) else [answer]
        found.append([capsys.readouterr().out])
        for part in parts:
            found[-1] += [part.class_names, len(part), batches(part), batches(part)]
    assert found[0] == found[1]


def test_of_shuffled_files_the_labels_fit(folder):
    data = text_dataset_from_directory(folder, seed=0, verbose=False)
    for texts, labels in data:
        for text, label in zip(texts.numpy(), labels.numpy(), strict=True):
            assert text.decode().startswith(data.class_names[label])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": "all"}, "Received: labels='all'"),
        ({"labels": [1], "class_names": ["a"]}, r"goes with labels='inferred'"),
        ({"labels": [1]}, r"each of the 19 files .* Received: 1 labels"),
        ({"label_mode": "sparse"}, "Received: label_mode='sparse'"),
        ({"label_mode": "binary"}, r"two classes. Received: class_names=\['a', 'b', 'ü'\]"),
        ({"class_names": ["c"]}, r"of \['a', 'b', 'ü'\]. Received: class_names=\['c'\]"),
        ({"validation_split": 0.2}, "go together"),
        ({"validation_split": 1.5, "subset": "both"}, "validation_split=1.5"),
        ({"validation_split": 0.5, "subset": "test"}, "Received: subset='test'"),
        ({"validation_split": 0.5, "subset": "both"}, "needs a `seed`"),
        ({"validation_split": 0.01, "subset": "validation", "seed": 1}, "too few for two parts"),
    ],
)
def test_refusals(folder, arguments, message):
    with pytest.raises(ValueError, match=message):
        text_dataset_from_directory(folder, **arguments)


def test_empty_folder(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(ValueError, match="with 0 files"):
        text_dataset_from_directory(tmp_path)


def test_a_text_layer_learns_from_it(folder):
    from kerasish.layers import TextVectorization

    data = text_dataset_from_directory(folder, shuffle=False, verbose=False, batch_size=4)
    layer = TextVectorization(output_sequence_length=4)
    layer.adapt(data.map(lambda text, label: text))
    vectors, labels = next(iter(data.map(lambda text, label: (layer(text), label))))
    words = layer.get_vocabulary()
    assert [words[number] for number in vectors[0]] == ["a", "größe", "0", ""]
    np.testing.assert_array_equal(labels, [0, 0, 0, 0])
