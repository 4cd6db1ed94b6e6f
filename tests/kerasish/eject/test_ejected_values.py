"""Ejected modules compute what their models do, for other sizes and masks than those stored."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

import kerasish
from kerasish.eject.samples import random_inputs, rows_looked_up, run
from tests.golden import index
from tests.kerasish.eject.conftest import MAKERS
from tests.kerasish.eject.ejecting import (
    ALLOWED,
    Pair,
    assert_equal,
    build,
    eject_to,
    imports_of,
    outputs_of,
)
from tests.kerasish.eject.random_models import random_model
from tests.kerasish.model_zoo import MODELS

# Their layers are refused; see test_eject_refusals.
REFUSED = ("conv_lstm", "stateful")
GOLDEN = [
    entry
    for entry in index.read()
    if entry["format"] in ("keras", "h5")
    and not any(word in entry["file"] for word in REFUSED)
    and not entry["file"].startswith("tf_keras")
]
# What the generated tests must not need.
BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("kerasish", "weight_port", "keras", "tensorflow"):
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Blocker())
"""


@pytest.mark.parametrize("name", MAKERS)
def test_other_sizes(ejected: dict[str, Pair], name: str) -> None:
    pair = ejected[name]
    for seed, sizes in enumerate([(1, 3), (5, 7)]):
        (arrays,) = random_inputs(pair.model, seed, [sizes])
        assert_equal(pair, arrays)


@pytest.mark.parametrize("name", MAKERS)
def test_masks_of_any_pattern(ejected: dict[str, Pair], name: str) -> None:
    """Padding in front, all over a row, and nowhere."""
    pair = ejected[name]
    (arrays,) = random_inputs(pair.model, 9, [(6, 5)])
    for place, array in enumerate(arrays):
        if array.ndim > 1 and rows_looked_up(pair.model, place) is not None:
            array[1] = 0
            array[2, :2] = 0
            array[3] = 1
            array[4, ::2] = 0
    assert_equal(pair, arrays)


@pytest.mark.parametrize("name", MAKERS)
def test_generated_files_need_torch_alone(ejected: dict[str, Pair], name: str) -> None:
    assert imports_of(ejected[name].code) <= ALLOWED


@pytest.mark.parametrize("name", MAKERS)
def test_training_mode_runs(ejected: dict[str, Pair], name: str) -> None:
    """Dropout sees the axes that it takes, and gradients reach every weight that is used."""
    pair = ejected[name]
    arrays = random_inputs(pair.model)[0]
    pair.module.train()
    try:
        outputs = pair.module(*map(torch.from_numpy, arrays))
    finally:
        pair.module.eval()
    listed = outputs.values() if isinstance(outputs, dict) else outputs
    listed = [outputs] if isinstance(outputs, torch.Tensor) else list(listed)
    if not list(pair.module.parameters()):
        return
    # The means of batch statistics vanish, and so do gradients of sums.
    sum((one.double() ** 3).sum() for one in listed if one.is_floating_point()).backward()
    missing = [key for key, one in pair.module.named_parameters() if one.grad is None]
    assert not [key for key in missing if "bias_hh" not in key]
    for parameter in pair.module.parameters():
        parameter.grad = None


def test_generated_tests_pass_without_kerasish(
    ejected: dict[str, Pair], ejected_folder: Path
) -> None:
    (ejected_folder / "conftest.py").write_text(BLOCKER)
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--rootdir", ".", "."],
        cwd=ejected_folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"{len(MAKERS)} passed" in done.stdout


def test_the_generated_test_fails_for_other_weights(tmp_path: Path) -> None:
    model = build(MAKERS["classifier"])
    pair = eject_to(model, tmp_path / "model.py")
    from safetensors.torch import load_file, save_file

    weights = load_file(tmp_path / "model.safetensors")
    weights["dense.bias"][0] += 0.01
    save_file(weights, tmp_path / "model.safetensors")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_model.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "Tensor-likes are not close" in done.stdout
    assert pair.code.exists()


@pytest.mark.parametrize("entry", GOLDEN, ids=lambda entry: entry["file"])
def test_files_of_keras(entry: dict, tmp_path: Path) -> None:
    """The outputs that Keras itself gave, from files that it wrote."""
    with warnings.catch_warnings():
        # Old files are read with remarks.
        warnings.simplefilter("ignore")
        model = kerasish.models.load_model(index.FOLDER / entry["file"])
    pair = eject_to(model, tmp_path / "model.py")
    arrays = np.load(index.FOLDER / entry["data"])
    given = [arrays[f"input_{place}"].astype(one.dtype) for place, one in enumerate(model.inputs)]
    found = outputs_of(pair.module, given)
    for place, output in enumerate(found):
        expected = arrays[f"output_{place}"]
        np.testing.assert_allclose(output, expected, rtol=entry["rtol"], atol=entry["atol"])


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_models_that_equal_keras(make, tmp_path: Path) -> None:
    """The models whose outputs are compared with real Keras elsewhere."""
    model = build(lambda: make(kerasish))
    pair = eject_to(model, tmp_path / "model.py")
    x = MODELS[make]
    if isinstance(x, dict):
        arrays = [x[key] for key in sorted(x)]
    else:
        arrays = list(x) if isinstance(x, (list, tuple)) else [x]
    wanted = run(model, arrays)
    for one, other in zip(outputs_of(pair.module, arrays), wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_random_models(tmp_path: Path) -> None:
    """Layers in any order; what each writes has to fit the others'."""
    for seed in range(40):
        model = build(lambda seed=seed: random_model(seed))
        pair = eject_to(model, tmp_path / f"model_{seed}.py")
        for number, sizes in enumerate([(1, 3), (5, 8)]):
            (arrays,) = random_inputs(model, number, [sizes])
            assert_equal(pair, arrays)


def test_export_and_compile(ejected: dict[str, Pair]) -> None:
    pair = ejected["residual_blocks"]
    example = torch.randn(2, 8, 8, 3)
    batch = torch.export.Dim("batch")
    exported = torch.export.export(pair.module, (example,), dynamic_shapes=({0: batch},)).module()
    other = torch.randn(5, 8, 8, 3)
    torch.testing.assert_close(exported(other), pair.module(other))
    masked = ejected["translation"]
    compiled = torch.compile(masked.module, backend="eager")
    arrays = [torch.from_numpy(one) for one in random_inputs(masked.model)[0]]
    with torch.no_grad():
        torch.testing.assert_close(compiled(*arrays), masked.module(*arrays))
