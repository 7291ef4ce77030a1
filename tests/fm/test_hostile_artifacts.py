"""Model files that are damaged, or made to do damage: one clear error each, little memory, nothing on disk."""

from __future__ import annotations

import contextlib
import gzip
import io
import re
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fm import artifact
from fm.archive import read_zip_members
from fm.errors import ArtifactError
from fm.ndarray import RowSparse
from tests.fm.test_artifact import arrays_of, model_file, parameters, small_model
from tests.prep.zips import edited, zip_of

MEGABYTE = 1 << 20


def whole() -> bytes:
    buffer = io.BytesIO()
    artifact.save(buffer, small_model(), parameters())
    return buffer.getvalue()


def tar_of(info: tarfile.TarInfo, content: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def member(name: str = artifact.MODEL_FILE, **fields: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "starts with b'', expected a .tar.gz or a zip"),
        (b"hello", "starts with b'he', expected a .tar.gz or a zip"),
        (gzip.compress(b""), "not a whole .tar.gz"),
        (gzip.compress(b"not a tar" * 100), "not a whole .tar.gz"),
        (tar_of(member("other")), r"holds \['other'\], expected 'model_algo-1'"),
        (tar_of(member("x/../../model_algo-1")), "expected 'model_algo-1'"),
        (tar_of(member(type=tarfile.SYMTYPE, linkname="/etc/passwd")), "has type b'2' and 0 bytes, expected a plain"),
        (tar_of(member(type=tarfile.LNKTYPE, linkname="/etc/passwd")), "has type b'1'"),
        (tar_of(member(type=tarfile.DIRTYPE)), "has type b'5'"),
        (tar_of(member(size=3), b"PK?"), "model_algo-1: not a whole zip"),
        (b"PK\x03\x04", "not a whole zip"),
    ],
    # A gzip's bytes say when it was made; the workers of a test run have to agree on the names.
    ids=lambda value: None if isinstance(value, str) else "content",
)
def test_what_is_no_model_is_said_with_the_files_name(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=f"{re.escape(str(path))}: .*{message}"):
        artifact.load(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.tar\.gz"):
        artifact.load(tmp_path / "nowhere.tar.gz")


def test_every_truncation_is_an_artifact_error() -> None:
    content = whole()
    # The last eight bytes are gzip's checksum and length, which reading one member need not reach.
    for size in range(0, len(content) - 600, 7):
        with pytest.raises(ArtifactError):
            artifact.load(io.BytesIO(content[:size]))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_is_worse_than_an_artifact_error(data: st.DataObject) -> None:
    content = bytearray(artifact.encode(small_model(), parameters()))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(content)
    packed = tar_of(member(size=len(damaged)), damaged) if data.draw(st.booleans()) else damaged
    with contextlib.suppress(ArtifactError):
        artifact.load(io.BytesIO(packed))


@pytest.mark.parametrize("is_zip64", [False, True])
def test_no_field_of_the_zips_directory_can_do_worse_than_an_artifact_error(is_zip64: bool) -> None:
    members = {"meta.json": b"{}", "params": b"x" * 120}
    refused = []
    for damaged in edited(zip_of(members, is_zip64=is_zip64)):
        try:
            read_zip_members(damaged, source="model_algo-1", max_bytes=MEGABYTE)
        except ArtifactError as error:
            refused.append(str(error))
    assert len(refused) > 1000
    assert all(message.startswith("model_algo-1: ") for message in refused)


def test_a_compression_bomb_stops_at_the_bound() -> None:
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb") as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name in ("padding", artifact.MODEL_FILE):
            archive.addfile(member(name, size=64 * MEGABYTE), io.BytesIO(bytes(64 * MEGABYTE)))
    assert bomb.tell() < MEGABYTE
    assert refused_within(2 * MEGABYTE, bomb, "unpacks to more than the 1048576 bytes expected at most")


def test_a_zip_bomb_stops_at_the_bound() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("params", bytes(64 * MEGABYTE))
    assert refused_within(2 * MEGABYTE, bomb, "unpacks to 67108864 bytes, expected at most 1048576")


def test_a_tiny_row_sparse_array_of_a_huge_shape_stops_at_the_bound() -> None:
    huge = RowSparse((1 << 38, 3), np.array([0]), np.ones((1, 3), dtype=np.float32))
    message = r"v of shape \(274877906944, 3\), .*: 3298534883352 bytes as float32, expected at most 1048576"
    assert refused_within(2 * MEGABYTE, io.BytesIO(model_file(arrays_of(huge))), message)


def test_the_bound_is_on_all_arrays_together_as_they_are_built() -> None:
    """Half precision grows to single; each of these arrays fits, all of them do not."""
    rows = 100_000
    empty = np.array([], dtype=np.int64)
    arrays: dict[str, Any] = {
        "w0_weight": np.zeros(1, np.float32),
        "w1_weight": RowSparse((rows, 1), empty, np.empty((0, 1), np.float16)),
        "v": RowSparse((rows, 2), empty, np.empty((0, 2), np.float16)),
    }
    message = "1200004 bytes as float32, expected at most 1048576"
    assert refused_within(MEGABYTE // 2, io.BytesIO(model_file(arrays)), message)
    assert artifact.load(io.BytesIO(model_file(arrays)), max_bytes=1_200_004).n_features == rows
    with pytest.raises(ArtifactError, match="1200004 bytes as float32, expected at most 1200003"):
        artifact.load(io.BytesIO(model_file(arrays)), max_bytes=1_200_003)


def test_a_sparse_tar_member_that_claims_a_huge_size_stops_at_the_bound() -> None:
    """GNU's sparse files unpack to zeros that no byte of the archive stands for."""
    info = member(type=tarfile.GNUTYPE_SPARSE, size=0)
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:398] = b"%011o\0" % 0  # offset of the only stored piece
    header[398:410] = b"%011o\0" % 0  # and its length
    header[483:495] = b"%011o\0" % (1 << 32)  # real size: 4 GB
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    content = io.BytesIO(gzip.compress(bytes(header) + bytes(1024)))
    assert refused_within(2 * MEGABYTE, content, "model_algo-1 has type b'S' and 4294967296 bytes, expected a plain")


def test_a_file_above_the_bound_is_not_read() -> None:
    content = io.BytesIO(bytes(2 * MEGABYTE))
    assert refused_within(MEGABYTE, content, "2097152 bytes, expected at most 1048576")


def test_an_encrypted_member_is_refused() -> None:
    content = bytearray(artifact.encode(small_model(), parameters()))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flags] |= 1
    with pytest.raises(ArtifactError, match=r"meta\.json has method 0, flags 0x1, expected a stored or deflated"):
        artifact.decode(bytes(content))


def refused_within(max_memory: int, content: io.BytesIO, message: str) -> bool:
    """Whether loading with a bound of 1 MB ends in this ArtifactError without taking more than ``max_memory``."""
    content.seek(0)
    tracemalloc.start()
    try:
        with pytest.raises(ArtifactError, match=message):
            artifact.load(content, max_bytes=MEGABYTE)
        return tracemalloc.get_traced_memory()[1] < max_memory + MEGABYTE
    finally:
        tracemalloc.stop()
