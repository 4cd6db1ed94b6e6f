"""Old modules and names: the same objects, one warning each; what is missing says what to do."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
from collections.abc import Iterator

import pytest

import kerasish
from kerasish.old_modules import OldModule

# Old module, names in it, the module that has them now.
MODULES = [
    ("layers.recurrent", ["LSTM", "GRU", "SimpleRNN"], "layers"),
    ("layers.embeddings", ["Embedding"], "layers"),
    ("layers.merge", ["concatenate", "Add"], "layers"),
    ("layers.wrappers", ["TimeDistributed", "Bidirectional"], "layers"),
    ("layers.noise", ["GaussianNoise"], "layers"),
    ("layers.advanced_activations", ["LeakyReLU"], "layers"),
    ("layers.experimental.preprocessing", ["TextVectorization"], "layers"),
    ("utils.np_utils", ["to_categorical"], "utils"),
    ("utils.vis_utils", ["plot_model"], "utils"),
    ("utils.generic_utils", ["get_custom_objects"], "utils"),
    ("optimizers.gradient_descent", ["SGD"], "optimizers"),
    ("optimizer_v2.adam", ["Adam"], "optimizers"),
    ("callbacks.callbacks", ["EarlyStopping"], "callbacks"),
    ("engine.topology", ["Layer", "InputSpec"], "layers"),
    ("engine.training", ["Model"], "models"),
    ("objectives", ["mean_squared_error"], "losses"),
]
# The same for folders that are here already, and for names.
NAMES = [
    ("layers.core", "Dense", "layers"),
    ("layers.convolutional", "Conv2D", "layers"),
    ("layers.normalization", "BatchNormalization", "layers"),
    ("layers.pooling", "GlobalMaxPooling1D", "layers"),
    ("layers.rnn", "LSTM", "layers"),
    ("constraints", "maxnorm", None),
    ("losses", "cosine", None),
    ("models", "Input", "layers"),
]
# Modules that Keras 2 and 3 share, and those of today whose names are no old ones.
SILENT = [
    ("preprocessing.text", "Tokenizer"),
    ("preprocessing.sequence", "TimeseriesGenerator"),
    ("preprocessing.image", "ImageDataGenerator"),
    ("optimizers.adam", "Adam"),
    ("callbacks.tensorboard", "TensorBoard"),
    ("layers.rnn.lstm", "LSTM"),
]


def _forget() -> None:
    for name, module in list(sys.modules.items()):
        if isinstance(module, OldModule):
            del sys.modules[name]
            parent, _, short = name.rpartition(".")
            vars(sys.modules.get(parent, kerasish)).pop(short, None)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No old module has been imported before, and none stays."""
    _forget()
    yield
    _forget()


def run(line: str) -> tuple[dict[str, object], list[str]]:
    """Run an import in a module of a user; return its names and the warnings."""
    names: dict[str, object] = {"__name__": "user"}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(compile(line, "user.py", "exec"), names)
    assert all(one.category is DeprecationWarning for one in caught)
    assert all(one.filename == "user.py" for one in caught), "the user's line is named"
    return names, [str(one.message) for one in caught]


@pytest.mark.parametrize(("old", "names", "new"), MODULES, ids=[one[0] for one in MODULES])
def test_an_old_module_has_the_names_of_today(old: str, names: list[str], new: str) -> None:
    line = f"from kerasish.{old} import {', '.join(names)}"
    found, said = run(line)
    today = importlib.import_module(f"kerasish.{new}")
    assert all(found[name] is getattr(today, name) for name in names)
    assert said == [f"kerasish.{old} is kerasish.{new} since Keras 3."]
    assert run(line)[1] == []


@pytest.mark.parametrize(("old", "name", "new"), NAMES, ids=[f"{a}.{b}" for a, b, _ in NAMES])
def test_an_old_name_in_a_folder_of_today(old: str, name: str, new: str | None) -> None:
    vars(importlib.import_module(f"kerasish.{old}")).pop(name, None)
    found, said = run(f"from kerasish.{old} import {name}")
    assert len(said) == 1
    assert f"kerasish.{old}.{name} is kerasish." in said[0]
    if new is not None:
        assert found[name] is getattr(importlib.import_module(f"kerasish.{new}"), name)
    del vars(importlib.import_module(f"kerasish.{old}"))[name]


@pytest.mark.parametrize(("module", "name"), SILENT, ids=[one[0] for one in SILENT])
def test_names_of_today_do_not_warn(module: str, name: str) -> None:
    assert run(f"from kerasish.{module} import {name}")[1] == []


def test_old_modules_as_attributes_and_by_star() -> None:
    found, said = run(
        "import kerasish\n"
        "one = kerasish.utils.np_utils.to_categorical\n"
        "two = kerasish.layers.experimental.preprocessing.Rescaling\n"
        "from kerasish.layers.recurrent import *"
    )
    assert found["one"] is kerasish.utils.to_categorical
    assert found["two"] is kerasish.layers.Rescaling
    assert found["LSTM"] is kerasish.layers.LSTM
    assert len(said) == 3


@pytest.mark.parametrize(
    ("module", "name", "advice"),
    [
        ("layers", "JaxLayer", "kerasish.wrap"),
        ("layers.local", "LocallyConnected1D", "einsum"),
        ("utils", "print_summary", "model.summary"),
        ("wrappers.scikit_learn", "KerasClassifier", "SciKeras"),
        ("quantizers", "AbsMaxQuantizer", "torchao"),
        ("callbacks", "OrbaxCheckpoint", "ModelCheckpoint"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_is_missing_says_what_to_do(module: str, name: str, advice: str) -> None:
    with pytest.raises(ImportError, match=advice):
        exec(f"from kerasish.{module} import {name}", {})
    with pytest.raises(AttributeError, match=advice):
        eval(f"kerasish.{module}.{name}", {"kerasish": kerasish})


def test_other_names_are_missing_as_in_any_module() -> None:
    assert not hasattr(kerasish.layers, "Nonsense")
    assert not hasattr(kerasish, "_nonsense")
    for line in ("from kerasish.layers import Nonsense", "from kerasish.layers.core import Nil"):
        with pytest.raises(ImportError, match="cannot import name"):
            exec(line, {})
    with pytest.raises(ModuleNotFoundError, match="No module named"):
        exec("import kerasish.nonsense", {})


def test_the_porter_is_loaded_for_old_names_alone() -> None:
    code = "import sys, kerasish; print('kerasish.porter.catalog' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "False"
