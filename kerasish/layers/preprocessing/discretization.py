"""`Discretization`: numbers by the bins that they fall into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from kerasish.dtypes import torch_dtype
from kerasish.graph.keras_tensor import KerasTensor
from kerasish.layers.preprocessing import quantile_summary
from kerasish.layers.preprocessing.batches import batches_of
from kerasish.layers.preprocessing.category_counts import encode
from kerasish.layers.preprocessing.data_layer import DataLayer
from kerasish.saving.registry import builtin

_MODES = ("int", "one_hot", "multi_hot", "count")


@builtin("keras.layers")
class Discretization(DataLayer):
    """Numbers the bins that its inputs fall into.

    Args:
        bin_boundaries: The numbers between the bins; a number on one belongs to the bin above.
        num_bins: Number of bins, for which `adapt` finds boundaries with equally many values.
        epsilon: Share of the data by which these may be off.
        output_mode: `"int"` for the numbers of the bins; `"one_hot"`, `"multi_hot"` or `"count"`.
        sparse: Not supported; must be False.
        dtype: Type of vectors; numbers of bins are int32.
        name: Name of the layer.
        **kwargs: Arguments of every layer.

    Call argument: numbers of any shape.

    Raises:
        ValueError: If an argument has a value it can't have, or there are no boundaries yet.
    """

    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if str(dtype).startswith(("int", "uint")):
            dtype = None  # Keras 2 tells the type of the numbers of bins
        super().__init__(name=name, dtype=dtype, **kwargs)
        if sparse:
            self._refuse("sparse", sparse, "nothing but False")
        if output_mode not in _MODES:
            self._refuse("output_mode", output_mode, f"one of {_MODES}")
        if num_bins is not None and num_bins < 0:
            self._refuse("num_bins", num_bins, "a number from 0 on")
        if (num_bins is None) == (bin_boundaries is None):
            raise ValueError(
                f"Layer '{self.name}' (Discretization) takes either `num_bins` or "
                f"`bin_boundaries`. Received: num_bins={num_bins}, bin_boundaries={bin_boundaries}"
            )
        self.bin_boundaries = None if bin_boundaries is None else list(bin_boundaries)
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.output_mode = output_mode
        self.sparse = False
        self.summary = np.zeros((2, 0), "float32")

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Find the boundaries of bins that hold equally many values.

        Args:
            data: An array, or an iterable of arrays.
            steps: Number of batches to take of an iterable, all by default.

        Raises:
            ValueError: If the layer was given its boundaries.
        """
        if self.num_bins is None:
            raise ValueError(
                f"Layer '{self.name}' (Discretization) was given its boundaries; make it with "
                "`num_bins` to find them by adapt. Received: adapt(...) with bin_boundaries="
                f"{self.bin_boundaries}"
            )
        self.reset_state()
        for batch in [data] if hasattr(data, "shape") else batches_of(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Take more values into account."""
        if isinstance(data, torch.Tensor):
            data = data.numpy(force=True)
        values = quantile_summary.summarize(np.array(data).astype("float32"), self.epsilon)
        self.summary = quantile_summary.merge(values, self.summary, self.epsilon)

    def finalize_state(self) -> None:
        """Set the boundaries that the values so far give."""
        if self.num_bins is not None:
            self.bin_boundaries = quantile_summary.boundaries(self.summary, self.num_bins)

    def reset_state(self) -> None:
        """Forget the values so far."""
        if self.num_bins is not None:
            self.summary = np.zeros((2, 0), "float32")

    def _known_boundaries(self) -> list[float]:
        if self.bin_boundaries is None:
            raise ValueError(
                f"Layer '{self.name}' (Discretization) has no boundaries yet: give "
                "`bin_boundaries`, or call adapt(data). Received: a call"
            )
        return self.bin_boundaries

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        """Number the bins."""
        known = self._known_boundaries()
        values = inputs if inputs.is_floating_point() else inputs.to(torch.float32)
        # Boundaries are float32 in TensorFlow, whatever the type of the values.
        edges = torch.tensor(known, dtype=torch.float32, device=inputs.device).to(values.dtype)
        indices = torch.bucketize(values.contiguous(), edges, right=True)
        kind = torch.int32 if self.output_mode == "int" else torch_dtype(self.compute_dtype)
        return encode(indices, self.output_mode, len(known) + 1, kind)

    def compute_output_spec(self, inputs: Any, **_: Any) -> Any:
        """Return a symbol of the encoded shape."""
        dtype = "int32" if self.output_mode == "int" else self.compute_dtype
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        """Return the inputs' shape, or that of the vectors."""
        shape = tuple(input_shape)
        if self.output_mode == "int":
            return shape
        depth = self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1
        if self.output_mode == "one_hot":
            squeezed = len(shape) > 1 and shape[-1] == 1
            return (*(shape[:-1] if squeezed else shape), depth)
        return (shape[0], *shape[2:], depth) if len(shape) >= 2 else (depth,)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration, in which Keras keeps what `adapt` found."""
        return {
            "bin_boundaries": self.bin_boundaries,
            "num_bins": self.num_bins,
            "epsilon": self.epsilon,
            "output_mode": self.output_mode,
            "sparse": False,
            "name": self.name,
            "dtype": self.variable_dtype,
        }

    def takes_extra_array(self, name: str) -> bool:
        """Whether a file may hold this beside the weights: Keras 2 keeps a summary of the data."""
        return name == "0" and self.num_bins is not None

    def load_extra_array(self, name: str, values: np.ndarray) -> None:
        """Take up the summary that Keras 2 keeps."""
        if values.ndim != 2 or len(values) != 2:
            self._refuse("num_bins", values.shape, "a summary of two rows in a file")
        self.summary = np.asarray(values, "float32")
        if self.bin_boundaries is None and values.shape[1]:
            self.finalize_state()

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Discretization:
        """Make the layer from what `get_config` gave."""
        config = dict(config)
        found = None
        if config.get("num_bins") is not None:
            found = config.pop("bin_boundaries", None)
        layer = cls(**config)
        if found is not None:
            layer.bin_boundaries = found
        return layer
