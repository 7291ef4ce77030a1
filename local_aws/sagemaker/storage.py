"""S3 as SageMaker uses it for a role: channels and artifacts in, artifacts out."""

from __future__ import annotations

import shutil
import tarfile
import zlib
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local_aws.sagemaker.errors import ValidationException


class Location(NamedTuple):
    """A bucket and a key or key prefix."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """As s3://bucket/key."""
        return f"s3://{self.bucket}/{self.key}"


def location(uri: str) -> Location:
    """Parse s3://bucket/key. Raises ValidationException for the https form, which is not supported locally."""
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc:
        raise ValidationException(f"S3 URI {uri!r} is not supported locally, expected s3://<bucket>/<key>")
    return Location(parts.netloc, uri.removeprefix(f"s3://{parts.netloc}").removeprefix("/"))


def keys(s3: Any, prefix: Location) -> Iterator[str]:
    """Keys of the objects under a prefix, in order; folder markers are not objects to download. Raises ClientError."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=prefix.bucket, Prefix=prefix.key):
        for listed in page.get("Contents", []):
            if not (listed["Key"].endswith("/") and listed["Size"] == 0):
                yield listed["Key"]


def file_name(key: str, prefix: str) -> str:
    """Where in its channel's folder an object lands: its key without the prefix's folder part."""
    if key.startswith(f"{prefix}/"):
        return key[len(prefix) + 1 :]
    return key[prefix.rfind("/") + 1 :]


def download(s3: Any, bucket: str, key: str, to: Path) -> None:
    """One object into one file; its folders are made. Raises ClientError."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("wb") as file:
        shutil.copyfileobj(s3.get_object(Bucket=bucket, Key=key)["Body"], file, 1 << 20)


def upload(s3: Any, file: Path, to: Location, *, kms_key: str | None) -> None:
    """One file into one object, under a KMS key where there is one. Raises ClientError."""
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    with file.open("rb") as body:
        s3.put_object(Bucket=to.bucket, Key=to.key, Body=body, **encryption)


def pack(folder: Path, archive: Path) -> None:
    """The folder's contents as a .tar.gz, with paths relative to the folder."""
    with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
        for entry in sorted(folder.iterdir()):
            tar.add(entry, entry.name)


def unpack(archive: Path, folder: Path) -> None:
    """The files and folders of a .tar.gz into a new folder.

    Raises tarfile.TarError, OSError or EOFError when it is none, reaches outside, or has links or devices. Not by
    tarfile's own filters, which Python has since 3.11.4: Debian 12 comes with 3.11.2.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                _unpack(tar, member, folder.resolve())
    except (zlib.error, ValueError) as error:  # spoilt within the stream; a name that no file can have
        raise tarfile.ReadError(str(error)) from error


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    target = (folder / member.name).resolve()
    if not target.is_relative_to(folder):
        raise tarfile.ReadError(f"member {member.name!r} is outside of the archive's own folder")
    content = tar.extractfile(member) if member.isfile() else None
    if content is None and not member.isdir():
        raise tarfile.ReadError(f"member {member.name!r} is a link or a device, expected files and folders")
    (target if content is None else target.parent).mkdir(parents=True, exist_ok=True)
    if content is not None:
        with content, target.open("wb") as file:
            shutil.copyfileobj(content, file, 1 << 20)


def said(error: ClientError) -> str:
    """A refusal of S3 in one line: code, HTTP status and message."""
    details, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return f"{details['Code']} ({status}): {details.get('Message', '')}"


def is_denied(error: ClientError) -> bool:
    """Whether S3 refused for want of a permission; a HEAD answers with the bare status."""
    return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.FORBIDDEN)
