"""`text_dataset_from_directory`: texts in folders, a folder for each class."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from kerasish.pipelines import Pipeline
from kerasish.pipelines.indices import batches_of_indices
from kerasish.strings import as_strings
from kerasish.utils.directories import LabelledFiles, Selection


def text_dataset_from_directory(
    directory: str | os.PathLike,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """Return the texts of the `.txt` files in a folder, and their labels.

    Args:
        directory: The folder, with a folder for each class.
        labels: `"inferred"` from the folders, None, or a label for each file in the order of the
            paths.
        label_mode: `"int"` for int32 `(batch,)`, `"binary"` for float32 `(batch, 1)`,
            `"categorical"` for float32 `(batch, classes)`, None for no labels.
        class_names: Which folders are classes, in their order; all by default.
        batch_size: Number of texts in a batch; None for single texts.
        max_length: Longer texts are cut to so many bytes.
        shuffle: Whether the order is random, that of Keras on TensorFlow for the same seed.
        seed: Seed of the order; from NumPy's global generator if None.
        validation_split: Part of the files for validation.
        subset: `"training"`, `"validation"`, or `"both"` for a list of two pipelines.
        follow_links: Whether folders behind links are read.
        verbose: Whether the number of files is written.

    Returns:
        A pipeline of batches `(texts, labels)`, texts as arrays of bytes in UTF-8; its
        `class_names` are the names of the classes.

    Raises:
        ValueError: If an argument has a value it can't have, or there are no files.

    See https://keras.io/api/data_loading/text/#textdatasetfromdirectory-function.
    """
    selection = Selection(
        labels, label_mode, class_names, shuffle, seed, validation_split, subset,
        follow_links, verbose,
    )  # fmt: skip
    parts = selection.files(directory, (".txt",))
    pipelines = [
        # Of both parts, that for validation is in the order of the files.
        _pipeline(part, selection.label_mode, batch_size, max_length,
                  selection.seed if shuffle and not number else None)
        for number, part in enumerate(parts)
    ]  # fmt: skip
    return pipelines if subset == "both" else pipelines[0]


def _pipeline(
    files: LabelledFiles,
    label_mode: str | None,
    batch_size: int | None,
    max_length: int | None,
    seed: int | None,
) -> Pipeline:
    labels = files.encoded(label_mode)

    def load(indices: list[int]) -> Any:
        texts = as_strings([_read(files.paths[index], max_length) for index in indices])
        return texts if labels is None else (texts, labels[indices])

    pipeline = batches_of_indices(len(files.paths), load, batch_size, seed)
    pipeline.class_names = files.class_names
    return pipeline


def _read(path: str, max_length: int | None) -> bytes:
    with open(path, "rb") as file:
        return file.read() if max_length is None else file.read(max_length)
