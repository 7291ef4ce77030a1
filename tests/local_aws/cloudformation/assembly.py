"""Cloud assemblies written by hand: what `cdk synth` leaves, without the seconds it takes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENVIRONMENT = "${AWS::AccountId}-${AWS::Region}"


@dataclass(frozen=True)
class Assembly:
    """Stacks and assets in one folder, for the bootstrap stack of `qualifier`."""

    folder: Path
    qualifier: str

    @property
    def bucket(self) -> str:
        return f"cdk-{self.qualifier}-assets-{ENVIRONMENT}"

    def asset(self, files: dict[str, str]) -> str:
        """A folder to be zipped and uploaded; returns its key in the bucket."""
        identity = hashlib.sha256(json.dumps(files).encode()).hexdigest()
        for name, text in files.items():
            path = self.folder / f"asset.{identity}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return f"{identity}.zip"

    def write(self, stacks: dict[str, dict[str, Any]]) -> dict[str, bytes]:
        """Write the templates, each stack depending on the one before. Returns them by stack name."""
        artifacts: dict[str, Any] = {}
        templates: dict[str, bytes] = {}
        for name, template in stacks.items():
            body = json.dumps(self._with_rule(template), indent=1).encode()
            (self.folder / f"{name}.template.json").write_bytes(body)
            before = list(templates)
            artifacts |= self._artifacts(name, body, before)
            templates[name] = body
        manifest = {"version": "55.0.0", "artifacts": artifacts}
        (self.folder / "manifest.json").write_text(json.dumps(manifest))
        return templates

    def _with_rule(self, template: dict[str, Any]) -> dict[str, Any]:
        """The parameter and the rule that every synthesized template carries."""
        version = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": f"/cdk-bootstrap/{self.qualifier}/version"}
        old = {"Fn::Contains": [["1", "2", "3", "4", "5"], {"Ref": "BootstrapVersion"}]}
        rule = {"Assertions": [{"Assert": {"Fn::Not": [old]}, "AssertDescription": "bootstrap stack too old"}]}
        return {**template, "Parameters": {"BootstrapVersion": version}, "Rules": {"CheckBootstrapVersion": rule}}

    def _artifacts(self, name: str, body: bytes, before: list[str]) -> dict[str, Any]:
        files = {path.name.removeprefix("asset."): self._file(path.name, "zip") for path in self.folder.glob("asset.*")}
        key = hashlib.sha256(body).hexdigest()
        files[key] = self._file(f"{name}.template.json", "file")
        for identity, entry in files.items():
            suffix = "zip" if entry["source"]["packaging"] == "zip" else "json"
            entry["destinations"]["here"]["objectKey"] = f"{identity}.{suffix}"
        (self.folder / f"{name}.assets.json").write_text(json.dumps({"version": "55.0.0", "files": files}))
        properties = {
            "templateFile": f"{name}.template.json",
            "assumeRoleArn": self._role("deploy"),
            "cloudFormationExecutionRoleArn": self._role("cfn-exec"),
            "stackTemplateAssetObjectUrl": f"s3://{self.bucket}/{key}.json",
            "requiresBootstrapStackVersion": 6,
            "bootstrapStackVersionSsmParameter": f"/cdk-bootstrap/{self.qualifier}/version",
        }
        return {
            f"{name}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}},
            name: {
                "type": "aws:cloudformation:stack",
                "environment": "aws://unknown-account/unknown-region",
                "properties": properties,
                "dependencies": [*before, f"{name}.assets"],
            },
        }

    def _file(self, path: str, packaging: str) -> dict[str, Any]:
        here = {"bucketName": self.bucket, "assumeRoleArn": self._role("file-publishing")}
        return {"source": {"path": path, "packaging": packaging}, "destinations": {"here": here}}

    def _role(self, purpose: str) -> str:
        return (
            "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/" + f"cdk-{self.qualifier}-{purpose}-role-{ENVIRONMENT}"
        )
