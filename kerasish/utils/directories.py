"""Files in folders, a folder for each class, and their labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from kerasish.interactive_logging import print_message

_LABEL_MODES = ("int", "categorical", "binary", None)
_SUBSETS = ("training", "validation", "both", None)
_LARGEST_SEED = 1_000_000


@dataclass
class LabelledFiles:
    """Files with their labels.

    Attributes:
        paths: Where they are.
        labels: Their classes, or None.
        class_names: The names of the classes, or None.
    """

    paths: list[str]
    labels: np.ndarray | None
    class_names: list[str] | None

    def part(self, used: slice) -> LabelledFiles:
        """Return some of the files."""
        labels = None if self.labels is None else self.labels[used]
        return LabelledFiles(self.paths[used], labels, self.class_names)

    def encoded(self, label_mode: str | None) -> torch.Tensor | None:
        """Return the labels as a mode has them: int32, or float32 for the other modes."""
        if self.labels is None:
            return None
        labels = torch.from_numpy(self.labels)
        if label_mode == "int":
            return labels
        if label_mode == "binary":
            return labels.float().unsqueeze(-1)
        classes = torch.arange(len(self.class_names or ()))
        return (labels.unsqueeze(-1) == classes).float()


@dataclass
class Selection:
    """What the functions of Keras that read folders are asked for alike.

    Attributes:
        labels: `"inferred"` from folders, None, or a label for each file.
        label_mode: Form of the labels.
        class_names: Which folders are classes, in their order.
        shuffle: Whether the order is random.
        seed: Seed of the order.
        validation_split: Part of the files for validation.
        subset: Which part is asked for.
        follow_links: Whether folders behind links are read.
        verbose: Whether the number of files is written.
    """

    labels: Any
    label_mode: str | None
    class_names: Sequence[str] | None
    shuffle: bool
    seed: int | None
    validation_split: float | None
    subset: str | None
    follow_links: bool
    verbose: bool

    def __post_init__(self) -> None:
        self._check()
        if self.labels is None or self.label_mode is None:
            self.labels = self.label_mode = None
        if self.seed is None:
            # Keras draws it from NumPy too.
            self.seed = int(np.random.randint(_LARGEST_SEED))  # noqa: NPY002

    def _check(self) -> None:
        if isinstance(self.labels, str) and self.labels != "inferred":
            raise ValueError(
                f"`labels` is 'inferred', None, or a list. Received: labels={self.labels!r}"
            )
        if self.labels != "inferred" and self.class_names:
            raise ValueError(
                "`class_names` goes with labels='inferred'. "
                f"Received: labels={self.labels}, class_names={self.class_names}"
            )
        if self.label_mode not in _LABEL_MODES:
            raise ValueError(
                f"`label_mode` is one of {_LABEL_MODES}. Received: label_mode={self.label_mode!r}"
            )
        if self.subset not in _SUBSETS:
            raise ValueError(f"`subset` is one of {_SUBSETS}. Received: subset={self.subset!r}")
        if bool(self.validation_split) != bool(self.subset):
            raise ValueError(
                "`validation_split` and `subset` go together. Received: "
                f"validation_split={self.validation_split}, subset={self.subset!r}"
            )
        if self.validation_split and not 0 < self.validation_split < 1:
            raise ValueError(
                "`validation_split` is between 0 and 1. "
                f"Received: validation_split={self.validation_split}"
            )
        if self.validation_split and self.shuffle and self.seed is None:
            raise ValueError(
                "A random order needs a `seed`, so that the parts of two calls do not overlap. "
                f"Received: validation_split={self.validation_split}, shuffle=True, seed=None"
            )

    def files(self, directory: str | os.PathLike, endings: tuple[str, ...]) -> list[LabelledFiles]:
        """Return the files of a folder: those of the subset, or of both subsets.

        Raises:
            ValueError: If there are none, or the labels do not fit them.
        """
        found = self._found(os.fspath(directory), endings)
        parts = [found]
        if self.validation_split:
            at = len(found.paths) - int(self.validation_split * len(found.paths))
            halves = {"training": found.part(slice(at)), "validation": found.part(slice(at, None))}
            wanted = list(halves) if self.subset == "both" else [str(self.subset)]
            parts = [halves[name] for name in wanted]
            for name in wanted:
                print_message(f"Using {len(halves[name].paths)} files for {name}.")
        if not all(part.paths for part in parts):
            raise ValueError(
                f"There are no files with the endings {endings}, or too few for two parts. "
                f"Received: directory={os.fspath(directory)!r} with {len(found.paths)} files"
            )
        return parts

    def _found(self, directory: str, endings: tuple[str, ...]) -> LabelledFiles:
        folders = self._class_folders(directory)
        paths: list[str] = []
        numbers: list[int] = []
        for number, folder in enumerate(folders):
            inside = _files_below(directory, folder, self.follow_links, endings)
            paths += inside
            numbers += [number] * len(inside)
        names: list[str] | None = list(folders)
        labels: np.ndarray | None = np.array(numbers, dtype="int32")
        if self.labels is None:
            labels = names = None
        elif self.labels != "inferred":
            if len(self.labels) != len(paths):
                raise ValueError(
                    f"There is a label for each of the {len(paths)} files in {directory}. "
                    f"Received: {len(self.labels)} labels"
                )
            labels = np.array(self.labels, dtype="int32")
            names = [str(label) for label in sorted(set(self.labels))]
        if self.verbose:
            classes = "" if names is None else f" belonging to {len(names)} classes"
            print_message(f"Found {len(paths)} files{classes}.")
        if self.label_mode == "binary" and len(names or ()) != 2:
            raise ValueError(
                f"label_mode='binary' is for two classes. Received: class_names={names}"
            )
        if self.shuffle:
            np.random.RandomState(self.seed).shuffle(paths)
            if labels is not None:
                np.random.RandomState(self.seed).shuffle(labels)
        return LabelledFiles(paths, labels, names)

    def _class_folders(self, directory: str) -> Sequence[str]:
        if self.labels != "inferred":
            return [""]
        folders = sorted(
            name
            for name in os.listdir(directory)
            if os.path.isdir(os.path.join(directory, name)) and not name.startswith(".")
        )
        if self.class_names is None:
            return folders
        if not set(self.class_names) <= set(folders):
            raise ValueError(
                f"`class_names` are names of folders, of {folders}. "
                f"Received: class_names={self.class_names}"
            )
        return self.class_names


def _files_below(
    directory: str, folder: str, follow_links: bool, endings: tuple[str, ...]
) -> list[str]:
    top = os.path.join(directory, folder)
    walked = sorted(os.walk(top, followlinks=follow_links), key=lambda entry: entry[0])
    return [
        os.path.join(directory, folder, os.path.relpath(os.path.join(root, name), top))
        for root, _, names in walked
        for name in sorted(names)
        if name.lower().endswith(endings)
    ]
