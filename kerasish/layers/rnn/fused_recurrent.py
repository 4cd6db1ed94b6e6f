"""The layers that run on torch's fused kernels where their configuration allows it."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from kerasish import regularizers
from kerasish.layers.base.input_spec import InputSpec
from kerasish.layers.rnn.cell_dropout import hold_masks
from kerasish.layers.rnn.cell_loop import LoopResult, run_cell
from kerasish.layers.rnn.kernels import is_plain, is_watched, run_from_zeros, run_kernel, weights_of
from kerasish.layers.rnn.masks import Compaction
from kerasish.layers.rnn.recurrent import follows_operations
from kerasish.layers.rnn.recurrent_weights import PARAMETERS
from kerasish.layers.rnn.scan.scanned import Scanned, ScannedWeights


class KernelHandle:
    """A way to a kernel's parameters that `torch.compile` can follow.

    Its tracer refuses to touch an `nn.LSTM`, but not the dictionary of its attributes, in which the
    parameters are always those that the module has at the moment, also under
    `torch.func.functional_call`. An object of its own, because `torch.export` copies plain
    dictionaries that it finds among a module's attributes.

    Args:
        module: The held module.
    """

    def __init__(self, module: Any) -> None:
        self.attributes = module.__dict__


class FusedRecurrent(Scanned):
    """The base of `SimpleRNN`, `LSTM` and `GRU`.

    The layer holds torch's module as `rnn`. How a call runs is told by `execution_path`.
    """

    held_module = "rnn"
    state_count = 1

    def __init__(self, *, use_cudnn: Any = "auto", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if use_cudnn not in ("auto", True, False):
            self._refuse("use_cudnn", use_cudnn, "'auto', True or False")
        self.use_cudnn = use_cudnn
        self.input_spec = InputSpec(ndim=3)

    @property
    def cell(self) -> FusedRecurrent:
        """The layer itself, which answers for the weights and arguments of Keras's inner cell."""
        return self

    @property
    def state_size(self) -> list[int]:
        """Number of units of each state."""
        return [self.units] * self.state_count

    @property
    def output_size(self) -> int:
        """Number of units of the output."""
        return self.units

    @property
    def _weight_path(self) -> str:
        return f"{super()._weight_path}/{self._cell_name}"

    _cell_name = "cell"

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Make the weights for sequences of shape `(batch, time, features)`."""
        self._build_weights(sequences_shape[-1])
        self._note_kernel()
        self.input_spec = InputSpec(ndim=3, axes={-1: sequences_shape[-1]})
        self._build_states(sequences_shape)

    def _note_kernel(self) -> None:
        """Keep the held module's parameters at hand for `torch.compile`."""
        if "rnn" in self._modules:
            self.__dict__["_kernel_handle"] = KernelHandle(self.rnn)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("_kernel_handle", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._note_kernel()

    def _module_tensors(self) -> tuple[Any, Any, Any, Any]:
        if torch.compiler.is_dynamo_compiling():
            held = self._kernel_handle.attributes["_parameters"]
            return tuple(held.get(f"{name}_l0") for name in PARAMETERS)  # type: ignore[return-value]
        return super()._module_tensors()

    def _kernel_weights(self) -> list[torch.Tensor]:
        """The kernel's parameters in torch's order."""
        if not torch.compiler.is_dynamo_compiling() and is_plain(self._modules.get("rnn")):
            return weights_of(self._modules["rnn"])
        return [tensor for tensor in self._module_tensors() if tensor is not None]

    def train(self, mode: bool = True) -> Any:
        """Set the training flag; the kernel's own stays set, as it only guards its backward.

        A kernel of one layer has no dropout of its own, and cuDNN refuses a backward pass in
        inference mode, which Keras allows.
        """
        super().train(mode)
        kernel = self._modules.get("rnn")
        if kernel is not None:
            kernel.training = True
        return self

    # How it runs

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
            `"fused"`: torch's kernel over all steps. `"packed"`: the kernel over the valid steps
            alone. `"compacted"`: the kernel over all steps, the valid ones moved to the front,
            which needs no lengths on the host. `"scan"`: a step at a time over the valid steps,
            with a backward pass by hand. `"loop"`: a step at a time.
        """
        if not self._kernel_serves(training):
            if self.use_cudnn is True:
                raise ValueError(
                    f"Layer '{self.name}' ({type(self).__name__}) has no fused kernel for this "
                    "configuration; use use_cudnn='auto'. Received: use_cudnn=True with "
                    f"activation={self.activation}, recurrent_dropout={self.recurrent_dropout}"
                )
            return "scan" if self._scan_serves() and not compiling else "loop"
        if not masked:
            return "fused"
        if compiling:
            return "compacted"
        if device == "cuda":
            return "packed"
        # On the CPU a packed LSTM leaves oneDNN's kernel, and packed backward passes are several
        # times slower than dense ones (see benchmarks.rnn).
        return "compacted" if gradients or self.kernel_mode == "LSTM" else "packed"

    def _run(
        self,
        sequences: torch.Tensor,
        states: list[Any] | None,
        mask: torch.Tensor | None,
        training: bool,
    ) -> LoopResult:
        path = self.execution_path(
            masked=mask is not None,
            training=training,
            gradients=torch.is_grad_enabled(),
            compiling=follows_operations(),
            device=sequences.device.type,
        )
        if path == "loop":
            return self._run_loop(sequences, states, mask, training)
        if path == "scan":
            return self._run_scan(sequences, states, mask, training)
        if training and 0 < self.dropout < 1:
            # One mask for all steps, so it can be applied before the kernel runs.
            sequences = sequences * self._mask("dropout", sequences[:, 0])[0][:, None]
        if self.go_backwards:
            sequences = sequences.flip(1)
            mask = None if mask is None else mask.flip(1)
        if mask is None:
            outputs, final = self._kernel(sequences, states)
            return LoopResult(outputs[:, -1], outputs, final)
        compaction = Compaction(mask)
        compacted = compaction.compact(sequences)
        if path == "packed":
            outputs, final = self._run_packed(compacted, compaction, states)
        else:
            if not follows_operations():
                compacted = compaction.trim(compacted)
            outputs, final = self._run_compacted(compacted, compaction, states)
        initial = states or [None] * len(final)
        final = [compaction.or_initial(s, i) for s, i in zip(final, initial, strict=True)]
        last = compaction.last_output(final[0], self.zero_output_for_mask)
        spread = (
            compaction.spread(outputs, self.zero_output_for_mask) if self.return_sequences else None
        )
        return LoopResult(last, spread, final)

    def _kernel(self, inputs: Any, states: list[Any] | None) -> tuple[Any, list[torch.Tensor]]:
        """Run torch's module on `(batch, time, features)` or a packed sequence."""
        if torch.compiler.is_dynamo_compiling():
            outputs, final = run_kernel(
                self.kernel_mode, inputs, [states], [self._kernel_weights()], self.units
            )
            return outputs, final[0]
        if states is None and type(inputs) is torch.Tensor and not is_watched(self.rnn):
            return run_from_zeros(self.kernel_mode, inputs, self.rnn)
        if states is None:
            outputs, hidden = self.rnn(inputs)  # type: ignore[operator]
        else:
            initial = [state[None] for state in states]
            outputs, hidden = self.rnn(  # type: ignore[operator]
                inputs, initial[0] if self.state_count == 1 else tuple(initial)
            )
        return outputs, [hidden[0]] if self.state_count == 1 else [state[0] for state in hidden]

    def _run_packed(
        self, compacted: torch.Tensor, compaction: Compaction, states: list[Any] | None
    ) -> tuple[Any, list[torch.Tensor]]:
        # The kernel takes no row of length 0; what it gives for one is replaced afterwards.
        lengths = compaction.lengths.clamp(min=1).cpu()
        packed = pack_padded_sequence(compacted, lengths, batch_first=True, enforce_sorted=False)
        outputs, final = self._kernel(packed, states)
        if not self.return_sequences:
            return None, final
        return pad_packed_sequence(outputs, batch_first=True)[0], final

    def _run_compacted(
        self, compacted: torch.Tensor, compaction: Compaction, states: list[Any] | None
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        outputs, _ = self._kernel(compacted, states)
        return outputs, [compaction.last_valid(outputs)]

    def _run_loop(
        self,
        sequences: torch.Tensor,
        states: list[Any] | None,
        mask: torch.Tensor | None,
        training: bool,
    ) -> LoopResult:
        weight_ih, _, bias_ih, _ = self._module_tensors()
        if states is None:
            states = self._zero_states(sequences.shape[0])
        with hold_masks(self):
            if training and 0 < self.dropout < 1 and self.implementation == 1:
                inputs = sequences
                step: Any = lambda x, s: self._step(  # noqa: E731
                    self._project(x, training), s, training
                )
            else:
                if training and 0 < self.dropout < 1:
                    sequences = sequences * self._mask("dropout", sequences[:, 0])[0][:, None]
                # The inputs' part of all steps in one matrix product.
                inputs = functional.linear(sequences, weight_ih, bias_ih)
                step = lambda x, s: self._step(x, s, training)  # noqa: E731
            return run_cell(
                step,
                inputs,
                states,
                mask,
                go_backwards=self.go_backwards,
                zero_output_for_mask=self.zero_output_for_mask,
                return_sequences=self.return_sequences,
                skip_masked=not (training or follows_operations()),
            )

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        penalty = regularizers.serialize(self.activity_regularizer)
        config = {**super().get_config(), **self._flags_config()}
        return {**config, "activity_regularizer": penalty}


class RecurrentCell(ScannedWeights):
    """The base of `SimpleRNNCell`, `LSTMCell` and `GRUCell`: one step at a call.

    The cell holds torch's module as `cell`.
    """

    held_module = "cell"
    casts_integer_inputs = True
    supports_masking = True
    state_count = 1

    @property
    def state_size(self) -> Any:
        """Number of units of the state, or a list of them for several states."""
        return self.units if self.state_count == 1 else [self.units] * self.state_count

    @property
    def output_size(self) -> int:
        """Number of units of the output."""
        return self.units

    def build(self, input_shape: Any) -> None:
        """Make the weights for a step's inputs of shape `(batch, features)`."""
        self._build_weights(input_shape[-1])
        self.input_spec = InputSpec(ndim=2, axes={-1: input_shape[-1]})

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        """Run one step.

        Args:
            inputs: `(batch, features)`.
            states: The states, `(batch, units)` each: in a list, or a tensor if there is only one.
            training: Whether dropout is active.

        Returns:
            The output `(batch, units)`, and the new states in the structure of `states`.
        """
        nested = isinstance(states, (list, tuple))
        given = list(states) if nested else [states]
        if len(given) != self.state_count:
            raise ValueError(
                f"Cell '{self.name}' ({type(self).__name__}) has {self.state_count} state(s). "
                f"Received: {len(given)} states"
            )
        output, new = self._step(self._project(inputs, training), given, training)
        return output, new if nested else new[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shapes of the output and of the states."""
        shape = (input_shape[0], self.units)
        return shape, [shape] * self.state_count

    def get_initial_state(self, batch_size: int | None = None) -> list[torch.Tensor]:
        """Return zero states, `(batch_size, units)` each."""
        weight = self._module_tensors()[0]
        return [weight.new_zeros((batch_size or 1, self.units)) for _ in range(self.state_count)]
