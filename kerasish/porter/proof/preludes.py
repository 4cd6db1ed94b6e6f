"""What runs on each side before the first cell; the report shows it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_GENERATORS = """

def default_rng(seed=None, of_numpy=numpy.random.default_rng, seeds=itertools.count({seed})):
    # Generators without a seed get one, the same on both sides.
    return of_numpy(next(seeds) if seed is None else seed)


numpy.random.default_rng = default_rng
"""
_ORIGINAL = """\
import itertools
import sys

import keras
import numpy
import tensorflow
{torch}

def set_seed(
    seed, of_keras=keras.utils.set_random_seed, of_tensorflow=tensorflow.random.set_seed
):
    # In the port both seed all that Keras draws from, and torch.
    tensorflow.random.set_seed = of_tensorflow
    of_keras(seed)
    tensorflow.random.set_seed = set_seed
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


keras.utils.set_random_seed = tensorflow.compat.v1.set_random_seed = set_seed
tensorflow.compat.v1.random.set_random_seed = set_seed
set_seed({seed})
"""
_PORT = """\
import itertools

import numpy

import kerasish

kerasish.install()  # modules that import Keras get kerasish
kerasish.utils.set_random_seed({seed})
"""
_LOADING = """\
def _kerasish_proof_load(names, namespace):
    import importlib.util, json, sys
    loaded = []
    for name in ("encode", "effect", "watch"):
        place = names["inside"] + "/" + name + ".py"
        spec = importlib.util.spec_from_file_location("_kerasish_proof_" + name, place)
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        loaded.append(module)
    exec(names["prelude"], {"__name__": "prelude"})
    sys.argv = [names["path"]]
    if names["script"]:
        namespace["__file__"] = names["path"]
    modules = {name: sys.modules.get(name) for name in names["packages"]}
    versions = {"python": sys.version.split()[0]}
    versions |= {name: getattr(one, "__version__", "") for name, one in modules.items() if one}
    with open(names["folder"] + "/versions.json", "w") as file:
        json.dump(versions, file)
    encode, effect, watch = loaded
    effects = effect.Effects(names["original"]) if names["copy"] else None
    watch.watch = watch.Watch(
        get_ipython(), names["folder"], names["starts"], names["copy"], encode, effects
    )
"""
INSIDE = Path(__file__).parent / "inside"
SNAPSHOT = "__import__('sys').modules['_kerasish_proof_watch'].watch.snapshot({number})"


def prelude(original: bool, seed: int, cells: Iterable[str]) -> str:
    """Return the code that seeds a side.

    Args:
        original: Whether it is the side of Keras.
        seed: The seed.
        cells: The code that it is for; torch is imported where it is mentioned.
    """
    torch = "import torch\n" if any("torch" in cell for cell in cells) else ""
    return ((_ORIGINAL if original else _PORT) + _GENERATORS).format(seed=seed, torch=torch)


def loading(original: bool, prelude: str, path: Path, folder: Path, starts: Path) -> str:
    """Return the cell that runs the prelude and lets the side be watched.

    Args:
        original: Whether it is the side of Keras.
        prelude: What seeds the side.
        path: The file, for `__file__` and `sys.argv`.
        folder: Where the side writes what is seen.
        starts: Where the initial weights of the original lie.
    """
    names = {
        "inside": str(INSIDE),
        "prelude": prelude,
        "path": str(path),
        "script": path.suffix == ".py",
        "packages": ["keras", "tensorflow"] if original else ["kerasish", "torch"],
        "folder": str(folder),
        "starts": str(starts),
        "original": str(folder.with_name("original")),
        "copy": not original,
    }
    return f"{_LOADING}\n_kerasish_proof_load({names!r}, globals())\ndel _kerasish_proof_load"
