"""Arrays by name whose shapes are known at once and whose values are read when asked for.

Every format is read into these and written from them, one array at a time, so a file of many
gigabytes needs no more memory than its largest array.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from typing_extensions import Self

from weight_port.formats.dtypes import itemsize


@dataclass(frozen=True)
class TensorInfo:
    """What is known of an array before it is read.

    Attributes:
        shape: Its dimensions.
        dtype: Its type by NumPy's name, or `"bfloat16"`, `"float8_e4m3fn"`, ... (`ml_dtypes`).
    """

    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        """The number of values."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes that the values take in memory."""
        return self.size * itemsize(self.dtype)

    @classmethod
    def of(cls, array: np.ndarray) -> TensorInfo:
        """Return what is known of an array in memory."""
        return cls(tuple(array.shape), array.dtype.name)


class Tensors(Mapping[str, TensorInfo]):
    """Arrays by name: a mapping to `TensorInfo` with a method that reads one of them."""

    @abstractmethod
    def read(self, name: str) -> np.ndarray:
        """Return the values of one array.

        Raises:
            KeyError: If there is none of that name.
            FileFormatError: If the file is broken there.
        """

    def read_all(self) -> dict[str, np.ndarray]:
        """Return the values of all arrays."""
        return {name: self.read(name) for name in self}

    @property
    def nbytes(self) -> int:
        """The bytes that all values take in memory."""
        return sum(info.nbytes for info in self.values())


class LazyTensors(Tensors):
    """Arrays that functions give.

    Args:
        infos: What is known of each array.
        read: Returns the values of the array of a name.
    """

    def __init__(self, infos: Mapping[str, TensorInfo], read: Callable[[str], np.ndarray]) -> None:
        self._infos = dict(infos)
        self._read = read

    def __getitem__(self, name: str) -> TensorInfo:
        return self._infos[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._infos)

    def __len__(self) -> int:
        return len(self._infos)

    def read(self, name: str) -> np.ndarray:
        """Return the values of one array."""
        if name not in self._infos:
            raise KeyError(name)
        return self._read(name)


class ArrayTensors(LazyTensors):
    """Arrays that are in memory already.

    Args:
        arrays: The arrays by name.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        held = {name: np.asarray(array) for name, array in arrays.items()}
        super().__init__({n: TensorInfo.of(a) for n, a in held.items()}, held.__getitem__)


class OpenFile(Tensors):
    """An open model file.

    A context manager; the file is closed at its end. What is not in the file is empty or None.

    Attributes:
        format: The format's name, as `formats.names()` gives it.
        path: Where the file is.
        metadata: What the file says of itself, such as `keras_version`.
        config: The model's architecture as Keras stores it, not yet looked at.
        training: The configuration of the training (optimizer, loss, metrics), as stored.
        optimizer: The arrays of the optimizer's state, by name in the file.
    """

    format: str = ""
    path: Path
    metadata: Mapping[str, str] = {}
    config: Mapping[str, Any] | None = None
    training: Mapping[str, Any] | None = None
    optimizer: Tensors = ArrayTensors({})

    @abstractmethod
    def close(self) -> None:
        """Close the file; closing it again does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
