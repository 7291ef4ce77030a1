"""The filters, order and pages that SageMaker's List actions share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.paging import page_of
from local_aws.sagemaker.errors import ValidationException

DEFAULT_PAGE = 10


def page(summaries: Iterable[Mapping[str, Any]], request: Mapping[str, Any], *, kind: str, key: str) -> dict[str, Any]:
    """One page of `summaries` under `key`, with NextToken where there is more.

    `kind` is the prefix of the summaries' own members (`TrainingJob` for TrainingJobName, TrainingJobStatus).
    Without SortBy and SortOrder the newest come first, as the API has it. Raises ValidationException.
    """
    kept = [summary for summary in summaries if _is_wanted(summary, request, kind)]
    by = request.get("SortBy", "CreationTime")
    member = by if by == "CreationTime" else f"{kind}{by}"
    kept.sort(key=lambda summary: summary[member], reverse=request.get("SortOrder", "Descending") == "Descending")
    size = request.get("MaxResults", DEFAULT_PAGE)
    items, following = page_of(kept, token=request.get("NextToken"), size=size, refusal=ValidationException)
    return {key: items} | ({"NextToken": following} if following else {})


def _is_wanted(summary: Mapping[str, Any], request: Mapping[str, Any], kind: str) -> bool:
    if request.get("NameContains", "").lower() not in summary[f"{kind}Name"].lower():
        return False
    if summary.get(f"{kind}Status") != request.get("StatusEquals", summary.get(f"{kind}Status")):
        return False
    return all(
        _is_between(summary[member], request.get(f"{member}After"), request.get(f"{member}Before"))
        for member in ("CreationTime", "LastModifiedTime")
        if member in summary
    )


def _is_between(moment: datetime, after: datetime | None, before: datetime | None) -> bool:
    return (after is None or moment > _aware(after)) and (before is None or moment < _aware(before))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
