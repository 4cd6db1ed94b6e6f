"""What `StringLookup` and `IntegerLookup` have in common: tokens and their indices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from kerasish import config as settings
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.preprocessing.buckets import checked_salt
from kerasish.layers.preprocessing.category_counts import encode, encoded_shape
from kerasish.layers.preprocessing.vocabulary_counts import VocabularyCounts
from kerasish.layers.preprocessing.vocabulary_files import (
    IN_CONFIGURATIONS,
    read_vocabulary,
    write_vocabulary,
)
from kerasish.layers.preprocessing.vocabulary_owner import VocabularyOwner

_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
_OLD_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def output_mode_of(layer: Any, output_mode: str) -> str:
    """Return an output mode by its name of today.

    Raises:
        ValueError: If there is no such mode.
    """
    mode = _OLD_MODES.get(output_mode, output_mode)
    if mode not in _MODES:
        layer._refuse("output_mode", output_mode, f"one of {_MODES}")
    return mode


class IndexLookup(VocabularyOwner):
    """The base of layers that look tokens up in a vocabulary.

    A subclass names the type of its tokens and looks them up.
    """

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        sparse: bool,
        pad_to_max_tokens: bool,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        frozen_size = kwargs.pop("vocabulary_size", None)
        given = kwargs.pop("has_input_vocabulary", vocabulary is not None)
        # There is nothing to compute in a type, nor to train; Keras 2 says that the type is text.
        for name_of_argument in ("dtype", "trainable"):
            kwargs.pop(name_of_argument, None)
        super().__init__(name=name, **kwargs)
        self.output_mode = output_mode_of(self, output_mode)
        if max_tokens is not None and max_tokens <= 1:
            self._refuse("max_tokens", max_tokens, "a number above 1")
        if pad_to_max_tokens and max_tokens is None:
            self._refuse("max_tokens", max_tokens, "a number, with pad_to_max_tokens=True,")
        if num_oov_indices < 0:
            self._refuse("num_oov_indices", num_oov_indices, "a number from 0 on")
        if oov_method not in ("floormod", "farmhash"):
            self._refuse("oov_method", oov_method, "'floormod' or 'farmhash'")
        if invert and self.output_mode != "int":
            self._refuse("output_mode", output_mode, "'int', with invert=True,")
        if sparse:
            self._refuse("sparse", sparse, "nothing but False")
        if idf_weights is not None and self.output_mode != "tf_idf":
            self._refuse("idf_weights", idf_weights, "nothing, without output_mode='tf_idf',")
        if given and self.output_mode == "tf_idf" and idf_weights is None:
            self._refuse("idf_weights", idf_weights, "weights, with a vocabulary and 'tf_idf',")
        try:
            self.salt = checked_salt(salt)
        except TypeError as error:
            self._refuse("salt", salt, str(error))
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token = mask_token, oov_token
        self.invert, self.sparse, self.pad_to_max_tokens = invert, False, pad_to_max_tokens
        self.oov_method = oov_method
        self.input_vocabulary = None if isinstance(vocabulary, (str, Path)) else vocabulary
        self.input_idf_weights = idf_weights
        self._frozen_vocab_size = frozen_size
        self._given = given
        self._tokens: tuple[Any, ...] = ()
        self._counts = VocabularyCounts()
        self.register_buffer("_place", torch.empty(0), persistent=False)
        self.register_buffer("idf_weights", None, persistent=False)
        self.built = True
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # Encoding

    def _encode(self, indices: torch.Tensor) -> torch.Tensor:
        """Encode indices by `output_mode`; -1 stands for what counts nowhere."""
        if self.output_mode == "int":
            return indices
        depth = self._depth
        if depth is None:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) has no vocabulary yet: give it one, "
                "or call adapt(data). Received: a call"
            )
        if self.output_mode != "tf_idf":
            return encode(indices, self.output_mode, depth, torch.int64)
        if self.idf_weights is None:
            self._refuse("idf_weights", None, "weights, from adapt or set_vocabulary,")
        counts = encode(indices, "count", depth, self.idf_weights.dtype)
        return counts * self.idf_weights.to(counts.device)

    @property
    def _depth(self) -> int | None:
        return self.max_tokens if self.pad_to_max_tokens else self._frozen_vocab_size

    @property
    def _output_name(self) -> str:
        return "int64" if self.output_mode == "int" else settings.floatx()

    def compute_output_spec(self, inputs: Any, **_: Any) -> Any:
        """Return a symbol of the encoded shape."""
        return KerasTensor(self.compute_output_shape(inputs.shape), self._output_name)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the inputs' shape, or that of the vectors."""
        return encoded_shape(tuple(input_shape), self.output_mode, self._depth)

    # Configuration and files

    def get_build_config(self) -> dict[str, Any]:
        """Return nothing: the vocabulary is all that there is."""
        return {}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Do nothing."""

    def get_config(self) -> dict[str, Any]:
        """Return the configuration; a vocabulary that was learned is not in it."""
        vocabulary, weights = self.input_vocabulary, self.input_idf_weights
        apart = self._fits_a_file() and not IN_CONFIGURATIONS.get()
        if vocabulary is None and self._tokens and not apart:
            vocabulary = self.get_vocabulary()
            if self.output_mode == "tf_idf":
                weights = self.idf_weights[: len(vocabulary)]  # without the padding
        return {
            **super().get_config(),
            "invert": self.invert,
            "max_tokens": self.max_tokens,
            "num_oov_indices": self.num_oov_indices,
            "oov_token": self.oov_token,
            "mask_token": self.mask_token,
            "output_mode": self.output_mode,
            "sparse": False,
            "pad_to_max_tokens": self.pad_to_max_tokens,
            "vocabulary_dtype": self.vocabulary_dtype,
            "idf_weights": _as_list(weights),
            "vocabulary": _as_list(vocabulary),
            "vocabulary_size": self._frozen_vocab_size,
            "oov_method": self.oov_method,
            "salt": self.salt,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the layer from what `get_config` gave; no other file is read for it."""
        refuse_path(config)
        return cls(**config)

    def _fits_a_file(self) -> bool:
        """Whether the tokens can be told apart by lines, as Keras stores them."""
        return True

    @property
    def misses_assets(self) -> bool:
        """Whether a vocabulary belongs here that is still to be read."""
        return not self._tokens and (self._frozen_vocab_size or 0) > self._token_start

    def save_assets(self, dir_path: str | Path) -> None:
        """Write a learned vocabulary into a folder, as Keras does."""
        if self.input_vocabulary is None:
            write_vocabulary(dir_path, self.get_vocabulary())

    def load_assets(self, dir_path: str | Path) -> None:
        """Read the vocabulary that `save_assets` or Keras wrote."""
        if self.input_vocabulary is not None:
            return
        tokens = [self._token(line) for line in read_vocabulary(Path(dir_path) / "vocabulary.txt")]
        if not tokens:
            return
        weights: Any = self.idf_weights
        if self.output_mode == "tf_idf" and weights is not None:
            weights = weights.cpu().numpy()[: len(tokens)]  # without the padding
        self.set_vocabulary(tokens, weights)

    def extra_arrays(self) -> dict[str, np.ndarray]:
        """Return what files hold beside the weights, by name."""
        if self.output_mode != "tf_idf" or self.idf_weights is None:
            return {}
        return {"idf_weights": self.idf_weights.cpu().numpy()}

    def takes_extra_array(self, name: str) -> bool:
        """Whether a file may hold this beside the weights."""
        return name == "idf_weights"

    def load_extra_array(self, name: str, values: np.ndarray) -> None:
        """Take up what `extra_arrays` gave."""
        self._set_idf_weights(values)


def refuse_path(config: dict[str, Any]) -> None:
    """Refuse a configuration that names a file to read.

    Raises:
        ValueError: If it does.
    """
    if isinstance(config.get("vocabulary"), str):
        raise ValueError(
            "A configuration holds the vocabulary itself, and no path of a file: reading it could "
            "give away what is in it. Call set_vocabulary(path) instead. "
            f"Received: vocabulary={config['vocabulary']!r}"
        )


def _as_list(values: Any) -> Any:
    if isinstance(values, (torch.Tensor, np.ndarray)):
        return values.tolist()
    return values
