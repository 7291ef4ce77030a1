"""AWS::CDK::Metadata: usage analytics, which create nothing anywhere."""

from __future__ import annotations

from local_aws.cloudformation.types.base import Job, ResourceType


class Metadata(ResourceType):
    """Nothing to make: the real one is read from the template by AWS."""

    type_name = "AWS::CDK::Metadata"
    properties = frozenset()
    inert = frozenset({"Analytics"})

    def create(self, job: Job) -> str:
        return job.name("", limit=128)

    def delete(self, job: Job) -> None:
        """Nothing was made."""
