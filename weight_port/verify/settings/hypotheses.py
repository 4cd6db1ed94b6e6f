"""The settings that explain a difference of outputs where the weights are equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from weight_port.verify.settings.activations import ACTIVATIONS
from weight_port.verify.settings.reference import RECURRENT, Settings

Variant = tuple[str, Settings]


@dataclass(frozen=True, eq=False)
class OutputHypothesis:
    """A setting in which two layers with equal weights can differ.

    Attributes:
        name: Its name in reports.
        sentence: What differs, for the user; `{have}` is the setting of `a`, `{detail}` that of
            `b`.
        remedy: What to do about it.
        classes: The layer classes that have the setting.
        variants: Gives other settings to try.
    """

    name: str
    sentence: str
    remedy: str
    classes: frozenset[str]
    variants: Callable[[Settings], Iterator[Variant]]
    have: Callable[[Settings], str] = lambda settings: ""


_GATES = ("sigmoid", "hard_sigmoid", "hard_sigmoid of Keras 2")
_EPSILONS = (1e-3, 1e-5, 1e-6, 1e-4, 1e-7, 1e-8, 1e-12, 0.0)


def _recurrent_activation(s: Settings) -> Iterator[Variant]:
    for name in _GATES:
        if name != s.recurrent_activation:
            yield name, replace(s, recurrent_activation=name)


def _activation(s: Settings) -> Iterator[Variant]:
    for name in ACTIVATIONS:
        if name != s.activation:
            yield name, replace(s, activation=name)


def _reset_after(s: Settings) -> Iterator[Variant]:
    yield str(not s.reset_after), replace(s, reset_after=not s.reset_after)


def _epsilon(s: Settings) -> Iterator[Variant]:
    for value in _EPSILONS:
        if value != s.epsilon:
            yield f"{value:g}", replace(s, epsilon=value)


def _batch_statistics(s: Settings) -> Iterator[Variant]:
    yield "", replace(s, batch_statistics=True)


def _go_backwards(s: Settings) -> Iterator[Variant]:
    other = "forwards" if s.go_backwards else "backwards"
    yield other, replace(s, go_backwards=not s.go_backwards)
    if s.return_sequences:
        yield (
            f"{other}, with the steps of the output turned around",
            replace(s, go_backwards=not s.go_backwards, reverse_output=True),
        )


def _reverse_output(s: Settings) -> Iterator[Variant]:
    if s.return_sequences:
        yield "", replace(s, reverse_output=True)


def _mask_ignored(s: Settings) -> Iterator[Variant]:
    yield "", replace(s, use_mask=False)


_NORMS = frozenset({"BatchNormalization", "LayerNormalization"})

OUTPUT_HYPOTHESES: tuple[OutputHypothesis, ...] = (
    OutputHypothesis(
        "recurrent_activation",
        "The gates of a have the activation {have}, those of b {detail}.",
        "Set recurrent_activation as it was when the model was made: hard_sigmoid was the default "
        "before Keras 2.3, and Keras 3's is another function than Keras 2's.",
        frozenset({"LSTM", "GRU"}),
        _recurrent_activation,
        lambda s: s.recurrent_activation,
    ),
    OutputHypothesis(
        "reset_after",
        "a has reset_after={have}, b {detail}: the reset gate acts after the recurrent product in "
        "one and before it in the other.",
        "Set reset_after as it was when the model was made; torch.nn.GRU has reset_after=True "
        "only.",
        frozenset({"GRU"}),
        _reset_after,
        lambda s: str(s.reset_after),
    ),
    OutputHypothesis(
        "epsilon",
        "a has epsilon={have}, b {detail}.",
        "Give both layers one epsilon: Keras's default is 1e-3, torch's 1e-5.",
        _NORMS,
        _epsilon,
        lambda s: f"{s.epsilon:g}",
    ),
    OutputHypothesis(
        "batch_statistics",
        "b normalizes by the statistics of the batch, as in training; a by the stored ones.",
        "Call module.eval(), or the layer with training=False.",
        frozenset({"BatchNormalization"}),
        _batch_statistics,
    ),
    OutputHypothesis(
        "mask_ignored",
        "b computes the masked steps as if there were no mask.",
        "Pass the mask on, or pack the sequences (torch.nn.utils.rnn.pack_padded_sequence).",
        RECURRENT,
        _mask_ignored,
    ),
    OutputHypothesis(
        "go_backwards",
        "b reads the sequence {detail}.",
        "Set go_backwards alike. Keras leaves the output of such a layer turned around in time.",
        RECURRENT,
        _go_backwards,
    ),
    OutputHypothesis(
        "output_reversed",
        "The steps of b's output are turned around in time.",
        "Flip the output along the time axis on one side only.",
        RECURRENT,
        _reverse_output,
    ),
    OutputHypothesis(
        "activation",
        "a has the activation {have}, b {detail}.",
        "Set the activation alike.",
        frozenset({"LSTM", "GRU", "SimpleRNN", "Dense", "Activation", "LeakyReLU"}),
        _activation,
        lambda s: s.activation,
    ),
)
