"""A verification as an HTML page."""

from weight_port.verify.html.page import to_html, write_html

__all__ = ["to_html", "write_html"]
