"""`audio_dataset_from_directory` and `Config`, against real Keras."""

from __future__ import annotations

import copy
import wave
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import kerasish

READ = kerasish.utils.audio_dataset_from_directory


def write(path: Path, values: np.ndarray, width: int = 2, rate: int = 8000) -> None:
    """Write samples from -1 to 1, `(samples, channels)`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(values.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        whole = np.round(values * (2 ** (8 * width - 1) - 1)).astype("<i4")
        stored = whole.view(np.uint8).reshape(*whole.shape, 4)[..., :width]
        if width == 1:
            stored = (whole + 128).astype(np.uint8)
        file.writeframes(stored.tobytes())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("audio")
    random = np.random.default_rng(0)
    for number in range(11):
        values = random.uniform(-1, 1, (int(random.integers(1, 30)), 2))
        write(top / ("low" if number % 3 else "high") / f"{number}.wav", values)
    return top


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"batch_size": None, "label_mode": None},
        {"batch_size": 4, "label_mode": "binary", "output_sequence_length": 12, "seed": 3},
        {"batch_size": 3, "label_mode": "categorical", "shuffle": False},
        {"batch_size": 2, "validation_split": 0.3, "subset": "both", "seed": 1},
        {"batch_size": 5, "labels": list(range(11)), "seed": 2},
    ],
    ids=["defaults", "single", "binary", "categorical", "both", "labels"],
)
def test_recordings_are_keras(folder: Path, arguments: dict[str, Any]) -> None:
    found = []
    for library in (keras, kerasish):
        library.utils.set_random_seed(5)
        own = copy.deepcopy(arguments)  # Keras shuffles the list of labels
        read = library.utils.audio_dataset_from_directory(folder, verbose=False, **own)
        parts = read if arguments.get("subset") == "both" else [read]
        found.append([(part.class_names, len(part), part) for part in parts])
    for (names, count, theirs), (own_names, own_count, ours) in zip(*found, strict=True):
        assert (own_names, own_count) == (names, count)
        batches = zip(theirs.as_numpy_iterator(), ours.as_numpy_iterator(), strict=True)
        for expected, batch in batches:
            if not isinstance(batch, tuple):
                expected, batch = (expected,), (batch,)
            for one, other in zip(expected, batch, strict=True):
                assert one.dtype == other.dtype
                np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_samples_of_each_width(tmp_path: Path, width: int) -> None:
    values = np.array([[-1.0], [-0.5], [0.0], [0.5], [1.0]])
    write(tmp_path / "a" / "x.wav", values, width)
    recordings = next(iter(READ(tmp_path, labels=None, verbose=False)))
    np.testing.assert_allclose(recordings[0].numpy(), values, atol=2.0 ** (2 - 8 * width))


def test_errors(tmp_path: Path) -> None:
    write(tmp_path / "a" / "x.wav", np.zeros((3, 1)))
    for arguments, text in [
        ({"ragged": True}, "Received: ragged=True"),
        ({"sampling_rate": 0}, "Received: sampling_rate=0"),
        ({"output_sequence_length": "x"}, "Received: output_sequence_length='x'"),
        ({"label_mode": "no"}, "Received: label_mode='no'"),
    ]:
        with pytest.raises(ValueError, match=text):
            READ(tmp_path, **arguments)
    with pytest.raises(ValueError, match="Received: sampling_rate=44100"):
        list(READ(tmp_path, sampling_rate=44100, verbose=False))
    assert len(list(READ(tmp_path, sampling_rate=8000, verbose=False))) == 1
    for wrong in (b"", b"RIFF....WAVE", b"text"):
        (tmp_path / "a" / "x.wav").write_bytes(wrong)
        with pytest.raises(ValueError, match="which is none"):
            list(READ(tmp_path, verbose=False))


def test_config_is_keras() -> None:
    answers = []
    for library in (keras, kerasish):
        config = library.utils.Config(rate=0.1, size=2)
        config.name = "x"
        config["depth"] = [1, 2]
        config.update({"more": 1}, last=2)
        del config["more"]
        found: list[Any] = [config.rate, config["name"], config.pop("last"), config.pop("none", 4)]
        found += [list(config), len(config), "size" in config, config.get("no", 1), repr(config)]
        found += [config.to_json(), config.as_dict(), list(config.items()), config.frozen]
        config.freeze()
        for change in (
            lambda config=config: setattr(config, "rate", 3),
            lambda config=config: config.update(rate=3),
            lambda config=config: config.pop("rate"),
        ):
            with pytest.raises(ValueError, match="frozen"):
                change()
        with pytest.raises(AttributeError, match="Did you mean 'depth'"):
            _ = config.depht
        config.unfreeze()
        config.rate = 5
        answers.append([*found, config.rate, list(config.keys()), list(config.values())])
    assert answers[0] == answers[1]
    with pytest.raises(AttributeError, match="Received: items=3"):
        kerasish.utils.Config().items = 3
