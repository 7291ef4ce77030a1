"""How findings of checkov and cfn-lint are read and skipped; `make check` runs the tools themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.static.findings import Finding, NotChecked, Skip, complaints, of_cfn_lint, of_checkov, skips

TEMPLATE = Path("/any/dev/Storage.template.json")
LOGS = Finding("CKV_AWS_18", "dev/Storage.template.json", "AWS::S3::Bucket.Logs1", "access logging")
ON_LOGS = Skip("CKV_AWS_18", ("AWS::S3::Bucket.Logs*",), "it holds the logs")


def _checkov(*failed: str) -> dict[str, Any]:
    checks = [
        {
            "check_id": "CKV_AWS_18",
            "check_name": "access logging",
            "file_abs_path": str(TEMPLATE),
            "resource": f"AWS::S3::Bucket.{name}",
        }
        for name in (*failed, "Other")
    ]
    return {"results": {"failed_checks": checks[:-1], "passed_checks": checks[-1:]}}


def test_checkovs_are_what_failed() -> None:
    assert list(of_checkov(_checkov("Logs1"), [TEMPLATE])) == [LOGS]


def test_a_template_that_checkov_has_not_seen_is_an_error() -> None:
    with pytest.raises(NotChecked, match="Pipeline"):
        list(of_checkov(_checkov(), [TEMPLATE, TEMPLATE.with_name("Pipeline.template.json")]))


def test_cfn_lints_are_named_by_the_resource() -> None:
    location = {"Path": ["Resources", "Function1", "DependsOn", 0]}
    match = {"Rule": {"Id": "W3005"}, "Filename": str(TEMPLATE), "Message": "is implied", "Location": location}
    assert list(of_cfn_lint([match])) == [
        Finding("W3005", "dev/Storage.template.json", "Resources/Function1", "is implied")
    ]


def test_a_skip_is_for_the_resources_it_names() -> None:
    other = Finding("CKV_AWS_18", LOGS.template, "AWS::S3::Bucket.Bucket1", LOGS.says)
    assert complaints([LOGS], [ON_LOGS]) == []
    assert complaints([LOGS, other], [ON_LOGS]) == [str(other)]


def test_a_skip_that_is_of_no_use_is_an_error() -> None:
    assert complaints([], [ON_LOGS]) == ["skipped.json: CKV_AWS_18 finds nothing that it is skipped for"]


def test_a_skip_needs_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "skipped.json"
    path.write_text(json.dumps({"W1": {"on": ["*"], "because": "noise"}}))
    with pytest.raises(ValueError, match="W1 is skipped because 'noise', expected a reason"):
        skips(path)


def test_the_reviewed_ones_can_be_read() -> None:
    assert len({skip.rule for skip in skips()}) == len(skips()) > 5
