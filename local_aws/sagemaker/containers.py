"""The tree and the environment that SageMaker gives a container, and the process that stands for one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import local_aws

BASE_DIR_VARIABLE = "SAGEMAKER_BASE_DIR"
"""Where the tree stands that is /opt/ml on AWS; the name that SageMaker's own toolkits read."""
BIND_PORT_VARIABLE = "SAGEMAKER_BIND_TO_PORT"
PORT_FILE_VARIABLE = "LOCAL_AWS_PORT_FILE"
"""A serving container is told port 0, which is any free one, and writes the one it took into this file."""

_PROJECT = Path(local_aws.__file__).resolve().parents[1]


@dataclass(frozen=True)
class Tree:
    """The folders of one container."""

    base: Path

    @property
    def channels(self) -> Path:
        """One folder for each channel."""
        return self.base / "input" / "data"

    @property
    def model(self) -> Path:
        """What a training container leaves and a serving container finds."""
        return self.base / "model"

    @property
    def extra_output(self) -> Path:
        """What a training container leaves beside the model."""
        return self.base / "output" / "data"

    @property
    def failure(self) -> Path:
        """Why training failed, in the container's words."""
        return self.base / "output" / "failure"

    def make(self) -> None:
        """Create the folders."""
        for folder in (self.base / "input" / "config", self.channels, self.model, self.extra_output):
            folder.mkdir(parents=True, exist_ok=True)

    def write_config(self, name: str, value: Mapping[str, Any]) -> None:
        """One of the JSON files of input/config."""
        (self.base / "input" / "config" / name).write_text(json.dumps(value))


def write_training_config(tree: Tree, request: Mapping[str, Any]) -> None:
    """hyperparameters.json, inputdataconfig.json and resourceconfig.json of a CreateTrainingJob request."""
    tree.write_config("hyperparameters.json", request.get("HyperParameters") or {})
    channels = {channel["ChannelName"]: _channel_config(channel) for channel in request.get("InputDataConfig") or []}
    tree.write_config("inputdataconfig.json", channels)
    tree.write_config("resourceconfig.json", _resource_config(request["ResourceConfig"]))


def _resource_config(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Names every host there would be, as its first host is told them."""
    instance = asked["InstanceType"]
    hosts = [f"algo-{number}" for number in range(1, asked["InstanceCount"] + 1)]
    group = {"instance_group_name": "homogeneousCluster", "instance_type": instance, "hosts": hosts}
    return {
        "current_host": hosts[0],
        "hosts": hosts,
        "current_instance_type": instance,
        "current_group_name": group["instance_group_name"],
        "instance_groups": [group],
        "network_interface_name": "lo",
    }


def _channel_config(channel: Mapping[str, Any]) -> dict[str, str]:
    source = channel["DataSource"]["S3DataSource"]
    config = {
        "TrainingInputMode": "File",
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return config | ({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {})


def environment(tree: Tree, *, region: str, own: Mapping[str, str]) -> dict[str, str]:
    """A container's environment: this process's own, without whatever AWS identity it has, and what SageMaker adds."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **inherited,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH")))),
        "PYTHONUNBUFFERED": "1",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        BASE_DIR_VARIABLE: str(tree.base),
        **own,
    }
