"""moto's SageMaker state with real jobs, models and endpoints in it."""

from __future__ import annotations

import threading
from typing import Any, ClassVar, cast

from moto.sagemaker.models import SageMakerModelBackend
from moto.utilities.utils import get_partition

from local_aws.sagemaker.endpoints import Endpoint
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.hosting_resources import EndpointConfig, Model
from local_aws.sagemaker.registry import ModelPackage, ModelPackageGroup
from local_aws.sagemaker.training_jobs import TrainingJob
from local_aws.sagemaker.tuning_jobs import TuningJob
from local_aws.world import World


class Backend(SageMakerModelBackend):
    """One account's SageMaker in one region.

    Its own objects stand in moto's dictionaries (`training_jobs`, `hyper_parameter_tuning_jobs`, `_models`,
    `endpoint_configs`, `endpoints`, `model_package_groups`), where moto's tagging finds them: each has an `arn` and
    `tags`.
    """

    # moto's metaclass files a class under the second word of its module's name.
    __module__ = "moto.sagemaker.models"

    world: ClassVar[World]
    """Set once, by `hooks.install`."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.tokens: dict[str, str] = {}
        """ClientToken of a CreateModelPackage to the ARN of what it made."""

    @property
    def jobs(self) -> dict[str, TrainingJob]:
        """Training jobs by name."""
        return cast("dict[str, TrainingJob]", self.training_jobs)

    @property
    def tunings(self) -> dict[str, TuningJob]:
        """Hyperparameter tuning jobs by name."""
        return cast("dict[str, TuningJob]", self.hyper_parameter_tuning_jobs)

    @property
    def models(self) -> dict[str, Model]:
        """Models by name."""
        return cast("dict[str, Model]", self._models)

    @property
    def configs(self) -> dict[str, EndpointConfig]:
        """Endpoint configurations by name."""
        return cast("dict[str, EndpointConfig]", self.endpoint_configs)

    @property
    def hosted(self) -> dict[str, Endpoint]:
        """Endpoints by name."""
        return cast("dict[str, Endpoint]", self.endpoints)

    @property
    def groups(self) -> dict[str, ModelPackageGroup]:
        """Model package groups by name."""
        return cast("dict[str, ModelPackageGroup]", self.model_package_groups)

    @property
    def packages(self) -> dict[str, ModelPackage]:
        """Model packages by ARN."""
        return cast("dict[str, ModelPackage]", self.model_packages)

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a resource of this account and region."""
        return f"arn:{get_partition(self.region_name)}:sagemaker:{self.region_name}:{self.account_id}:{kind}/{name}"

    def add_tags(self, arn: str, tags: list[dict[str, str]]) -> list[dict[str, str]]:
        """AddTags. A key that is there gets the new value, where moto's own would add it a second time."""
        self.delete_tags(arn, [tag["Key"] for tag in tags])
        return super().add_tags(arn, tags)

    def _get_resource_from_arn(self, arn: str) -> Any:
        if arn in self.packages:
            raise ValidationException(f"Tags of {arn} are not supported locally: a version has those of its group")
        resource = super()._get_resource_from_arn(arn)
        if resource is None:
            # moto goes on with None here, into an internal error.
            raise ValidationException(f'Could not find resource "{arn}".')
        return resource
