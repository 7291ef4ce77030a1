"""The application, synthesized as `cdk synth` does it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import App

import app as application
from infra.rules import enforce
from tests.infra.rendering import Json

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("Storage", "Pipeline")


@dataclass(frozen=True)
class Assembly:
    """What one synthesis wrote."""

    folder: Path

    def text(self, stack: str) -> bytes:
        """A stack's template, to the byte."""
        return (self.folder / f"{stack}.template.json").read_bytes()

    def template(self, stack: str) -> Json:
        """A stack's template."""
        parsed: Json = json.loads(self.text(stack))
        return parsed

    def acknowledged(self, stack: str) -> dict[str, dict[str, str]]:
        """Reasons by finding, by construct path."""
        metadata = json.loads((self.folder / f"{stack}.metadata.json").read_text())
        reasons: dict[str, dict[str, str]] = {}
        for path, entries in metadata.items():
            for entry in entries:
                if entry["type"] == "aws:cdk:acknowledged-rules":
                    reasons.setdefault(path, {}).update(entry["data"])
        return reasons

    def asset(self, stack: str, key: str) -> Path:
        """The folder that is zipped to the asset of that S3 key."""
        files = json.loads((self.folder / f"{stack}.assets.json").read_text())["files"]
        return self.folder / str(files[Path(key).stem]["source"]["path"])


def context(**over: Any) -> dict[str, Any]:
    """The context of cdk.json, which the CDK CLI hands over, with some keys changed."""
    return {**json.loads((ROOT / "cdk.json").read_text())["context"], **over}


def synthesized(folder: Path, **over: Any) -> Assembly:
    """Synthesize into `folder`, every rule of cdk-nag enforced."""
    app = App(context=context(**over), outdir=str(folder))
    application.build(app)
    enforce(app)
    app.synth()
    return Assembly(folder)
