"""The messages that the guide explains are those that the code gives."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (`[^|]*`) \|[^|]*\|[^|]*\|$", re.MULTILINE)


def test_the_guide_quotes_the_code() -> None:
    guide = (ROOT / "docs" / "port-a-trained-model.md").read_text(encoding="utf-8")
    # Messages are spread over the lines of a source: texts in quotes, side by side.
    code = "\n".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))
        for package in ("weight_port", "kerasish")
        for path in sorted((ROOT / package).rglob("*.py"))
    )
    rows = ROW.findall(guide.partition("## What errors mean")[2])
    quoted = [text for row in rows for text in re.findall(r"`([^`]+)`", row)]
    parts = [part.strip() for text in quoted for part in text.split("...") if part.strip()]
    assert len(parts) > 12
    for part in parts:
        assert part.replace("class 'X'", "{kind} {name!r}{where}") in code, part
