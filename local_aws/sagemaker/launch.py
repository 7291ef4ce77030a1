"""From an endpoint configuration to containers that answer."""

from __future__ import annotations

import shutil
import tarfile
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import ClientError

from local_aws.iam.errors import AccessDenied
from local_aws.network.errors import NetworkError, NoRoute
from local_aws.sagemaker import images, network, storage
from local_aws.sagemaker.containers import BIND_PORT_VARIABLE, PORT_FILE_VARIABLE, Tree, environment
from local_aws.sagemaker.deployment import Deployment
from local_aws.sagemaker.hosting_resources import EndpointConfig, Model
from local_aws.sagemaker.logs import ENDPOINT_GROUP_PREFIX, open_stream
from local_aws.sagemaker.measures import Copies
from local_aws.sagemaker.serving import Launch, ServingContainer, UnhealthyError
from local_aws.sagemaker.shadow import Shadow
from local_aws.sagemaker.variants import Variant
from local_aws.world import World

DEFAULT_STARTUP_TIMEOUT_S = 480
"""Without ContainerStartupHealthCheckTimeoutInSeconds: a container has eight minutes for its first good ping."""


class HostingFailedError(Exception):
    """A variant cannot be brought up; the message is the endpoint's FailureReason."""


def deploy(
    world: World, region: str, *, endpoint: str, config: EndpointConfig, models: Mapping[str, Model]
) -> Deployment:
    """Bring up every variant of a configuration, its shadow too; `models` are by variant name.

    Raises HostingFailedError; then none of them is left running.
    """
    begun: list[Variant] = []
    try:
        for settings in [*config.variants, *config.shadows]:
            model = models[settings["VariantName"]]
            container = _start(world, region, endpoint, settings["VariantName"], model)
            begun.append(Variant(settings, model.container["Image"], container, resolved=datetime.now(UTC)))
        for variant in begun:
            _wait(variant, endpoint)
    except BaseException:
        for variant in begun:
            variant.container.close()
        raise
    production = begun[: len(config.variants)]
    copies = Copies(world.metrics, endpoint=endpoint, region=region, config=config.name)
    weight = production[0].weight
    shadows = [Shadow(variant, production_weight=weight, copies=copies) for variant in begun[len(production) :]]
    return Deployment(config.name, production, *shadows)


def _start(world: World, region: str, endpoint: str, variant: str, model: Model) -> ServingContainer:
    instance = f"i-{uuid.uuid4().hex[:17]}"
    folder = world.running / "sagemaker" / region / "endpoints" / endpoint / instance
    try:
        launch = _prepare(world, region, model, folder)
        log = open_stream(
            world, region, model.role_arn, group=ENDPOINT_GROUP_PREFIX + endpoint, name=f"{variant}/{instance}"
        )
        return ServingContainer(world.children, launch, log)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _prepare(world: World, region: str, model: Model, folder: Path) -> Launch:
    tree = Tree(folder / "ml")
    tree.make()
    _fetch_model(world, region, model, folder, tree)
    port_file = folder / "port"
    own = {
        **(model.container.get("Environment") or {}),
        "SAGEMAKER_REGION": region,
        BIND_PORT_VARIABLE: "0",
        PORT_FILE_VARIABLE: str(port_file),
    }
    return Launch(
        command=[*images.find(model.container["Image"]).command, "serve"],
        environment=environment(tree, region=region, own=own),
        folder=folder,
        port_file=port_file,
    )


def _fetch_model(world: World, region: str, model: Model, folder: Path, tree: Tree) -> None:
    url, archive = model.container["ModelDataUrl"], folder / "model.tar.gz"
    artifact = storage.location(url)
    s3 = world.client("s3", region=region, role_arn=model.role_arn, session="SageMaker")
    failed = f'Failed to download model data for container "container_1" from URL: "{url}".'
    try:
        place = network.join(world.account, region, model.vpc, role_arn=model.role_arn)
        network.reach_s3(f"model {model.name}", place)
    except NoRoute as error:
        raise HostingFailedError(f"{failed} {network.NO_WAY}: {error}") from error
    except (NetworkError, AccessDenied) as error:
        raise HostingFailedError(str(error)) from error
    try:
        storage.download(s3, artifact.bucket, artifact.key, archive)
    except ClientError as error:
        raise HostingFailedError(
            f"{failed} Please ensure that there is an object located at the URL and that the role passed to "
            f"CreateModel has permissions to download the model. {storage.said(error)}"
        ) from error
    try:
        storage.unpack(archive, tree.model)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise HostingFailedError(
            f"{failed} Failed to extract model data archive: {error}. Please ensure that the object is a gzipped tar."
        ) from error
    archive.unlink()


def _wait(variant: Variant, endpoint: str) -> None:
    timeout_s = variant.settings.get("ContainerStartupHealthCheckTimeoutInSeconds", DEFAULT_STARTUP_TIMEOUT_S)
    try:
        variant.container.wait_until_healthy(timeout_s=timeout_s)
    except UnhealthyError as error:
        raise HostingFailedError(
            f"The primary container for production variant {variant.name} did not pass the ping health "
            f"check. Please check CloudWatch logs for this endpoint ({ENDPOINT_GROUP_PREFIX}{endpoint}): {error}"
        ) from error
