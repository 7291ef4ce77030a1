"""Where SageMaker writes what its containers say, with the role of the job or the model."""

from __future__ import annotations

from local_aws.log_streams import LogStream, Place
from local_aws.world import World

TRAINING_GROUP = "/aws/sagemaker/TrainingJobs"
ENDPOINT_GROUP_PREFIX = "/aws/sagemaker/Endpoints/"


def open_stream(world: World, region: str, role_arn: str, *, group: str, name: str) -> LogStream:
    """A new stream, written as the role."""
    return world.logs.open(Place(group=group, name=name, region=region, role_arn=role_arn, session="SageMaker"))
