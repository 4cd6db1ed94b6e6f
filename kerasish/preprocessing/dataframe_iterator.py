"""`DataFrameIterator`: batches of images that a data frame lists, as in Keras 2."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.interactive_logging import print_message
from kerasish.preprocessing.file_iterator import FileIterator, FileOptions

# Modes whose targets are no classes.
_WITHOUT_CLASSES = ("input", "multi_output", "raw", None)


class DataFrameIterator(FileIterator):
    """Batches of changed images from files that a data frame of pandas lists.

    Args:
        dataframe: The data frame.
        directory: Folder of the files; None where the frame has whole paths.
        image_data_generator: Changes the images; None for no changes.
        x_col: Column with the names of the files.
        y_col: Column with the targets, or a list of columns for `"raw"` and `"multi_output"`.
        weight_col: Column with weights, or None.
        target_size: Height and width of the images.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"`.
        classes: Which classes are used, in their order; all, sorted, by default.
        class_mode: `"categorical"`, `"binary"` or `"sparse"` for classes as strings, `"raw"` and
            `"multi_output"` for values, `"input"` for the images themselves, None for no targets.
        batch_size: Number of images in a batch.
        shuffle: Whether each epoch has a random order.
        seed: Seed of the order and of the changes.
        validate_filenames: Whether rows without a file are left out, with a warning.
        **options: See `FileOptions`.

    Raises:
        TypeError: If a column has values of another type.
        ValueError: If an argument has a value it can't have.

    See https://www.tensorflow.org/api_docs/python/tf/keras/preprocessing/image/ImageDataGenerator#flow_from_dataframe.
    """

    allowed_class_modes = ("binary", "categorical", "input", "multi_output", "raw", "sparse", None)

    def __init__(
        self,
        dataframe: Any,
        directory: str | os.PathLike | None = None,
        image_data_generator: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        validate_filenames: bool = True,
        **options: Any,
    ) -> None:
        read = FileOptions(target_size, color_mode, **options)
        self.class_mode = class_mode
        self.directory = os.fspath(directory) if directory else ""
        has_classes = class_mode not in _WITHOUT_CLASSES
        self._check(dataframe, x_col, y_col, weight_col, classes)
        frame = dataframe
        if validate_filenames:
            frame = self._with_files(frame, x_col)
        if has_classes:
            frame, names = _with_classes(frame, y_col, classes)
            self.class_indices = {name: number for number, name in enumerate(names)}
        split = getattr(image_data_generator, "_validation_split", 0.0)
        frame = frame.iloc[read.part(len(frame), split)]
        if has_classes:
            self.classes = [self._numbers(label) for label in frame[y_col]]
        elif class_mode == "multi_output":
            self._targets: Any = [np.array(frame[name].tolist()) for name in y_col]
        elif class_mode == "raw":
            self._targets = frame[y_col].values
        self._weights = None if weight_col is None else frame[weight_col].values
        self.filenames = frame[x_col].tolist()
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        checked = "validated" if validate_filenames else "non-validated"
        belonging = f" belonging to {len(self.class_indices)} classes" if has_classes else ""
        print_message(f"Found {len(self.filenames)} {checked} image filenames{belonging}.")
        super().__init__(image_data_generator, read, batch_size, shuffle, seed)

    @property
    def labels(self) -> Any:
        """The targets of all files."""
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes

    @property
    def sample_weight(self) -> Any:
        """The weights of all files, or None."""
        return self._weights

    def _numbers(self, label: Any) -> Any:
        if isinstance(label, (list, tuple)):
            return [self.class_indices[name] for name in label]
        return self.class_indices[label]

    def _with_files(self, frame: Any, x_col: str) -> Any:
        paths = (os.path.join(self.directory, name) for name in frame[x_col])
        valid = np.array(
            [p.lower().endswith(self.white_list_formats) and os.path.isfile(p) for p in paths],
            dtype=bool,
        )
        if not valid.all():
            warnings.warn(
                f"Found {(~valid).sum()} invalid image filename(s) in the column {x_col!r}, which "
                "are ignored.",
                stacklevel=4,
            )
        return frame[valid]

    def _check(
        self, frame: Any, x_col: str, y_col: Any, weight_col: str | None, classes: Any
    ) -> None:
        mode = self.class_mode
        if mode not in self.allowed_class_modes:
            raise ValueError(
                f"`class_mode` is one of {self.allowed_class_modes}. Received: class_mode={mode!r}"
            )
        if mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(
                f"class_mode='multi_output' takes a list as `y_col`. Received: y_col={y_col!r}"
            )
        _check_types(frame, x_col, (str,))
        if mode in ("binary", "sparse"):
            _check_types(frame, y_col, (str,))
        if mode == "categorical":
            _check_types(frame, y_col, (str, list, tuple))
        if mode == "binary":
            count = len(set(classes)) if classes else frame[y_col].nunique()
            if count != 2:
                raise ValueError(
                    f"class_mode='binary' is for two classes. Received: {count} classes"
                )
        if classes and mode in _WITHOUT_CLASSES:
            warnings.warn(f"class_mode={mode!r} does not need `classes`.", stacklevel=4)
        if weight_col and not issubclass(frame[weight_col].dtype.type, np.number):
            raise TypeError(
                f"Weights are numbers. Received: column {weight_col!r} of type "
                f"{frame[weight_col].dtype}"
            )


def _check_types(frame: Any, column: str, types: tuple[type, ...]) -> None:
    for value in frame[column]:
        if not isinstance(value, types):
            names = [one.__name__ for one in types]
            raise TypeError(
                f"The column {column!r} has values of the types {names}. "
                f"Received: {value!r} of type {type(value).__name__}"
            )


def _with_classes(frame: Any, y_col: str, classes: Any) -> tuple[Any, list[str]]:
    """Return the rows that have any of the classes, and the classes."""
    if not classes:
        found: set[str] = set()
        for label in frame[y_col]:
            found.update(label if isinstance(label, (list, tuple)) else [label])
        return frame, sorted(found)
    names = list(dict.fromkeys(classes))
    kept = []
    for label in frame[y_col]:
        if isinstance(label, (list, tuple)):
            kept.append([name for name in label if name in names] or None)
        else:
            kept.append(label if label in names else None)
    has_class = np.array([label is not None for label in kept], dtype=bool)
    frame = frame[has_class].copy()
    frame[y_col] = [label for label in kept if label is not None]
    return frame, names
