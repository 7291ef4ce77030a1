"""S3 under a role: what each operation needs, what a missing object answers, and the bucket's own policy.

Permissions: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations".
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

OBJECT_CASES: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("get_object", {"Key": "in/a"}, [("s3:GetObject", "/in/a")]),
    ("head_object", {"Key": "in/a"}, [("s3:GetObject", "/in/a")]),
    ("get_object", {"Key": "in/a", "VersionId": "v1"}, [("s3:GetObjectVersion", "/in/a")]),
    ("get_object_tagging", {"Key": "in/a"}, [("s3:GetObjectTagging", "/in/a")]),
    (
        "get_object_attributes",
        {"Key": "in/a", "ObjectAttributes": ["ETag"]},
        [("s3:GetObject", "/in/a"), ("s3:GetObjectAttributes", "/in/a")],
    ),
    ("put_object", {"Key": "out/a", "Body": b"x" * 100_000}, [("s3:PutObject", "/out/a")]),
    (
        "put_object",
        {"Key": "out/b", "Body": b"x", "Tagging": "a=b"},
        [("s3:PutObject", "/out/b"), ("s3:PutObjectTagging", "/out/b")],
    ),
    (
        "put_object_tagging",
        {"Key": "in/a", "Tagging": {"TagSet": [{"Key": "k", "Value": "v"}]}},
        [("s3:PutObjectTagging", "/in/a")],
    ),
    ("create_multipart_upload", {"Key": "out/m"}, [("s3:PutObject", "/out/m")]),
    ("upload_part", {"Key": "out/m", "UploadId": "u", "PartNumber": 1, "Body": b"x"}, [("s3:PutObject", "/out/m")]),
    ("complete_multipart_upload", {"Key": "out/m", "UploadId": "u"}, [("s3:PutObject", "/out/m")]),
    ("abort_multipart_upload", {"Key": "out/m", "UploadId": "u"}, [("s3:AbortMultipartUpload", "/out/m")]),
    ("list_parts", {"Key": "out/m", "UploadId": "u"}, [("s3:ListMultipartUploadParts", "/out/m")]),
    ("delete_object", {"Key": "gone"}, [("s3:DeleteObject", "/gone")]),
    ("delete_object", {"Key": "gone", "VersionId": "v1"}, [("s3:DeleteObjectVersion", "/gone")]),
    ("list_objects", {}, [("s3:ListBucket", "")]),
    ("list_objects_v2", {"Prefix": "in/"}, [("s3:ListBucket", "")]),
    ("list_object_versions", {}, [("s3:ListBucketVersions", "")]),
    ("list_multipart_uploads", {}, [("s3:ListBucketMultipartUploads", "")]),
    ("head_bucket", {}, [("s3:ListBucket", "")]),
    ("get_bucket_location", {}, [("s3:GetBucketLocation", "")]),
    ("get_bucket_versioning", {}, [("s3:GetBucketVersioning", "")]),
    ("get_bucket_encryption", {}, [("s3:GetEncryptionConfiguration", "")]),
    ("get_public_access_block", {}, [("s3:GetBucketPublicAccessBlock", "")]),
    ("get_bucket_policy", {}, [("s3:GetBucketPolicy", "")]),
]


@pytest.mark.parametrize(
    ("method", "arguments", "needed"), OBJECT_CASES, ids=[f"{case[0]}-{n}" for n, case in enumerate(OBJECT_CASES)]
)
def test_operation_needs_exactly_these_permissions(
    role: Any, bucket: str, method: str, arguments: dict[str, Any], needed: list[tuple[str, str]]
) -> None:
    permissions = [(action, f"arn:aws:s3:::{bucket}{path}") for action, path in needed]
    from_role = getattr(role.client("s3"), method)
    for missing in permissions:
        role.may(*(permission for permission in permissions if permission != missing))
        message = role.denial(lambda: from_role(Bucket=bucket, **arguments))
        assert message is not None, f"passes without {missing}"
        if not method.startswith("head_"):
            assert f'not authorized to perform: {missing[0]} on resource: "{missing[1]}" because' in message
    role.may(*permissions)
    assert role.denial(lambda: from_role(Bucket=bucket, **arguments)) is None


def test_listing_all_buckets(role: Any) -> None:
    role.may(("s3:ListBucket", "*"))
    assert "s3:ListAllMyBuckets" in role.denial(role.client("s3").list_buckets)
    role.may(("s3:ListAllMyBuckets", "*"))
    assert role.denial(role.client("s3").list_buckets) is None


def test_copy_needs_both_sides(role: Any, bucket: str) -> None:
    source, target = ("s3:GetObject", f"arn:aws:s3:::{bucket}/in/a"), ("s3:PutObject", f"arn:aws:s3:::{bucket}/copy")

    def copy() -> Any:
        return role.client("s3").copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "in/a"})

    role.may(target)
    assert "s3:GetObject" in role.denial(copy)
    role.may(source)
    assert "s3:PutObject" in role.denial(copy)
    role.may(source, target)
    assert role.denial(copy) is None


@pytest.mark.parametrize("key", ["year=2024/a b", "ä+c%/d;e#f"])
def test_the_source_of_a_copy_is_asked_about_by_its_key(
    role: Any, bucket: str, aws: Callable[[str], Any], key: str
) -> None:
    def denial(source: Any) -> Any:
        return role.denial(lambda: role.client("s3").copy_object(Bucket=bucket, Key="copy", CopySource=source))

    aws("s3").put_object(Bucket=bucket, Key=key, Body=b"x")
    source, arn = {"Bucket": bucket, "Key": key}, f"arn:aws:s3:::{bucket}/{key}"
    role.may(("s3:GetObject", arn), ("s3:PutObject", f"arn:aws:s3:::{bucket}/copy"))
    assert denial(source) is None
    role.may(("s3:*", "*"), {"Effect": "Deny", "Action": "s3:GetObject", "Resource": arn})
    assert "explicit deny" in denial(source)


@pytest.mark.parametrize("written", ["{}/%69n/a", "/{}/in/a", "{}/in/a#b", "{}/in/a;b", "{}/in/a?b=c"])
def test_a_denied_source_has_no_other_name(role: Any, bucket: str, written: str) -> None:
    def write(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["x-amz-copy-source"] = written.format(bucket)  # as it is: boto3 would quote it

    denied = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/in/a"}
    role.may(("s3:*", "*"), denied)
    s3 = role.signer("s3v4")
    s3.meta.events.register("before-call.s3.CopyObject", write)
    assert "explicit deny" in role.denial(lambda: s3.copy_object(Bucket=bucket, Key="copy", CopySource="-/-"))


def test_large_upload_in_parts_by_the_transfer_manager(role: Any, bucket: str, tmp_path: Any) -> None:
    (tmp_path / "big").write_bytes(b"x" * (9 << 20))
    role.may(("s3:PutObject", f"arn:aws:s3:::{bucket}/big/*"))
    role.client("s3").upload_file(str(tmp_path / "big"), bucket, "big/file")
    with pytest.raises(Exception, match="not authorized to perform: s3:PutObject"):
        role.client("s3").upload_file(str(tmp_path / "big"), bucket, "small/file")


def test_keys_with_awkward_characters(role: Any, bucket: str) -> None:
    key = "in/ä b+c%/=d?e//f"
    role.may(("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}"))
    assert role.denial(lambda: role.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x")) is None
    assert role.denial(lambda: role.client("s3").put_object(Bucket=bucket, Key=key + "x", Body=b"x"))


def test_prefix_condition(role: Any, bucket: str) -> None:
    role.may(
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{bucket}",
            "Condition": {"StringLike": {"s3:prefix": "in/*"}},
        }
    )
    listing = role.client("s3").list_objects_v2
    assert "in/a" in [item["Key"] for item in listing(Bucket=bucket, Prefix="in/")["Contents"]]
    assert role.denial(lambda: listing(Bucket=bucket, Prefix="out/"))
    assert role.denial(lambda: listing(Bucket=bucket))


def test_deleting_many_is_answered_key_by_key(role: Any, bucket: str, aws: Callable[[str], Any]) -> None:
    for key in ("mine/1", "mine/2", "theirs/1"):
        aws("s3").put_object(Bucket=bucket, Key=key, Body=b"x")
    role.may(("s3:DeleteObject", f"arn:aws:s3:::{bucket}/mine/*"))
    keys = ["mine/1", "theirs/1", "mine/2"]
    answer = role.client("s3").delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert {item["Key"] for item in answer["Deleted"]} == {"mine/1", "mine/2"}
    assert [(item["Key"], item["Code"]) for item in answer["Errors"]] == [("theirs/1", "AccessDenied")]
    assert aws("s3").get_object(Bucket=bucket, Key="theirs/1")["Body"].read() == b"x"


@pytest.mark.parametrize(("method", "code"), [("get_object", "NoSuchKey"), ("head_object", "404")])
def test_missing_object_shows_only_to_who_may_list(role: Any, bucket: str, method: str, code: str) -> None:
    read, listing = ("s3:GetObject", f"arn:aws:s3:::{bucket}/*"), ("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    from_role = getattr(role.client("s3"), method)
    role.may(read)
    with pytest.raises(ClientError) as refused:
        from_role(Bucket=bucket, Key="missing")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    role.may(read, listing)
    with pytest.raises(ClientError) as absent:
        from_role(Bucket=bucket, Key="missing")
    assert absent.value.response["Error"]["Code"] == code


@pytest.fixture
def bucket_policy(aws: Callable[[str], Any], bucket: str) -> Iterator[Callable[..., None]]:
    def put(*statements: dict[str, Any]) -> None:
        aws("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": list(statements)}))

    yield put
    aws("s3").delete_bucket_policy(Bucket=bucket)


def _on_objects(bucket: str, effect: str, principal: Any, **other: Any) -> dict[str, Any]:
    resource = f"arn:aws:s3:::{bucket}/*"
    return {"Effect": effect, "Principal": principal, "Action": "s3:*", "Resource": resource, **other}


def test_tls_only_bucket_policy_lets_everybody_in(
    role: Any, bucket: str, bucket_policy: Callable[..., None], aws: Callable[[str], Any]
) -> None:
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    old_tls = {"NumericLessThan": {"s3:TlsVersion": 1.2}}
    bucket_policy(
        _on_objects(bucket, "Deny", {"AWS": "*"}, Condition=insecure),
        _on_objects(bucket, "Deny", "*", Condition=old_tls),
    )
    role.may(("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    assert role.client("s3").get_object(Bucket=bucket, Key="in/a")["Body"].read() == b"a"
    assert aws("s3").get_object(Bucket=bucket, Key="in/a")["Body"].read() == b"a"


def test_bucket_policy_denies(role: Any, bucket: str, bucket_policy: Callable[..., None]) -> None:
    bucket_policy(_on_objects(bucket, "Deny", {"AWS": role.arn}))
    role.may(("s3:*", "*"))
    message = role.denial(lambda: role.client("s3").get_object(Bucket=bucket, Key="in/a"))
    assert message.endswith("with an explicit deny in a resource-based policy")


def test_bucket_policy_grants(role: Any, bucket: str, bucket_policy: Callable[..., None]) -> None:
    role.may()

    def read() -> Any:
        return role.client("s3").get_object(Bucket=bucket, Key="in/a")

    bucket_policy(_on_objects(bucket, "Allow", {"AWS": "arn:aws:iam::123456789012:root"}))
    assert role.denial(read), "the account as principal only delegates"
    bucket_policy(_on_objects(bucket, "Allow", {"AWS": role.arn}))
    assert read()["Body"].read() == b"a"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_url_is_authorised_when_it_is_used(role: Any, bucket: str, version: str) -> None:
    url = role.signer(version).generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "in/a"})
    role.may()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url)  # noqa: S310
    assert refused.value.code == 403
    assert b"s3:GetObject" in refused.value.read()
    role.may(("s3:GetObject", f"arn:aws:s3:::{bucket}/in/a"))
    with urllib.request.urlopen(url) as answer:  # noqa: S310
        assert answer.read() == b"a"
