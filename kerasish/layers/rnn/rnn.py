"""`RNN`: a layer that runs a cell over time."""

from __future__ import annotations

from typing import Any

import torch

from kerasish.graph.structure import map_structure
from kerasish.layers.base.layer import Layer
from kerasish.layers.rnn.cell_dropout import hold_masks
from kerasish.layers.rnn.cell_loop import LoopResult, run_cell
from kerasish.layers.rnn.own_cells import own_cells, path_of_cells, run_own_cells
from kerasish.layers.rnn.recurrent import Recurrent, follows_operations
from kerasish.layers.rnn.stacked_rnn_cells import StackedRNNCells, list_of_states
from kerasish.saving.registry import builtin, deserialize_keras_object, serialize_keras_object


@builtin("keras.layers")
class RNN(Recurrent):
    """Runs any cell over time.

    Args:
        cell: A layer (or any object) called as `cell(step_input, states)`, giving the output
            and the new states, with a `state_size` (an int, or a list of ints or of such lists) and
            perhaps an `output_size`, a `get_initial_state(batch_size)` and a `build`. A list of
            cells is stacked.
        return_sequences: As in `Recurrent`, and so the next ones.
        return_state: Whether the final states are returned.
        go_backwards: Whether time runs backwards.
        stateful: Whether states last from call to call.
        unroll: With True a call that prepares a backward pass runs step by step, by operations
            that have second derivatives too; it changes no result.
        zero_output_for_mask: Whether masked steps give zeros.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If the cell is not callable or has no `state_size`.
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        if not callable(cell) or not (hasattr(cell, "call") or hasattr(cell, "forward")):
            raise ValueError(
                f"RNN takes a cell with a `call` method, or a list of them. Received: cell={cell!r}"
            )
        sizes = getattr(cell, "state_size", None)
        if not isinstance(sizes, (int, list, tuple)):
            raise ValueError(
                "RNN takes a cell with a `state_size`, an integer or a list of them, one for each "
                f"state. Received: cell={cell!r} with state_size={sizes!r}"
            )
        super().__init__(
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            zero_output_for_mask=zero_output_for_mask,
            **kwargs,
        )
        self.cell = cell
        self.single_state = isinstance(sizes, int)

    @property
    def state_size(self) -> list[Any]:
        """Size of each of the cell's states, in a list."""
        return list_of_states(self.cell.state_size)

    @property
    def output_size(self) -> Any:
        """Number of units of the cell's output."""
        size = getattr(self.cell, "output_size", None)
        return self.state_size[0] if size is None else size

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build the cell for one step of sequences `(batch, time, features)`."""
        step_shape = (sequences_shape[0], *sequences_shape[2:])
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell._build_from_shapes({"inputs": step_shape})
        self._build_states(sequences_shape)

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """Return the cell's own initial states, or zeros, in a list."""
        own = getattr(self.cell, "get_initial_state", None)
        if own is None:
            return self._zero_states(batch_size)
        return list_of_states(own(batch_size=batch_size))

    def execution_path(
        self,
        *,
        masked: bool = False,
        training: bool = False,
        gradients: bool = False,
        compiling: bool = False,
        device: str = "cpu",
    ) -> str:
        """Tell how a call runs; it depends on the configuration and on nothing else.

        Args:
            masked: Whether there is a mask.
            training: Whether the call is in training mode.
            gradients: Whether a backward pass is prepared.
            compiling: Whether `torch.compile` or `torch.export` traces the call.
            device: Type of the device: `"cpu"`, `"cuda"`, ...

        Returns:
            `"fused"`: each cell by torch's kernel over all steps. `"scan"`: each cell a step at a
            time over the valid steps, with a backward pass by hand. `"loop"`: the cell is called
            step by step; so are all cells but `SimpleRNNCell`, `LSTMCell` and `GRUCell`.
        """
        cells = own_cells(self.cell, self.compute_dtype)
        if cells is None or compiling or (self.unroll and gradients):
            return "loop"
        return path_of_cells(cells, masked, training, device)

    def _run(
        self,
        sequences: torch.Tensor,
        states: list[Any] | None,
        mask: torch.Tensor | None,
        training: bool,
    ) -> LoopResult:
        if states is None:
            states = map_structure(
                lambda state: state.to(sequences), self.get_initial_state(sequences.shape[0])
            )
        path = self.execution_path(
            masked=mask is not None,
            training=training,
            gradients=torch.is_grad_enabled(),
            compiling=follows_operations(),
            device=sequences.device.type,
        )
        if path != "loop":
            stacked = isinstance(self.cell, StackedRNNCells)
            cells = self.cell.cells if stacked else [self.cell]
            result = run_own_cells(
                path,
                cells,
                sequences,
                states if stacked else [states],
                mask,
                training,
                go_backwards=self.go_backwards,
                zero_output_for_mask=self.zero_output_for_mask,
                return_sequences=self.return_sequences,
            )
            return result if stacked else result._replace(states=result.states[0])
        kwargs = {}
        if isinstance(self.cell, Layer) and "training" in self.cell._signature.accepted:
            kwargs["training"] = training

        def step(inputs: torch.Tensor, states: list[Any]) -> tuple[torch.Tensor, list[Any]]:
            output, new = self.cell(inputs, states, **kwargs)
            return output, list_of_states(new)

        with hold_masks(self.cell):
            return run_cell(
                step,
                sequences,
                states,
                mask,
                go_backwards=self.go_backwards,
                zero_output_for_mask=self.zero_output_for_mask,
                return_sequences=self.return_sequences,
                skip_masked=not (training or follows_operations()),
            )

    def get_config(self) -> dict[str, Any]:
        """Return the configuration, the cell's within it."""
        return {
            **super().get_config(),
            **self._flags_config(),
            "cell": serialize_keras_object(self.cell),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make the layer from what `get_config` gave."""
        config = dict(config)
        cell = deserialize_keras_object(config.pop("cell"), custom_objects=custom_objects)
        return cls(cell, **config)
