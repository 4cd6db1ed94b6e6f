"""`.pt`, `.pth`, `.bin`: what `torch.save` wrote, read as weights only.

These files are pickles. Torch's reader for weights admits tensors and plain containers and nothing
else; a file that needs more is refused, and never read in another way.
"""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch

from weight_port.errors import FileFormatError, LimitError
from weight_port.formats.atomic import replacing
from weight_port.formats.limits import DEFAULT_LIMITS, Limits
from weight_port.formats.optimizer_names import without_optimizer
from weight_port.formats.tensors import LazyTensors, OpenFile, TensorInfo, Tensors
from weight_port.formats.zip_archive import ZipArchive
from weight_port.torch_arrays import numpy_of, tensor_of

NAME = "torch"
# Under which keys training scripts keep the weights among other things, and the optimizer.
_WEIGHTS = ("state_dict", "model_state_dict", "model", "module", "net", "weights")
_OPTIMIZERS = ("optimizer_state_dict", "optimizer", "optimizer_states", "optim")
_PROTOCOL_2 = b"\x80\x02"


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a file is one of these, by its structure."""
    if head.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return path.suffix in (".pt", ".pth", ".bin")
        return any(name.endswith("/data.pkl") or name == "data.pkl" for name in names)
    return head.startswith(_PROTOCOL_2)


def open_file(path: str | PathLike, *, limits: Limits = DEFAULT_LIMITS) -> TorchFile:
    """Open a file of `torch.save`.

    Raises:
        FileFormatError: If it is broken, holds more than tensors and plain containers, or no
            weights.
    """
    return TorchFile(Path(path), limits)


class TorchFile(OpenFile):
    """An open file of `torch.save`; its tensors are mapped and not read until they are asked for.

    Attributes:
        other: The keys whose values are left out, as they hold no weights.
    """

    format = NAME

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = path
        is_zip = _is_zip(path)
        if is_zip:
            _check_archive(path, limits)
        loaded = _load(path, mapped=is_zip)
        weights, key = _weights_in(loaded, path)
        self._tensors = _flat(weights, "", path, limits)
        if not self._tensors:
            raise FileFormatError(f"{path} holds no tensors. Received: {type(loaded).__name__}")
        limits.check_count(path, "tensors", len(self._tensors))
        infos = {name: _info(tensor) for name, tensor in self._tensors.items()}
        self._model, own = without_optimizer(infos, self._read)
        total = sum(info.nbytes for info in infos.values())
        limits.check_expansion(path, "the tensors together", total, path.stat().st_size)
        beside = loaded if key else {}
        state: dict[str, torch.Tensor] = {}
        for name in beside:
            if name in _OPTIMIZERS:
                found = _flat(beside[name], "", path, limits)
                state.update({f"{name}/{inner}": tensor for inner, tensor in found.items()})
        self.optimizer = own or LazyTensors(
            {name: _info(tensor) for name, tensor in state.items()},
            lambda name: numpy_of(state[name]).copy(),
        )
        self.other = [str(name) for name in beside if name != key and name not in _OPTIMIZERS]
        held = {
            name[:end]
            for name in self._tensors
            for end in [*(at for at, letter in enumerate(name) if letter == "."), len(name)]
        }
        self.other += [str(name) for name in weights if str(name) not in held]

    def __getitem__(self, name: str) -> TensorInfo:
        return self._model[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._model)

    def __len__(self) -> int:
        return len(self._model)

    def read(self, name: str) -> np.ndarray:
        """Return the values of one tensor."""
        if name not in self._model:
            raise KeyError(name)
        return self._read(name)

    def _read(self, name: str) -> np.ndarray:
        return np.array(numpy_of(self._tensors[name]), order="C")

    def close(self) -> None:
        """Let go of the tensors."""
        self._tensors = {}


def _is_zip(path: Path) -> bool:
    try:
        return zipfile.is_zipfile(path)
    except zipfile.BadZipFile as error:
        raise FileFormatError(f"{path} is not a complete zip file. Received: {error}") from error


def _check_archive(path: Path, limits: Limits) -> None:
    """Check the zip file around the pickle before torch looks at it."""
    archive = ZipArchive(path, limits)
    try:
        names = archive.names
        for name in names:
            archive.check(name)
    finally:
        archive.close()
    if any("/code/" in name or name.endswith("constants.pkl") for name in names):
        raise FileFormatError(
            f"{path} is a TorchScript program, whose code is never run. Store its weights by "
            "`torch.save(model.state_dict(), path)`. Received: an archive with code"
        )


def _load(path: Path, *, mapped: bool) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped or None)
    except pickle.UnpicklingError as error:
        reason = str(error).split("\n")[0].split(". ")[0]
        raise FileFormatError(
            f"{path} holds more than tensors, and objects in a pickle could run code, so it is "
            "not read. Store the weights by `torch.save(model.state_dict(), path)`, or better as "
            f"safetensors. Received: {reason[:200]}"
        ) from error
    except Exception as error:
        raise FileFormatError(
            f"{path} is not a complete file of torch.save. "
            f"Received: {type(error).__name__}: {str(error)[:200]}"
        ) from error


def _weights_in(loaded: Any, path: Path) -> tuple[Any, str]:
    """Return the state dict in what was loaded, and the key under which it stood."""
    if not isinstance(loaded, Mapping):
        raise FileFormatError(f"{path} holds no dict of tensors. Received: {type(loaded).__name__}")
    if any(isinstance(value, torch.Tensor) for value in loaded.values()):
        return loaded, ""
    found = [key for key in _WEIGHTS if isinstance(loaded.get(key), Mapping)]
    if len(found) != 1:
        raise FileFormatError(
            f"{path}: which of its entries holds the weights is not certain; the keys {_WEIGHTS} "
            f"are known. Received: {[str(key) for key in loaded][:20]}"
        )
    return loaded[found[0]], found[0]


def _flat(value: Any, prefix: str, path: Path, limits: Limits) -> dict[str, torch.Tensor]:
    """Return the tensors in nested containers, with the keys joined by dots.

    A pickle can hold a container that is in itself, or one that is in others again and again, so
    depth and number of the items are bounded.
    """
    found: dict[str, torch.Tensor] = {}
    stack, seen = [(prefix, value, 0)], 0
    while stack:
        name, item, depth = stack.pop()
        seen += 1
        limits.check_count(path, "items", seen)
        if depth > limits.depth:
            raise LimitError(
                f"{path}: containers are nested too deeply. If you trust the file, raise the "
                f"limit: Limits(depth=...). Received: more than {limits.depth} levels"
            )
        if isinstance(item, torch.Tensor):
            if name in found:
                raise FileFormatError(f"{path}: two tensors have one name. Received: {name!r}")
            found[name] = item
            continue
        if isinstance(item, Mapping):
            pairs = list(item.items())
        else:
            pairs = list(enumerate(item)) if isinstance(item, (list, tuple)) else []
        for key, inner in reversed(pairs):
            stack.append((f"{name}.{key}" if name else str(key), inner, depth + 1))
    return found


def _info(tensor: torch.Tensor) -> TensorInfo:
    if tensor.layout != torch.strided or tensor.is_quantized:
        raise FileFormatError(
            f"Weights are plain dense tensors. Received: layout {tensor.layout}, {tensor.dtype}"
        )
    return TensorInfo(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))


def write(
    path: str | PathLike,
    tensors: Tensors,
    *,
    metadata: Mapping[str, str] | None = None,
    overwrite: bool = True,
) -> None:
    """Write a dict of tensors by `torch.save`.

    All tensors are in memory while the file is written: `torch.save` takes them together. The
    format has no place for metadata.

    Args:
        path: The file; it appears under its name when it is complete.
        tensors: The arrays.
        metadata: Not written.
        overwrite: Whether an existing file is replaced.
    """
    state = {name: tensor_of(tensors.read(name)) for name in tensors}
    with replacing(path, overwrite=overwrite) as temporary:
        torch.save(state, temporary)
