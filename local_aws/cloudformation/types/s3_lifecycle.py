"""A template's lifecycle rules in the words of the S3 API, which are other words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.errors import ResourceFailed

_FILTERS = {"Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"}
_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_TRANSITION = {"TransitionInDays": "Days", "TransitionDate": "Date", "StorageClass": "StorageClass"}
_OLD_TRANSITION = {
    "TransitionInDays": "NoncurrentDays",
    "StorageClass": "StorageClass",
    "NewerNoncurrentVersions": "NewerNoncurrentVersions",
}
_SAME = {"Status", "AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"}


def lifecycle_rules(lifecycle: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The API's Rules. Raises ResourceFailed naming the member that is not understood."""
    unknown = sorted(lifecycle.keys() - {"Rules"})
    if unknown:
        raise ResourceFailed(f"Encountered unsupported property LifecycleConfiguration.{unknown[0]}")
    return [_rule(rule, index) for index, rule in enumerate(lifecycle["Rules"])]


def _rule(rule: Mapping[str, Any], index: int) -> dict[str, Any]:
    where = f"LifecycleConfiguration.Rules[{index}]"
    known = {"Id", "Transitions", "NoncurrentVersionTransitions", *_FILTERS, *_EXPIRATION, *_SAME}
    unknown = sorted(rule.keys() - known)
    if unknown:
        raise ResourceFailed(f"Encountered unsupported property {where}.{unknown[0]}")
    answer = {"ID": rule.get("Id", f"rule-{index + 1}"), "Filter": _filter(rule)}
    answer |= {name: rule[name] for name in _SAME if name in rule}
    expiration = _renamed(rule, _EXPIRATION)
    if expiration:
        answer["Expiration"] = expiration
    for name, words in (("Transitions", _TRANSITION), ("NoncurrentVersionTransitions", _OLD_TRANSITION)):
        if name in rule:
            answer[name] = [_renamed(item, words, where=f"{where}.{name}") for item in rule[name]]
    return answer


def _filter(rule: Mapping[str, Any]) -> dict[str, Any]:
    """One criterion stands alone; several are joined by And."""
    tags = rule.get("TagFilters", [])
    sizes = {name: rule[name] for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan") if name in rule}
    prefix = {"Prefix": rule["Prefix"]} if "Prefix" in rule else {}
    if len(tags) + len(sizes) + len(prefix) > 1:
        return {"And": prefix | sizes | ({"Tags": tags} if tags else {})}
    if tags:
        return {"Tag": tags[0]}
    return sizes or prefix or {"Prefix": ""}


def _renamed(given: Mapping[str, Any], words: Mapping[str, str], *, where: str | None = None) -> dict[str, Any]:
    unknown = sorted(given.keys() - words.keys()) if where else []
    if unknown:
        raise ResourceFailed(f"Encountered unsupported property {where}.{unknown[0]}")
    return {words[name]: value for name, value in given.items() if name in words}
