"""Which Keras wrote a configuration, and what it meant by an argument that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from weight_port.legacy_config.activations import HARD_SIGMOID_NAME
from weight_port.legacy_config.errors import LegacyConfigError, Place, shown

_VERSION = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))?(?:[.+-][\w.+-]*)?")
# Names of arguments that only Keras 1 has.
_KERAS1_MARKS = frozenset(
    {"nb_filter", "inner_activation", "inner_init", "border_mode", "input_dtype", "W_regularizer"}
)


@dataclass(frozen=True)
class Era:
    """The Keras that wrote a configuration.

    Attributes:
        major: First number of its version.
        minor: Second number; None if the configuration is of Keras 2 but the version is not known.
        in_tensorflow: Whether the version is that of an early `tf.keras`, such as `"2.2.4-tf"`.
    """

    major: int
    minor: int | None = None
    in_tensorflow: bool = False

    @classmethod
    def of(cls, config: Mapping[str, Any], keras_version: str | None) -> Era:
        """Tell the era of a configuration.

        Args:
            config: The configuration of a model.
            keras_version: The version that the file gives, None where it gives none; then the one
                in the configuration counts, and then what the configuration looks like.

        Raises:
            LegacyConfigError: If the version is not one.
        """
        version = config.get("keras_version") if keras_version is None else keras_version
        if version is None:
            return cls(_major_by_form(config))
        match = _VERSION.fullmatch(version) if isinstance(version, str) else None
        if match is None:
            raise LegacyConfigError(
                'The version of Keras is a text such as "2.2.4" or "2.3.0-tf". '
                f"Received: keras_version={shown(version)}"
            )
        return cls(int(match[1]), int(match[2] or 0), version.endswith("-tf"))

    @property
    def is_tensorflow2(self) -> bool:
        """Whether layers have the defaults of TensorFlow 2, from 2.2 on."""
        # TensorFlow 2.2 wrote "2.3.0-tf"; 2.3 and all later ones wrote 2.4.0 or more, which the
        # last Keras on its own (2.3.1) does not reach.
        minor = self.minor or 0
        return minor >= 4 or (self.in_tensorflow and minor >= 3)

    @property
    def is_before_tensorflow2(self) -> bool:
        """Whether it is Keras on its own, or TensorFlow up to 1.12, which wrote "2.1.6-tf"."""
        minor = 0 if self.minor is None else self.minor
        return self.major < 2 or minor < (2 if self.in_tensorflow else 4)

    def recurrent_activation(self, place: Place) -> str:
        """Return the gates' activation of a recurrent layer that does not give it."""
        if place.class_name.startswith("ConvLSTM"):
            return HARD_SIGMOID_NAME
        minor = self._known_minor(place, "recurrent_activation")
        return "sigmoid" if self.is_tensorflow2 or minor >= 3 else HARD_SIGMOID_NAME

    def reset_after(self, place: Place) -> bool:
        """Return where the reset gate of a GRU acts that does not say it."""
        self._known_minor(place, "reset_after")
        return self.is_tensorflow2

    def _known_minor(self, place: Place, argument: str) -> int:
        if self.major < 2:
            return 0
        if self.minor is None:
            place.refuse(
                f"does not give `{argument}`, whose default changed between versions of Keras 2: "
                "pass `keras_version`",
                f"no {argument}, keras_version=None",
            )
        return self.minor


def _major_by_form(config: Any) -> int:
    """Guess the version by what a configuration has in it: 1, 2 or 3."""
    major = 2
    for part in _parts(config):
        keys = part.keys()
        if "keras_history" in keys or part.get("class_name") in ("__keras_tensor__", "DTypePolicy"):
            return 3
        inner = part.get("config")
        if part.get("class_name") == "InputLayer" and isinstance(inner, Mapping):
            major = 3 if "batch_shape" in inner else major
        if keys & _KERAS1_MARKS or ("output_dim" in keys and "init" in keys):
            return 1
    return major


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, Mapping):
            yield one
            pending.extend(one.values())
        elif isinstance(one, (list, tuple)):
            pending.extend(one)
