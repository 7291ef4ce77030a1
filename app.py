"""Settings → stacks → synthesis. Needs no credentials and no network."""

from __future__ import annotations

import os

from aws_cdk import App, Environment, Tags

from infra.rules import enforce
from infra.settings import stage_of
from infra.stacks.pipeline_stack import PipelineStack
from infra.stacks.storage_stack import StorageStack
from infra.version import LiveVersion


def build(app: App) -> tuple[StorageStack, PipelineStack]:
    """The stacks of the stage that the context names (`-c stage=prod`)."""
    stage = stage_of(app.node.try_get_context("stage"))
    region = app.node.try_get_context("region")
    environment = Environment(region=region) if region else None
    storage = StorageStack(app, "Storage", stage=stage, env=environment)
    pipeline = PipelineStack(app, "Pipeline", stage=stage, env=environment)
    pipeline.add_stack_dependency(storage)
    for name, value in stage.tags.items():
        Tags.of(app).add(name, value, exclude_resource_types=[LiveVersion.RESOURCE_TYPE])
    return storage, pipeline


def main() -> None:
    """Synthesize to the folder that the CDK CLI names."""
    app = App(outdir=os.environ.get("CDK_OUTDIR"))
    build(app)
    enforce(app)
    app.synth()


if __name__ == "__main__":
    main()
