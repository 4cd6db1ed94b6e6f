"""`RemoteMonitor`: the logs of each epoch, sent to a server."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from kerasish.callbacks.callback import Callback, Logs
from kerasish.callbacks.callback_list import numbers


class RemoteMonitor(Callback):
    """Posts the logs of each epoch to a server, as JSON. Where none answers, a warning says so.

    Args:
        root: The server, such as `"http://localhost:9000"`.
        path: Path on the server.
        field: Name of the field of the form that holds the JSON.
        headers: Further HTTP headers.
        send_as_json: Whether the JSON is sent by itself and not in a form.

    Raises:
        ValueError: If `root` is no address of a web server.

    See https://keras.io/api/callbacks/remote_monitor/.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Mapping[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        if not root.startswith(("http://", "https://")):
            raise ValueError(
                f"RemoteMonitor: `root` begins with http:// or https://. Received: root={root!r}"
            )
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json = headers, send_as_json

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Send the logs."""
        content = json.dumps({"epoch": epoch, **numbers(logs)})
        body = content if self.send_as_json else urlencode({self.field: content})
        kind = "json" if self.send_as_json else "x-www-form-urlencoded"
        headers = {"Content-Type": f"application/{kind}", **(self.headers or {})}
        try:
            with urlopen(Request(self.root + self.path, body.encode(), headers)):
                pass
        except (URLError, OSError) as error:
            warnings.warn(
                f"RemoteMonitor could not reach {self.root}{self.path}: {error}.", stacklevel=2
            )
