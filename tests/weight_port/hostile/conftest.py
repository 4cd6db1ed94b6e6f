import sys

import pytest


@pytest.fixture
def canary(tmp_path):
    """A secret file that no attack may read, and the name of one that none may make."""
    folder = tmp_path / "canary"
    folder.mkdir()
    secret = folder / "secret"
    secret.write_bytes(b"the secret of the canary" * 8)
    yield secret
    assert sorted(p.name for p in folder.iterdir()) == ["secret"], "the canary's folder was changed"
    assert not [name for name in sys.modules if "canary" in name]
