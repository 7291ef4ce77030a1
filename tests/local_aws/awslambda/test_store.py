"""Unpacking: once, whole, and never outside its folder."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from local_aws.awslambda.store import BadArchive, FolderStore, check_archives, unpack


def archive(*members: tuple[str, bytes, int]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            opened.writestr(info, content)
    return buffer.getvalue()


def test_files_keep_their_content_and_mode(tmp_path: Path) -> None:
    unpack(
        archive(("bin/tool", b"#!", stat.S_IFREG | 0o755), ("data.bin", b"\x00\x01", stat.S_IFREG | 0o644)), tmp_path
    )
    assert (tmp_path / "data.bin").read_bytes() == b"\x00\x01"
    assert os.access(tmp_path / "bin" / "tool", os.X_OK)


@pytest.mark.parametrize("name", ["../outside.py", "a/../../outside.py", "/outside.py"])
def test_member_outside_the_folder_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    bad = archive(("good.py", b"", stat.S_IFREG | 0o644), (name, b"", stat.S_IFREG | 0o644))
    with pytest.raises(BadArchive, match=r"outside\.py"):
        unpack(bad, tmp_path / "inside")
    assert list(tmp_path.rglob("*.py")) == []


def test_symbolic_link_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArchive, match="'link' is a symbolic link"):
        unpack(archive(("link", b"/etc", stat.S_IFLNK | 0o777)), tmp_path)


@pytest.mark.parametrize(
    ("content", "message"), [(b"not a zip", "Could not unzip uploaded file"), (archive(), "non-empty zip")]
)
def test_what_is_no_archive_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(BadArchive, match=message):
        check_archives([content])


def test_size_counts_code_and_layers_unzipped() -> None:
    archives = [archive(("zeros", bytes(600), 0)), archive(("zeros", bytes(400), 0))]
    check_archives(archives, max_bytes=1000)
    with pytest.raises(BadArchive, match="Unzipped size must be smaller than 999 bytes"):
        check_archives(archives, max_bytes=999)


def test_folder_is_built_once(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    builds: list[Path] = []
    for _ in range(2):
        assert store.get("name", builds.append) == tmp_path / "store" / "name"
    assert len(builds) == 1


def test_folder_that_failed_to_build_is_built_again(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.get("name", fail)
    folder = store.get("name", lambda folder: (folder / "whole").touch())
    assert [path.name for path in folder.iterdir()] == ["whole"]
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["name"]
