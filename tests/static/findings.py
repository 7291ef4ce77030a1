"""What checkov and cfn-lint find in templates, less what is skipped with a reason in skipped.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

SKIPPED = Path(__file__).with_name("skipped.json")


class NotChecked(RuntimeError):
    """A tool did not look at every template."""


@dataclass(frozen=True, order=True)
class Finding:
    """`where` is `AWS::S3::Bucket.<logical id>` (checkov) or `Resources/<logical id>` (cfn-lint)."""

    rule: str
    template: str
    where: str
    says: str

    def __str__(self) -> str:
        return f"{self.template}: {self.rule} {self.where}: {self.says}"


@dataclass(frozen=True)
class Skip:
    """A rule that is not followed on resources that match one of the patterns."""

    rule: str
    on: tuple[str, ...]
    because: str

    def covers(self, finding: Finding) -> bool:
        return finding.rule == self.rule and any(fnmatchcase(finding.where, pattern) for pattern in self.on)


def skips(path: Path = SKIPPED) -> list[Skip]:
    """The reviewed ones. Raises ValueError for one without a reason."""
    found = [Skip(rule, tuple(entry["on"]), entry["because"]) for rule, entry in json.loads(path.read_text()).items()]
    for skip in found:
        if len(skip.because.split()) < 4:
            raise ValueError(f"{path.name}: {skip.rule} is skipped because {skip.because!r}, expected a reason")
    return found


def of_checkov(report: Mapping[str, Any], templates: Iterable[Path]) -> Iterator[Finding]:
    """Of its JSON report. Raises NotChecked for a template that no check has passed or failed."""
    failed, passed = report["results"]["failed_checks"], report["results"]["passed_checks"]
    seen = {Path(check["file_abs_path"]).resolve() for check in [*failed, *passed]}
    if missing := [str(path) for path in templates if path.resolve() not in seen]:
        raise NotChecked(f"checkov has not looked at {', '.join(missing)}")
    for check in failed:
        yield Finding(check["check_id"], _short(check["file_abs_path"]), check["resource"], check["check_name"])


def of_cfn_lint(report: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Of its JSON report."""
    for match in report:
        where = "/".join(str(part) for part in match["Location"]["Path"][:2])
        yield Finding(match["Rule"]["Id"], _short(match["Filename"]), where, match["Message"])


def complaints(findings: Iterable[Finding], skipped: Iterable[Skip]) -> list[str]:
    """A line for each finding that is not skipped, and for each skip that is of no use any more."""
    known, rules = sorted(set(findings)), list(skipped)
    open_ = [str(finding) for finding in known if not any(skip.covers(finding) for skip in rules)]
    unused = [
        f"{SKIPPED.name}: {skip.rule} finds nothing that it is skipped for"
        for skip in rules
        if not any(skip.covers(finding) for finding in known)
    ]
    return open_ + unused


def _short(path: str) -> str:
    """`dev/Pipeline.template.json`"""
    return "/".join(Path(path).parts[-2:])
