"""`get_file`: the cache, hashes and archives, among them hostile ones."""

import hashlib
import io
import os
import stat
import tarfile
import zipfile

import keras
import pytest

from kerasish.utils import get_file

TEXT = b"hello\n" * 10


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))


def url(path):
    return path.as_uri()


def written(folder, name="source.txt", data=TEXT):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def tar(path, *members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, data, kind, link in members:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(data), kind, link
            archive.addfile(info, io.BytesIO(data))
    return path


def plain(name, data=TEXT):
    return name, data, tarfile.REGTYPE, ""


def files_in(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("algorithm", ["auto", "sha256", "md5"])
def test_download_and_cache(tmp_path, algorithm, capsys):
    source = written(tmp_path / "web")
    name = "sha256" if algorithm == "auto" else algorithm
    digest = hashlib.new(name, TEXT).hexdigest()
    path = get_file(origin=url(source), file_hash=digest, hash_algorithm=algorithm)
    assert path == str(tmp_path / "home" / "datasets" / "source.txt")
    with open(path, "rb") as file:
        assert file.read() == TEXT
    assert "Downloading data from file:" in capsys.readouterr().out
    source.unlink()  # from now on the cache answers
    assert get_file(origin=url(source), file_hash=digest) == path
    assert get_file(origin=url(source), md5_hash=hashlib.md5(TEXT).hexdigest()) == path
    assert os.listdir(tmp_path / "home" / "datasets") == ["source.txt"]


def test_wrong_hash_keeps_nothing(tmp_path):
    source = written(tmp_path / "web")
    with pytest.raises(ValueError, match=r"does not have the hash .*file_hash='0000'"):
        get_file(origin=url(source), file_hash="0000")
    assert not files_in(tmp_path / "home")


def test_stale_file_is_downloaded_again(tmp_path, capsys):
    source = written(tmp_path / "web")
    digest = hashlib.sha256(TEXT).hexdigest()
    path = written(tmp_path / "home", "source.txt", b"old")
    arguments = {"origin": url(source), "cache_subdir": "."}
    assert os.path.samefile(get_file(**arguments), path)
    assert path.read_bytes() == b"old"
    get_file(**arguments, file_hash=digest)
    assert path.read_bytes() == TEXT
    assert "is downloaded again" in capsys.readouterr().out
    path.write_bytes(b"old")
    get_file(**arguments, force_download=True)
    assert path.read_bytes() == TEXT


def test_failure_names_url_and_path(tmp_path):
    missing = tmp_path / "missing.txt"
    with pytest.raises(OSError, match="can't be downloaded") as caught:
        get_file(origin=url(missing), file_hash="a" * 64)
    for part in (url(missing), str(tmp_path / "home" / "datasets" / "missing.txt"), "a" * 64):
        assert part in str(caught.value)
    assert not files_in(tmp_path / "home")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"origin": None}, "takes a URL"),
        ({"origin": "/etc/passwd"}, r"takes a URL.* Received: origin='/etc/passwd'"),
        ({"origin": "data:text/plain,x"}, "takes a URL"),
        ({"origin": "https://example.org/"}, "without folders"),
        ({"origin": "https://example.org/.."}, "without folders"),
        ({"origin": "https://example.org/a", "fname": "../a"}, r"without folders.*fname='../a'"),
        ({"origin": "https://example.org/a", "fname": ".."}, "without folders"),
        ({"origin": "https://example.org/a", "hash_algorithm": "sha1"}, "knows the hashes"),
        (
            {"origin": "https://example.org/a", "extract": True, "archive_format": "rar"},
            r"formats \('tar', 'zip'\). Received: archive_format='rar'",
        ),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        get_file(**arguments)


@pytest.mark.parametrize("fname", [None, "data", "data.tar.gz"])
@pytest.mark.parametrize("kind", ["tar", "zip", "untar"])
def test_archives_lie_as_in_keras(tmp_path, monkeypatch, fname, kind):
    source = tmp_path / "source.archive"
    members = {"top/a.txt": TEXT, "top/deep/b.txt": b"b", "./c.txt": b""}
    if kind == "zip":
        with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
    else:
        tar(source, *(plain(*member) for member in members.items()))
    arguments = {"fname": fname, "origin": url(source)}
    arguments |= {"untar": True} if kind == "untar" else {"extract": True}
    homes, answers = [tmp_path / "ours", tmp_path / "theirs"], []
    for home, function in zip(homes, (get_file, keras.utils.get_file), strict=True):
        home.mkdir()
        answers.append(os.path.relpath(function(**arguments, cache_dir=str(home)), home))
    assert answers[0] == answers[1]
    assert files_in(homes[0]) == files_in(homes[1])
    # A second call mends what was changed, and leaves what was added.
    folder = homes[0] / answers[0]
    (folder / "top" / "a.txt").write_text("changed")
    (folder / "top" / "own.txt").write_text("own")
    get_file(**arguments, cache_dir=homes[0])
    assert (folder / "top" / "a.txt").read_bytes() == TEXT
    assert (folder / "top" / "own.txt").read_text() == "own"


def zip_member(name, mode=0, data=b"x"):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info, data


HOSTILE = {
    "tar_parent": ("tar", [plain("ok.txt"), plain("../canary")]),
    "tar_deep_parent": ("tar", [plain("a/../../canary")]),
    "tar_absolute": ("tar", [plain("/tmp/canary")]),
    "tar_symlink": ("tar", [("link", b"", tarfile.SYMTYPE, ".."), plain("link/canary")]),
    "tar_hard_link": ("tar", [plain("ok.txt"), ("link", b"", tarfile.LNKTYPE, "../canary")]),
    "tar_device": ("tar", [("device", b"", tarfile.CHRTYPE, "")]),
    "tar_fifo": ("tar", [("fifo", b"", tarfile.FIFOTYPE, "")]),
    "zip_parent": ("zip", [zip_member("ok.txt"), zip_member("../canary")]),
    "zip_absolute": ("zip", [zip_member("/tmp/canary")]),
    "zip_backslash": ("zip", [zip_member("..\\canary")]),
    "zip_symlink": ("zip", [zip_member("link", stat.S_IFLNK | 0o777, b"..")]),
    "zip_bomb": ("zip", [zip_member("blank", 0, bytes(64 << 20))]),
    "truncated": ("tar", None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_archives(tmp_path, name):
    kind, members = HOSTILE[name]
    source = tmp_path / "web.archive"
    if members is None:
        whole = tar(tmp_path / "whole", plain("ok.txt", os.urandom(100_000)))
        source.write_bytes(whole.read_bytes()[:50_000])
    elif kind == "tar":
        tar(source, *members)
    else:
        with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
            for info, data in members:
                archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match="broken or not safe to unpack"):
        get_file("data", origin=url(source), extract=True)
    home = tmp_path / "home"
    assert files_in(home) == ["datasets/data_archive"]
    assert sorted(p.name for p in (home / "datasets").iterdir()) == ["data_archive"]
    assert not (tmp_path / "canary").exists()
    assert not (home / "canary").exists()


def test_no_archive(tmp_path):
    source = written(tmp_path / "web")
    with pytest.raises(ValueError, match=r"is no archive of the formats \('zip',\)"):
        get_file(origin=url(source), extract=True, archive_format="zip")


def test_cut_connection(tmp_path, monkeypatch):
    class Answer(io.BytesIO):
        headers = {"Content-Length": "1000"}

    monkeypatch.setattr("urllib.request.urlopen", lambda *a, **k: Answer(TEXT))
    with pytest.raises(OSError, match="ended after 60 of 1000 bytes"):
        get_file(origin="https://example.org/a.txt")
    assert not files_in(tmp_path / "home")


def test_cache_that_can_not_be_written(tmp_path, monkeypatch):
    source = written(tmp_path / "web")
    blocked = written(tmp_path, "a_file")  # no folder can be made below a file
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    with pytest.warns(UserWarning, match="can't be written to, so files go to"):
        path = get_file(origin=url(source), cache_dir=blocked)
    own = tmp_path / f"keras-{os.getuid()}"
    assert path == str(own / "datasets" / "source.txt")
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    own.rename(tmp_path / "elsewhere")
    own.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="belongs to someone else"):
        get_file(origin=url(source), cache_dir=blocked)
