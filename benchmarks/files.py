"""How fast files are converted and models loaded, beside copying and beside real Keras.

    python -m benchmarks.files [--quick] [--gigabytes 1] [--rounds 3] [--markdown OUT]

Every step runs in a process of its own, in turns; what is printed are medians, and ratios within
this run. A conversion is compared with copying the file and reading it bare by h5py, which is the
least that any converter has to do.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ARRAYS = 16

# What a process does once it has imported what it needs; its time and its memory are measured.
STEPS = {
    "cp + bare h5py": """
import h5py, numpy as np, shutil
def step(folder):
    shutil.copyfile(folder / "big.weights.h5", folder / "copy.h5")
    with h5py.File(folder / "big.weights.h5") as file:
        def read(name, item):
            if isinstance(item, h5py.Dataset):
                item.read_direct(np.empty(item.shape, item.dtype))
        file.visititems(read)
""",
    "weights.h5 to safetensors": """
from weight_port.convert import convert_file
import weight_port.formats.safetensors_file, weight_port.formats.weights_h5
def step(folder):
    convert_file(folder / "big.weights.h5", folder / "big.safetensors", layout="torch")
""",
    "safetensors to .keras": """
from weight_port.convert import convert_file
import weight_port.formats.keras_zip, weight_port.formats.safetensors_file
def step(folder):
    convert_file(folder / "big.safetensors", folder / "big.keras", like=folder / "like.json")
""",
    "load .keras, kerasish": """
from kerasish.models import load_model
import kerasish.models.files.keras_weights
def step(folder):
    load_model(folder / MODEL)
""",
    "load .keras, Keras on TensorFlow": """
import keras
def step(folder):
    keras.models.load_model(folder / MODEL, compile=False)
""",
}
_PROGRAM = """
import json, resource, sys, time
from pathlib import Path
MODEL = {model!r}
{step}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
step(Path({folder!r}))
seconds = time.perf_counter() - began
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({{"seconds": seconds, "megabytes": (after - before) / 1024}}))
"""


def measure(name: str, folder: Path, model: str = "") -> dict[str, float]:
    """Run one step in a new process, and return its seconds and the memory that it added."""
    program = _PROGRAM.format(step=STEPS[name], folder=str(folder), model=model)
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def make_big_file(folder: Path, gigabytes: float) -> int:
    """Write a weights file of Dense layers, and the architecture beside it; return its bytes."""
    import h5py
    import numpy as np

    units = int((gigabytes * 1e9 / 4 / ARRAYS) ** 0.5) // 8 * 8
    rng = np.random.default_rng(0)
    layers = [{"class_name": "InputLayer", "module": "keras.layers", "registered_name": None,
               "config": {"batch_shape": [None, units], "name": "input"}}]  # fmt: skip
    with h5py.File(folder / "big.weights.h5", "w") as file:
        for number in range(ARRAYS):
            name = f"dense_{number}" if number else "dense"
            file[f"layers/{name}/vars/0"] = rng.random((units, units), np.float32)
            file[f"layers/{name}/vars/1"] = np.zeros(units, np.float32)
            file[f"layers/{name}/vars"].attrs["name"] = name
            layers.append({"class_name": "Dense", "module": "keras.layers",
                           "registered_name": None,
                           "config": {"units": units, "name": name}})  # fmt: skip
    config = {"class_name": "Sequential", "module": "keras", "registered_name": None,
              "config": {"name": "big", "layers": layers}}  # fmt: skip
    (folder / "like.json").write_text(json.dumps(config))
    return (folder / "big.weights.h5").stat().st_size


def make_models(folder: Path) -> dict[str, str]:
    """Write the models that are loaded, by kerasish; return their files by what they are."""
    import kerasish
    from kerasish import layers

    small = [kerasish.Input((20, 16))]
    small += [layers.LSTM(16, return_sequences=True) for _ in range(30)]
    large = [kerasish.Input((20, 512))]
    large += [layers.LSTM(1024, return_sequences=True) for _ in range(4)]
    large += [layers.Dense(1024)]
    files = {}
    for title, stack in (("30 small layers", small), ("large layers", large)):
        model = kerasish.Sequential(stack)
        name = f"{title.replace(' ', '_')}.keras"
        model.save(folder / name)
        megabytes = (folder / name).stat().st_size / 1e6
        files[f"{title}, {megabytes:.1f} MB"] = name
    return files


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="0.1 GB and one round")
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args(arguments)
    if options.quick:
        options.gigabytes, options.rounds = 0.1, 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = make_big_file(folder, options.gigabytes)
        rows = _conversions(folder, size, options.rounds)
        rows += _loads(folder, options.rounds)
    text = "\n".join(rows) + "\n"
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    return 0


def _rounds(names: list[str], folder: Path, rounds: int, model: str = "") -> dict[str, tuple]:
    """Measure steps in turns; return the medians of seconds and megabytes."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found[name].append(measure(name, folder, model))
            time.sleep(0.1)
    return {
        name: tuple(statistics.median(run[part] for run in runs) for part in runs[0])
        for name, runs in found.items()
    }


def _conversions(folder: Path, size: int, rounds: int) -> list[str]:
    steps = ["cp + bare h5py", "weights.h5 to safetensors", "safetensors to .keras"]
    measured = _rounds(steps, folder, rounds)
    base = measured[steps[0]][0]
    rows = [
        f"A weights file of {size / 1e9:.2f} GB, its largest array {size / ARRAYS / 1e6:.0f} MB.",
        "",
        "| step | seconds | against cp + bare h5py | memory added |",
        "| --- | --- | --- | --- |",
    ]
    for name, (seconds, megabytes) in measured.items():
        rows.append(f"| {name} | {seconds:.2f} | {seconds / base:.2f}x | {megabytes:.0f} MB |")
    for file in ("copy.h5", "big.safetensors", "big.keras", "big.weights.h5"):
        (folder / file).unlink(missing_ok=True)
    return rows


def _loads(folder: Path, rounds: int) -> list[str]:
    steps = ["load .keras, kerasish"]
    if _has_keras():
        steps.append("load .keras, Keras on TensorFlow")
    rows = ["", "| model | " + " | ".join(steps) + " | ratio |", "|" + " --- |" * (len(steps) + 2)]
    for title, file in make_models(folder).items():
        measured = [seconds for seconds, _ in _rounds(steps, folder, rounds, file).values()]
        ratio = f"{measured[0] / measured[-1]:.2f}x" if len(measured) > 1 else "not installed"
        rows.append(f"| {title} | " + " | ".join(f"{s:.3f} s" for s in measured) + f" | {ratio} |")
    return rows


def _has_keras() -> bool:
    from importlib.util import find_spec

    return find_spec("keras") is not None and find_spec("tensorflow") is not None


if __name__ == "__main__":
    sys.exit(main())
