"""What the README and the documents show runs, and links lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.running import blocks_of, run

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def name_of(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if blocks_of(path)], ids=name_of)
def test_document_runs(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    run(path, tmp_path, capsys)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_to_files(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_commands_of_the_ci_script_are_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for name in re.findall(r"\(readme_command (\w+)\)", script):
        block = re.search(rf"<!-- {name} -->\n```sh\n(.+)\n```\n<!-- end {name} -->", readme)
        assert block, name
        assert "-c constraints.txt" in block[1]
