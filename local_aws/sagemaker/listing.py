"""The filters, order and pages that SageMaker's List actions share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.paging import page_of
from local_aws.sagemaker.errors import ValidationException

DEFAULT_PAGE = 10


def page(
    summaries: Iterable[Mapping[str, Any]],
    request: Mapping[str, Any],
    *,
    kind: str,
    key: str,
    order: tuple[str, str] = ("CreationTime", "Descending"),
    sorts: Mapping[str, Callable[[Mapping[str, Any]], Any]] | None = None,
) -> dict[str, Any]:
    """One page of `summaries` under `key`, with NextToken where there is more.

    `kind` is the prefix of the summaries' own members (`TrainingJob` for TrainingJobName, TrainingJobStatus).
    `order` holds where SortBy and SortOrder are not given: the newest first, as most of the API has it. `sorts` are
    the values of SortBy that are no member's name, with what they sort by. Raises ValidationException.
    """
    kept = [summary for summary in summaries if _is_wanted(summary, request, kind)]
    by, direction = request.get("SortBy", order[0]), request.get("SortOrder", order[1])
    member = by if by == "CreationTime" else f"{kind}{by}"
    kept.sort(key=(sorts or {}).get(by, lambda summary: summary[member]), reverse=direction == "Descending")
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
