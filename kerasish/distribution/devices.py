"""The devices of this machine under Keras's names."""

from __future__ import annotations

import torch

KINDS = ("cpu", "gpu", "tpu")


def list_devices(device_type: str | None = None) -> list[str]:
    """Return the devices of one kind, such as `["gpu:0", "gpu:1"]`.

    Args:
        device_type: `"cpu"`, `"gpu"` (torch's accelerators) or `"tpu"` (none: torch itself has no
            such device). By default the accelerators where there are any, else the CPU.

    Raises:
        ValueError: If there is no such kind.

    Source: https://keras.io/api/distribution/distribution_utils/
    """
    if device_type is not None and str(device_type).lower() not in KINDS:
        raise ValueError(
            f"list_devices: `device_type` is one of {', '.join(KINDS)}. Received: {device_type!r}"
        )
    accelerators = torch.accelerator.device_count() if torch.accelerator.is_available() else 0
    kind = (device_type or ("gpu" if accelerators else "cpu")).lower()
    count = {"cpu": 1, "gpu": accelerators, "tpu": 0}[kind]
    return [f"{kind}:{index}" for index in range(count)]


def get_device_count(device_type: str | None = None) -> int:
    """Return how many devices of one kind there are; see `list_devices`."""
    return len(list_devices(device_type))
