"""What S3 tells EventBridge of objects, for buckets that have it turned on.

Source: S3 User Guide, "EventBridge event message structure".
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket, FakeKey, S3Backend
from moto.s3.notifications import S3NotificationEvent
from moto.s3.responses import S3Response

from local_aws.events.backend import backend_of

Delete = Callable[..., tuple[bool, dict[str, Any]]]

_CREATED = {
    S3NotificationEvent.OBJECT_CREATED_PUT_EVENT: "PutObject",
    S3NotificationEvent.OBJECT_CREATED_POST_EVENT: "POST Object",
    S3NotificationEvent.OBJECT_CREATED_COPY_EVENT: "CopyObject",
    S3NotificationEvent.OBJECT_CREATED_COMPLETE_MULTIPART_UPLOAD_EVENT: "CompleteMultipartUpload",
}
_ETAG_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"
"""Of a delete marker, as in the guide's example."""


def created(account: str, bucket: FakeBucket, event: S3NotificationEvent, key: Any) -> None:
    """Replaces moto's `_send_event_bridge_message`, which it asks for buckets with EventBridge on.

    Deletions are told by `deleting`, as moto leaves most of them out, and nothing else is. A multipart upload that
    completes is told twice by moto, once as what it is.
    """
    is_part = event is S3NotificationEvent.OBJECT_CREATED_PUT_EVENT and key.multipart is not None
    if event in _CREATED and not is_part:
        about = {"size": key.size, "etag": _etag(key), **_version(bucket, key.version_id)}
        _emit(account, bucket, "Object Created", key.name, about, reason=_CREATED[event])


def deleting(delete: Delete) -> Delete:
    """moto's `S3Backend.delete_object`, which tells what it deleted; DeleteObjects is made of the same method."""

    @wraps(delete)
    def delete_object(
        self: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, **more: Any
    ) -> tuple[bool, dict[str, Any]]:
        bucket = self.get_bucket(bucket_name)
        held = {str(key.version_id): key for key in bucket.keys.getlist(key_name, [])}
        latest = bucket.keys.get(key_name)
        is_done, meta = delete(self, bucket_name, key_name, version_id=version_id, **more)
        configuration = bucket.notification_configuration
        if is_done and configuration is not None and configuration.event_bridge is not None:
            if bucket.is_versioned and version_id is None:
                about = {"etag": _ETAG_OF_NOTHING, "version-id": meta["version-id"]}
                kind = "Delete Marker Created"
            else:
                gone = latest if version_id is None else held.get(version_id)
                about = {"etag": _etag(gone), **_version(bucket, version_id)}
                kind = "Permanently Deleted"
            more_detail = {"reason": "DeleteObject", "deletion-type": kind}
            _emit(self.account_id, bucket, "Object Deleted", key_name, about, **more_detail)
        return is_done, meta

    return delete_object


def answering(get: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    """moto's GetBucketNotificationConfiguration, which also says that EventBridge is on."""

    @wraps(get)
    def get_bucket_notification(self: S3Response) -> Any:
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if configuration is None or configuration.event_bridge is None:
            return get(self)
        serialized = self.serialized

        def with_events(answer: ActionResult) -> Any:
            return serialized(ActionResult({**cast(dict[str, Any], answer.result), "EventBridgeConfiguration": {}}))

        setattr(self, "serialized", with_events)  # noqa: B010 - of this one request
        return get(self)

    return get_bucket_notification


def _etag(key: Any) -> str:
    return key.etag.replace('"', "") if isinstance(key, FakeKey) else _ETAG_OF_NOTHING


def _version(bucket: FakeBucket, version_id: Any) -> dict[str, str]:
    return {"version-id": str(version_id)} if bucket.is_versioned else {}


def _emit(account: str, bucket: FakeBucket, detail_type: str, key: str, about: dict[str, Any], **more: str) -> None:
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": {"key": key, **about, "sequencer": f"{time.time_ns():016X}"},
        "request-id": uuid.uuid4().hex[:16].upper(),
        "requester": account,
        "source-ip-address": "127.0.0.1",
        **more,
    }
    backend_of(bucket.region_name).emit("aws.s3", detail_type, detail, [bucket.arn])
