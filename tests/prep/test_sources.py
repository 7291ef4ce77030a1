from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from prep.errors import BadArchive, MissingFile, NoSuchDataset
from prep.sources import (
    FolderSource,
    ZipSource,
    is_slow_to_seek,
    open_source,
    open_unpacked,
    require,
)
from tests.prep.zips import edited, zip_of

FILES = {"ua.base": b"base " * 2000, "ua.test": b"test", "u.item": b"items"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "ml-x"
    path.mkdir()
    for name, content in FILES.items():
        (path / name).write_bytes(content)
    (path / "nested").mkdir()
    return path


def zipped(path: Path, *, top: str = "", extra: dict[str, bytes] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if top:
            archive.mkdir(top.rstrip("/"))
        for name, content in (FILES if extra is None else FILES | extra).items():
            archive.writestr(name if name.startswith("__") else top + name, content)
    return path


def contents(source: FolderSource | ZipSource) -> dict[str, bytes]:
    found = {}
    for name in source.names():
        with source.open(name) as stream:
            found[name] = stream.read()
    return found


def test_a_folder_has_its_files(folder: Path) -> None:
    source = open_source(folder)
    assert source.name == "ml-x"
    assert str(source) == str(folder)
    assert contents(source) == FILES


@pytest.mark.parametrize("top", ["", "ml-x/"])
def test_a_zip_has_its_files_with_or_without_a_top_folder(tmp_path: Path, top: str) -> None:
    source = open_source(zipped(tmp_path / "mine.zip", top=top))
    assert source.name == "mine"
    assert contents(source) == FILES


def test_what_macos_adds_to_a_zip_is_no_part_of_it(tmp_path: Path) -> None:
    path = zipped(tmp_path / "mac.zip", top="ml-x/", extra={"__MACOSX/ml-x/._ua.base": b"fork"})
    assert contents(ZipSource(path)) == FILES


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bad.zip")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("ua.base").header_offset + 30 + len("ua.base")
    data[start + 8] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(BadArchive, match=r"bad\.zip: ua\.base: "), ZipSource(path).open("ua.base") as stream:
        stream.read()


def test_a_file_that_unpacks_to_too_much_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", extra={"u.user": b"0" * 5_000_000})
    assert path.stat().st_size < 10_000
    source = ZipSource(path, max_file_bytes=4_999_999)
    message = r"bomb\.zip: u\.user: unpacks to 5000000 bytes, expected at most 4999999$"
    with pytest.raises(BadArchive, match=message), source.open("u.user"):
        pytest.fail("it was opened")
    with source.open("u.item") as stream:
        assert stream.read() == FILES["u.item"]
    assert len(contents(ZipSource(path, max_file_bytes=5_000_000))["u.user"]) == 5_000_000


def test_a_file_larger_than_the_zip_states_is_refused(tmp_path: Path) -> None:
    """The stated size is what counts against the limit, so it must not be exceeded."""
    path = zipped(tmp_path / "liar.zip", extra={"u.user": b"0" * 5_000_000})
    data = bytearray(path.read_bytes())
    # The size field of the central directory's last entry (APPNOTE.TXT 4.3.12), which is u.user's.
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (500_000).to_bytes(4, "little")
    path.write_bytes(data)
    given = []

    def read() -> None:
        with ZipSource(path, max_file_bytes=600_000).open("u.user") as stream:
            while chunk := stream.read(10_000):
                given.append(len(chunk))

    with pytest.raises(BadArchive, match=r"liar\.zip: u\.user: Bad CRC-32"):
        read()
    assert 0 < sum(given) <= 500_000


@pytest.mark.parametrize(("method", "number"), [(zipfile.ZIP_BZIP2, 12), (zipfile.ZIP_LZMA, 14)])
def test_methods_that_unpack_without_bounds_are_refused(tmp_path: Path, method: int, number: int) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("ua.base", b"base")
    message = rf"ua\.base: compression method {number}, expected stored \(0\) or deflated \(8\)$"
    with pytest.raises(BadArchive, match=message), ZipSource(path).open("ua.base"):
        pytest.fail("it was opened")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "locked.zip")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
    path.write_bytes(data)
    with pytest.raises(BadArchive, match=r"ua\.base is encrypted, expected a zip without a password"):
        ZipSource(path)


@pytest.mark.parametrize("is_zip64", [False, True])
def test_no_field_of_a_zips_directory_can_do_worse_than_a_bad_archive(tmp_path: Path, is_zip64: bool) -> None:
    content = zip_of({"x/ua.base": b"base" * 30, "x/u.item": b"items"}, is_zip64=is_zip64)
    path = tmp_path / "edited.zip"
    refused = []
    for damaged in edited(content):
        path.write_bytes(damaged)
        try:
            contents(ZipSource(path))
        except BadArchive as error:
            refused.append(str(error))
    assert len(refused) > 1000
    assert all(message.startswith(f"{path}: ") and "\n" not in message for message in refused)


@pytest.mark.parametrize("name", [".", "./.", ""])
def test_a_member_without_a_name_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "nameless.zip"
    path.write_bytes(zip_of(FILES | {name: b""}))
    with pytest.raises(BadArchive, match=r"nameless\.zip: a member named '.*', expected the name of a file$"):
        ZipSource(path)


@pytest.mark.parametrize("error", [ValueError, OSError])
def test_an_error_of_whoever_reads_is_not_the_zips(tmp_path: Path, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^mine$"), ZipSource(zipped(tmp_path / "good.zip")).open("ua.base"):
        raise error("mine")


def test_no_zip_and_no_path_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_bytes(b"hello")
    with pytest.raises(BadArchive, match=r"text\.zip: .*, expected a whole zip$"):
        open_source(tmp_path / "text.zip")
    with pytest.raises(NoSuchDataset, match="nowhere: no such folder or file, expected a folder or a zip of ratings"):
        open_source(tmp_path / "nowhere")
    with pytest.raises(NoSuchDataset):
        FolderSource(tmp_path / "nowhere")
    with pytest.raises(NoSuchDataset):
        ZipSource(tmp_path / "nowhere")


def test_every_missing_file_is_named_with_the_place(folder: Path) -> None:
    with pytest.raises(MissingFile) as raised:
        require(FolderSource(folder), {"ua.base", "ub.base", "ub.test"})
    assert str(raised.value) == f"{folder}: no ub.base, ub.test; expected ua.base, ub.base, ub.test"
    with pytest.raises(MissingFile, match=r"no \.\./secret"):
        FolderSource(folder).open("../secret")


@pytest.mark.parametrize(
    "pack", [lambda folder: folder, lambda folder: zipped(folder.parent / "mine.zip", top="ml-x/")]
)
def test_sizes_are_what_opening_gives_and_streams_can_be_read_again_from_anywhere(
    folder: Path, pack: Callable[[Path], Path]
) -> None:
    source = open_source(pack(folder))
    assert {name: source.size(name) for name in source.names()} == {name: len(c) for name, c in FILES.items()}
    with pytest.raises(MissingFile, match=r"no u\.data;"):
        source.size("u.data")
    with source.open("ua.base") as stream:
        assert (stream.read(3), stream.seek(7), stream.read(2), stream.seek(0), stream.read(4)) == (
            b"bas",
            7,
            b"se",
            0,
            b"base",
        )
        assert is_slow_to_seek(stream) == isinstance(source, ZipSource)


@pytest.mark.parametrize("name", ["ua.base.gz", "ua.base"])
def test_gzip_is_unpacked_by_its_first_bytes_whatever_the_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(FILES["ua.base"]) + gzip.compress(b"and a second member"))
    (tmp_path / "plain.gz").write_bytes(b"no gzip at all")
    source = FolderSource(tmp_path)
    with open_unpacked(source, name) as stream:
        assert stream.read() == FILES["ua.base"] + b"and a second member"
    with open_unpacked(source, "plain.gz") as stream:
        assert stream.read() == b"no gzip at all"


@pytest.mark.parametrize("damage", ["truncated", "header only", "flipped", "rubbish after it"])
def test_damaged_gzip_is_named(tmp_path: Path, damage: str) -> None:
    whole = gzip.compress(FILES["ua.base"] + bytes(range(256)) * 40)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    content = {
        "truncated": whole[:-20],
        "header only": whole[:5],
        "flipped": bytes(flipped),
        "rubbish after it": whole + b"x",
    }
    (tmp_path / "ua.base.gz").write_bytes(content[damage])
    with (
        pytest.raises(BadArchive, match=r"ua\.base\.gz: .*, expected a whole gzip file$"),
        open_unpacked(FolderSource(tmp_path), "ua.base.gz") as stream,
    ):
        stream.read()
