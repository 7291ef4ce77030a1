"""Objects as streams: read in ranges, written in parts, so that their size is never a matter of memory."""

from __future__ import annotations

import contextlib
import io
from typing import Any, Final

RANGE_BYTES: Final = 8 << 20
PART_BYTES: Final = 16 << 20
"""S3 takes 10,000 parts of 5 MiB and more: an object may have 160 GB."""


class ObjectReader(io.RawIOBase):
    """A seekable stream of one object. Each range is a request of its own, which botocore repeats where it fails."""

    def __init__(self, s3: Any, bucket: str, key: str) -> None:
        super().__init__()
        self._s3, self._where = s3, {"Bucket": bucket, "Key": key}
        self._position = 0
        self._begin()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Bytes from the start."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As a file."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """The next bytes, at most as many as the buffer takes."""
        view = memoryview(buffer).cast("B")
        stop = min(self._position + len(view), self._size)
        if stop <= self._position:
            return 0
        answer = self._s3.get_object(**self._where, Range=f"bytes={self._position}-{stop - 1}")
        content: bytes = answer["Body"].read()
        view[: len(content)] = content
        self._position += len(content)
        return len(content)

    def _begin(self) -> None:
        """The first byte tells the size. HeadObject would too, but says "Forbidden" and not what is denied."""
        try:
            answer = self._s3.get_object(**self._where, Range="bytes=0-0")
        except self._s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "InvalidRange":
                raise
            self._size = 0  # an empty object has no range
            return
        self._size = int(answer["ContentRange"].rpartition("/")[2])
        # An object that is replaced meanwhile answers PreconditionFailed instead of a mixture of both.
        self._where["IfMatch"] = answer["ETag"]


class Upload:
    """One object in parts. Nothing is there under its key until it is completed, by whoever has its ``parts``."""

    def __init__(self, s3: Any, bucket: str, key: str) -> None:
        self._s3, self._where = s3, {"Bucket": bucket, "Key": key}
        self._held = bytearray()
        self.id: str = s3.create_multipart_upload(**self._where)["UploadId"]
        self.parts: list[str] = []
        self.bytes = 0

    def write(self, data: memoryview | bytes) -> int:
        """Append bytes; every full part goes out."""
        self._held += data
        self.bytes += len(data)
        while len(self._held) >= PART_BYTES:
            self._put(self._held[:PART_BYTES])
            del self._held[:PART_BYTES]
        return len(data)

    def finish(self) -> None:
        """Send what is left; an empty object is one empty part."""
        if self._held or not self.parts:
            self._put(self._held)
            self._held = bytearray()

    def _put(self, content: bytearray) -> None:
        number = len(self.parts) + 1
        answer = self._s3.upload_part(**self._where, UploadId=self.id, PartNumber=number, Body=bytes(content))
        self.parts.append(answer["ETag"])


def complete(s3: Any, bucket: str, key: str, upload_id: str, parts: list[str]) -> None:
    """Give an upload its key."""
    listed = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(parts, start=1)]
    s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": listed})


def abort(s3: Any, bucket: str, key: str, upload_id: str) -> None:
    """Throw an upload away, if it is there still."""
    with contextlib.suppress(s3.exceptions.NoSuchUpload):
        s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
