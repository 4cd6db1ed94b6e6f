"""`Hashing`: strings or integers by the hash bucket that they fall into."""

from __future__ import annotations

from typing import Any

import torch

from kerasish import config as settings
from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.preprocessing.buckets import buckets_of, checked_salt, written
from kerasish.layers.preprocessing.category_counts import encode
from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.layers.preprocessing.outside_of_compiled_code import outside_of_compiled_code
from kerasish.saving.registry import builtin
from kerasish.strings import StringArray

_MODES = ("int", "one_hot", "multi_hot", "count")


@builtin("keras.layers")
class Hashing(DataLayer):
    """Numbers strings or integers by their hash, the same numbers as in Keras.

    Without a salt the hash is FarmHash's Fingerprint64, with one SipHash; integers are hashed as
    decimal text. It runs on the CPU and outside of compiled code.

    Args:
        num_bins: Number of buckets, that of `mask_value` among them.
        mask_value: A value that goes to bucket 0, which no other then has.
        salt: One or two integers, the key of the hash.
        output_mode: `"int"` for the numbers of the buckets; `"one_hot"`, `"multi_hot"` or
            `"count"`.
        sparse: Not supported; must be False.
        **kwargs: Arguments of every layer. `dtype` is int64 by default for `"int"`.

    Call argument: strings (a list or NumPy array of them) or integers, of any shape.

    Raises:
        ValueError: If an argument has a value it can't have.
    """

    takes_strings = True

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else settings.floatx()
        super().__init__(**kwargs)
        if output_mode not in _MODES:
            self._refuse("output_mode", output_mode, f"one of {_MODES}")
        if output_mode == "int" and self.compute_dtype not in ("int32", "int64"):
            self._refuse("dtype", self.compute_dtype, "'int32' or 'int64' with output_mode='int'")
        if sparse:
            self._refuse("sparse", sparse, "nothing but False")
        self.num_bins = self._checked_size("num_bins", num_bins)
        self.mask_value = mask_value
        self.output_mode = output_mode
        self.sparse = False
        try:
            self.salt = checked_salt(salt)
        except TypeError as error:
            self._refuse("salt", salt, str(error))
        # Follows the model to its device, where the results go.
        self.register_buffer("_place", torch.empty(0), persistent=False)
        self.built = True

    def call(self, inputs: Any) -> torch.Tensor:
        """Hash."""
        indices = self._indices(inputs)
        if self.output_mode == "one_hot" and indices.ndim and indices.shape[-1] == 1:
            indices = indices.squeeze(-1)
        return encode(indices, self.output_mode, self.num_bins, torch_dtype(self.compute_dtype))

    @outside_of_compiled_code
    def _indices(self, inputs: Any) -> torch.Tensor:
        if isinstance(inputs, StringArray):
            device = self._place.device  # type: ignore[union-attr]
            texts: list[bytes] = inputs.ravel().tolist()
            mask = self.mask_value
            masked = mask.encode("utf-8") if isinstance(mask, str) else mask
            matches = [text == masked for text in texts]
        else:
            device = inputs.device
            values = inputs.detach().cpu().reshape(-1)
            values = values.long() if values.is_floating_point() else values
            texts = written(values.numpy())
            matches = [value == self.mask_value for value in values.tolist()]
        masks = self.mask_value is not None and self.num_bins > 1
        indices = torch.from_numpy(buckets_of(texts, self.num_bins - masks, self.salt))
        if masks:
            indices = torch.where(torch.tensor(matches, dtype=torch.bool), 0, indices + 1)
        return indices.reshape(tuple(inputs.shape)).to(device)

    def compute_output_spec(self, inputs: Any, **_: Any) -> Any:
        """Return a symbol of the encoded shape."""
        return KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the inputs' shape, or that of the vectors."""
        shape = tuple(input_shape)
        return shape if self.output_mode == "int" else (*shape[:-1], self.num_bins)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        return {
            **super().get_config(),
            "num_bins": self.num_bins,
            "salt": self.salt,
            "mask_value": self.mask_value,
            "output_mode": self.output_mode,
            "sparse": False,
        }
