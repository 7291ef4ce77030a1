"""What a bucket holds."""

from __future__ import annotations

from typing import Any, Final

import boto3

_PAGES: Final = 50
"""Of a thousand objects: what is deleted between two looks at the clock."""


class NotDeleted(RuntimeError):
    """S3 has kept an object."""


class Objects:
    """All objects of a bucket, every version of them, and the parts of uploads that were never completed."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._s3: Any = boto3.client("s3")

    def __call__(self) -> list[str]:
        """Ask for it. Raises NotDeleted."""
        try:
            deleted, aborted = sum(map(self._delete_page, range(_PAGES))), self._abort_uploads()
        except self._s3.exceptions.NoSuchBucket:
            return []
        counts = {"versions of objects": deleted, "uploads": aborted}
        return [f"{count} {what} of {self._bucket}" for what, count in counts.items() if count]

    def _delete_page(self, _: int) -> int:
        page = self._s3.list_object_versions(Bucket=self._bucket)
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if found:
            named = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found]
            answer = self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": named, "Quiet": True})
            for refused in answer.get("Errors", []):
                raise NotDeleted(f"s3://{self._bucket}/{refused['Key']}: {refused['Code']}: {refused['Message']}")
        return len(found)

    def _abort_uploads(self) -> int:
        uploads = self._s3.list_multipart_uploads(Bucket=self._bucket).get("Uploads", [])
        for upload in uploads:
            named = {"Key": upload["Key"], "UploadId": upload["UploadId"]}
            self._s3.abort_multipart_upload(Bucket=self._bucket, **named)
        return len(uploads)
