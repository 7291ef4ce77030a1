"""The context keys of a request: what is known, what is known to be absent, and everything else, which is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_aws.iam.errors import UnsupportedConditionKey

ABSENT = frozenset(
    {
        # Direct calls of a role session on one account without organization or federation.
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:referer",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceidentity",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:tagkeys",
        "aws:username",
        "aws:vpcsourceip",
        # Given by the tables of services when the request carries them.
        "application-autoscaling:scalable-dimension",
        "application-autoscaling:service-namespace",
        "cloudwatch:namespace",
        "iam:passedtoservice",
        "kms:viaservice",
        "lambda:sourcefunctionarn",
        "s3:delimiter",
        "s3:max-keys",
        "s3:prefix",
        "s3:versionid",
        "s3:x-amz-acl",
        "s3:x-amz-copy-source",
        "s3:x-amz-metadata-directive",
        "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:x-amz-storage-class",
        "sts:externalid",
        "sts:rolesessionname",
        "sts:sourceidentity",
    }
)
"""Keys, in lower case, that are absent when the context does not hold them."""

ABSENT_PREFIXES = ("aws:requesttag/", "aws:principaltag/")


@dataclass(frozen=True)
class Context:
    """Values by condition key; keys are compared without case."""

    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, values: Mapping[str, str | Iterable[str]]) -> Context:
        """A context of plain texts, or of several texts for a multivalued key."""
        return cls({key.lower(): (text,) if isinstance(text, str) else tuple(text) for key, text in values.items()})

    def get(self, key: str) -> tuple[str, ...] | None:
        """The key's values, None when it is absent from the request. Raises UnsupportedConditionKey."""
        name = key.lower()
        if name in self.values:
            return self.values[name]
        if name in ABSENT or name.startswith(ABSENT_PREFIXES):
            return None
        raise UnsupportedConditionKey(f"condition key {key!r}: the local IAM cannot tell its value")

    def merged(self, other: Context) -> Context:
        """Both; the other's values win."""
        return Context({**self.values, **other.values})


def ambient(*, account: str, region: str, source_ip: str = "127.0.0.1", user_agent: str = "") -> dict[str, str]:
    """Global keys of every request. The loopback's plain http counts as TLS (docs/fidelity)."""
    now = datetime.now(UTC)
    return {
        "aws:CurrentTime": now.isoformat(timespec="seconds"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:RequestedRegion": region,
        "aws:ResourceAccount": account,
        "aws:SecureTransport": "true",
        "aws:SourceIp": source_ip,
        "aws:UserAgent": user_agent,
        "aws:ViaAWSService": "false",
        "s3:ResourceAccount": account,
        "s3:TlsVersion": "1.3",
        "s3:signatureversion": "AWS4-HMAC-SHA256",
    }


def of_role(
    role_arn: str,
    *,
    account: str,
    user_id: str,
    tags: Iterable[Mapping[str, str]] = (),
    function_arn: str | None = None,
) -> dict[str, str]:
    """Keys that describe a role session as the caller. function_arn: of the function whose code has the session."""
    return {
        "aws:MultiFactorAuthPresent": "false",
        "aws:PrincipalAccount": account,
        "aws:PrincipalArn": role_arn,
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalType": "AssumedRole",
        "aws:userid": user_id,
        **{f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in tags},
        **({"lambda:SourceFunctionArn": function_arn} if function_arn else {}),
    }


def of_way(vpc: str, endpoint: str) -> dict[str, str]:
    """Keys of a call that comes through an endpoint of a VPC."""
    return {"aws:SourceVpc": vpc, "aws:SourceVpce": endpoint}


def of_tags(tags: Any) -> dict[str, str | tuple[str, ...]]:
    """`aws:RequestTag/…` and `aws:TagKeys` of a request's tags, as a list of Key/Value pairs or as a mapping."""
    if not tags:
        return {}
    pairs = dict(tags) if isinstance(tags, Mapping) else {_field(tag, "key"): _field(tag, "value") for tag in tags}
    return {"aws:TagKeys": tuple(pairs), **{f"aws:RequestTag/{key}": value for key, value in pairs.items()}}


def _field(tag: Mapping[str, str], name: str) -> str:
    return tag.get(name) or tag.get(name.title(), "")
