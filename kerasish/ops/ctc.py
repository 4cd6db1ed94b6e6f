"""Connectionist temporal classification: the loss, and labels of the best alignments."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from kerasish.graph.keras_tensor import KerasTensor
from kerasish.losses.ctc_loss import ctc_of_lengths
from kerasish.ops.dispatch import operation, tensor
from kerasish.ops.promotion import floats
from kerasish.ops.specified import specified


def _logits(name: str, x: Any) -> torch.Tensor:
    x = floats(x)
    if x.ndim != 3:
        raise ValueError(
            f"{name} takes logits (batch, time, classes). Received: shape {tuple(x.shape)}"
        )
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def _loss_spec(target: Any, output: Any, *_: Any, **__: Any) -> KerasTensor:
    return KerasTensor(output.shape[:1], "float64" if output.dtype == "float64" else "float32")


@specified(_loss_spec)
def ctc_loss(
    target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0
) -> torch.Tensor:
    """Return minus the log-likelihoods of label sequences under all alignments.

    Args:
        target: Labels `(batch, length)`.
        output: Logits `(batch, time, classes)`.
        target_length: How many labels of each sample count, `(batch,)`.
        output_length: How many steps of each sample count, `(batch,)`.
        mask_index: The class that stands for no label.

    Returns:
        Losses `(batch,)`; infinite where the labels don't fit into the time.

    Source: https://www.cs.toronto.edu/~graves/icml_2006.pdf.
    """
    logits = _logits("ctc_loss", output)
    labels = tensor(target).long()
    if labels.ndim != 2:
        raise ValueError(
            f"ctc_loss takes targets (batch, length). Received: shape {tuple(labels.shape)}"
        )
    counts, steps = (tensor(one).long() for one in (target_length, output_length))
    return ctc_of_lengths(labels, logits, counts, steps, mask_index % logits.shape[-1])


@operation
def ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the labels of likely alignments.

    Args:
        inputs: Logits `(batch, time, classes)`.
        sequence_lengths: How many steps of each sample count, `(batch,)`.
        strategy: `"greedy"` for the best class of each step, or `"beam_search"`.
        beam_width: How many beginnings the beam search keeps.
        top_paths: How many sequences the beam search returns.
        merge_repeated: Whether equal labels side by side are one, for `"greedy"`.
        mask_index: The class that stands for no label; None for the last.

    Returns:
        Labels `(paths, batch, time)`, int32, filled up with -1; and `(batch, 1)` minus the sum of
        the best logits, or for the beam search `(batch, paths)` log-probabilities.

    Raises:
        ValueError: For another strategy.
    """
    logits = _logits("ctc_decode", inputs)
    lengths = tensor(sequence_lengths).long()
    blank = logits.shape[-1] - 1 if mask_index is None else mask_index % logits.shape[-1]
    if strategy == "greedy":
        return _greedy(logits, lengths, merge_repeated, blank)
    if strategy != "beam_search":
        raise ValueError(
            "ctc_decode takes 'greedy' or 'beam_search' as strategy. "
            f"Received: strategy={strategy!r}"
        )
    labels = np.full((top_paths, *logits.shape[:2]), -1, np.int32)
    scores = np.zeros((logits.shape[0], top_paths))
    values = torch.log_softmax(logits.detach().double(), -1).cpu().numpy()
    for sample, (steps, length) in enumerate(zip(values, lengths.tolist(), strict=True)):
        for path, (found, score) in enumerate(
            _beam_search(steps[:length], blank, beam_width, top_paths)
        ):
            labels[path, sample, : len(found)] = found
            scores[sample, path] = score
    device = logits.device
    return torch.from_numpy(labels).to(device), torch.from_numpy(scores).to(device, logits.dtype)


def _greedy(
    logits: torch.Tensor, lengths: torch.Tensor, merge_repeated: bool, blank: int
) -> tuple[torch.Tensor, torch.Tensor]:
    best, classes = logits.max(-1)
    time = logits.shape[1]
    places = torch.arange(time, device=logits.device)
    known = places < lengths[:, None]
    kept = known & (classes != blank)
    if merge_repeated:
        before = torch.nn.functional.pad(classes[:, :-1], (1, 0), value=-1)
        kept = kept & (classes != before)
    # Labels that are kept move to the front, the others behind the end.
    order = torch.where(kept, kept.cumsum(-1) - 1, time)
    labels = torch.full((len(classes), time + 1), -1, device=logits.device)
    labels = labels.scatter(1, order, classes)[:, :time]
    scores = -torch.where(known, best, 0.0).sum(-1, keepdim=True)
    return labels.to(torch.int32)[None], scores


def _beam_search(
    steps: np.ndarray, blank: int, width: int, paths: int
) -> list[tuple[list[int], float]]:
    """Search for the likeliest label sequences of one sample (Graves 2012, section 7.5.3).

    Args:
        steps: Log-probabilities `(time, classes)`.
        blank: The class that stands for no label.
        width: How many beginnings are kept.
        paths: How many sequences are returned.
    """
    beams: list[tuple[int, ...]] = [()]
    # Log-probabilities of a beginning with the blank at its end, and with its last label.
    with_blank, with_label = np.zeros(1), np.full(1, -np.inf)
    for step in steps:
        total = np.logaddexp(with_blank, with_label)
        longer = total[:, None] + step
        last = np.array([beam[-1] if beam else -1 for beam in beams])
        labelled = np.flatnonzero(last >= 0)
        # The same label again is a new one only after the blank.
        longer[labelled, last[labelled]] = with_blank[labelled] + step[last[labelled]]
        longer[:, blank] = -np.inf
        stays_blank = total + step[blank]
        stays_label = np.where(last >= 0, with_label + step[last], -np.inf)
        known = {beam: place for place, beam in enumerate(beams)}
        for place, beam in enumerate(beams):
            parent = known.get(beam[:-1]) if beam else None
            if parent is not None:
                stays_label[place] = np.logaddexp(stays_label[place], longer[parent, beam[-1]])
                longer[parent, beam[-1]] = -np.inf
        stays = np.logaddexp(stays_blank, stays_label)
        scores = np.concatenate([stays, longer.reshape(-1)])
        chosen = np.argsort(-scores, kind="stable")[:width]
        chosen = chosen[scores[chosen] > -np.inf]
        count, classes = len(beams), steps.shape[1]
        old, new = chosen[chosen < count], chosen[chosen >= count] - count
        beams = [beams[place] for place in old] + [
            (*beams[place // classes], int(place % classes)) for place in new
        ]
        with_blank = np.concatenate([stays_blank[old], np.full(len(new), -np.inf)])
        with_label = np.concatenate([stays_label[old], longer.reshape(-1)[new]])
    total = np.logaddexp(with_blank, with_label)
    best = np.argsort(-total, kind="stable")[:paths]
    return [(list(beams[place]), float(total[place])) for place in best]
