"""What the calls of IAM and KMS need."""

from __future__ import annotations

from typing import Any

from tests.local_aws.iam.services.needs import ACCOUNT, Call, arn, assert_needs_exactly, calls

KEY = arn("kms", "key/1234")


CALLS: list[Call] = [
    ("kms", "decrypt", {"CiphertextBlob": b"x", "KeyId": KEY}, [("kms:Decrypt", KEY)]),
    ("kms", "describe_key", {"KeyId": "1234"}, [("kms:DescribeKey", KEY)]),
    ("iam", "get_role", {"RoleName": "none"}, [("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/none")]),
    ("kms", "tag_resource", {"KeyId": KEY, "Tags": [{"TagKey": "k", "TagValue": "v"}]}, [("kms:TagResource", KEY)]),
    ("kms", "untag_resource", {"KeyId": KEY, "TagKeys": ["k"]}, [("kms:UntagResource", KEY)]),
]


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)
