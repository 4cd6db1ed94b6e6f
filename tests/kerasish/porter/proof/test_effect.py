"""Weights that differ and have no effect on what a model gives."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import kerasish
from kerasish.porter.proof.inside import encode
from kerasish.porter.proof.inside.effect import Effects
from kerasish.porter.proof.results import Item, State
from kerasish.porter.proof.values import Comparer
from weight_port.verify import Tolerance


def normalized() -> kerasish.Model:
    """The bias of the convolution is taken out again by the normalization."""
    layers = kerasish.layers
    words = kerasish.Input((None,), dtype="int32")
    picture = kerasish.Input((4, 4, 3))
    read = layers.LSTM(2, recurrent_dropout=0.5)(layers.Embedding(5, 3)(words))
    seen = layers.BatchNormalization()(layers.Conv2D(2, 3)(picture))
    seen = layers.Flatten()(layers.Dropout(0.5)(seen))
    return kerasish.Model([words, picture], [layers.Dense(2)(layers.concatenate([read, seen]))])


def changed(model: kerasish.Model, layer: str, place: int, by: float) -> list[np.ndarray]:
    """The weights with another value in one layer, and what the normalization makes of it."""
    before = model.get_weights()
    for name, index in ((layer, place), ("batch_normalization", 2)):
        if name == layer or (layer == "conv2d" and place == 1):
            one = model.get_layer(name)
            weights = one.get_weights()
            weights[index] = weights[index] + by
            one.set_weights(weights)
    after = model.get_weights()
    model.set_weights(before)
    return after


def compare(folder: Path, theirs: kerasish.Model, name: str, ours: Any) -> Item:
    """What the port's side adds to the original's node, compared."""
    encoders = encode.Encoder("1_a"), encode.Encoder("1_b")
    original, port = encoders[0].encode(theirs), encoders[1].encode(ours)
    (folder / "1.json").write_text(json.dumps({"variables": {"model": original}}))
    np.savez(folder / "1.npz", **encoders[0].arrays)  # type: ignore[arg-type]
    pair = Effects(str(folder)).of(1, name, ours)
    port["effect"] = pair and [encoders[1].encode(one) for one in pair]
    comparer = Comparer(Tolerance(1e-3, 1e-6), encoders[0].arrays, encoders[1].arrays)
    return comparer.item(name, original, json.loads(json.dumps(port)))


@pytest.fixture
def models() -> tuple[kerasish.Model, kerasish.Model]:
    kerasish.backend.clear_session()
    kerasish.utils.set_random_seed(0)
    theirs = normalized()
    ours = kerasish.models.clone_model(theirs)
    ours.set_weights(theirs.get_weights())
    return theirs, ours


def test_a_bias_that_is_normalized(tmp_path: Path, models: Any) -> None:
    theirs, ours = models
    theirs.set_weights(changed(theirs, "conv2d", 1, 0.01))
    item = compare(tmp_path, theirs, "model", ours)
    assert item.state is State.AGREE
    assert item.note.startswith("weights that have no effect differ")
    assert item.absolute == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize(("layer", "place"), [("conv2d", 0), ("dense", 1), ("embedding", 0)])
def test_weights_that_matter(tmp_path: Path, models: Any, layer: str, place: int) -> None:
    theirs, ours = models
    theirs.set_weights(changed(theirs, layer, place, 0.01))
    assert compare(tmp_path, theirs, "model", ours).state is State.DIFFER


def test_nothing_is_touched(tmp_path: Path, models: Any) -> None:
    theirs, ours = models
    theirs.set_weights(changed(theirs, "dense", 1, 0.01))
    state = {name: one.clone() for name, one in ours.state_dict().items() if torch.is_tensor(one)}
    draws = random.getstate(), torch.get_rng_state(), str(np.random.get_state())  # noqa: NPY002
    assert compare(tmp_path, theirs, "model", ours).state is State.DIFFER
    assert random.getstate() == draws[0]
    assert torch.equal(torch.get_rng_state(), draws[1])
    assert str(np.random.get_state()) == draws[2]  # noqa: NPY002
    for name, one in ours.state_dict().items():
        assert not torch.is_tensor(one) or torch.equal(one, state[name]), name
    assert not ours.training


def test_models_that_can_not_be_run_are_compared_by_their_weights(
    tmp_path: Path, models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, ours = models
    theirs.set_weights(changed(theirs, "conv2d", 1, 0.01))
    assert compare(tmp_path, theirs, "another", ours).state is State.DIFFER
    monkeypatch.setattr(copy, "deepcopy", lambda *_: 1 / 0)
    assert compare(tmp_path, theirs, "model", ours).state is State.DIFFER
