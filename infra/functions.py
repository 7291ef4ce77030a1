"""Lambda functions: one shared code asset, dependency layers, a role and a log group of its own for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.code import SOURCE_ROOT, shared_code
from infra.logs import log_group
from infra.network import entered, let_function_join, place_of_function
from infra.permissions import Permission
from infra.settings import Stage

LAYERS = SOURCE_ROOT / "build" / "layers"
RUNTIME = lambda_.Runtime.PYTHON_3_14
ARCHITECTURE = lambda_.Architecture.ARM_64
ONE_CPU_MB = 1769
"""One whole virtual CPU (Lambda's documentation, "Configure memory")."""
SMALL_DISK = Size.gibibytes(2)


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How much of a machine a function has, and for how long. `disk` is what `/tmp` holds."""

    timeout: Duration
    memory_mb: int = ONE_CPU_MB
    disk: Size = SMALL_DISK


_TRACE = Permission(
    actions=["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
    resources=["*"],
    because="X-Ray knows no resource for traces that are written (Service Authorization Reference, 'AWS X-Ray')",
)


class LayerNotBuilt(FileNotFoundError):
    """A dependency layer has no content yet."""


class Layers(Construct):
    """The third-party packages that functions import, one layer each (`layers/<name>/requirements.txt`)."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        self.numpy = self._layer("numpy")
        self.arrow = self._layer("arrow")
        self.schema = self._layer("schema")
        self.plot = self._layer("plot")

    def _layer(self, name: str) -> lambda_.LayerVersion:
        content = LAYERS / name
        if not (content / "python").is_dir():
            raise LayerNotBuilt(f"no layer content in {content}: run `make layers` (needs the package index, once)")
        return lambda_.LayerVersion(
            self,
            name.capitalize(),
            code=lambda_.Code.from_asset(str(content)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description=(SOURCE_ROOT / "layers" / name / "requirements.txt").read_text().strip().replace("\n", ", "),
        )


class PythonFunction(Construct):
    """`lambdas/<module>.py`'s `handler`, allowed to write its own log and its traces and what `permissions` say."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stage: Stage,
        module: str,
        layers: Sequence[lambda_.ILayerVersion],
        environment: Mapping[str, str],
        permissions: Sequence[Permission],
        capacity: Capacity,
    ) -> None:
        super().__init__(scope, id_)
        log = log_group(self, "Log", stage=stage)
        # Lambda sends no aws:SourceAccount when it assumes an execution role, so the trust cannot ask for one.
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        Permission(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log.log_group_arn]).grant(role)
        for permission in (_TRACE, *permissions):
            permission.grant(role)
        let_function_join(role)
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler=f"lambdas.{module}.handler",
            code=shared_code(),
            layers=list(layers),
            environment=dict(environment),
            role=role.without_policy_updates(),
            log_group=log,
            logging_format=lambda_.LoggingFormat.TEXT,
            timeout=capacity.timeout,
            tracing=lambda_.Tracing.ACTIVE,
            memory_size=capacity.memory_mb,
            ephemeral_storage_size=capacity.disk,
            description=f"{stage.name}: {module}",
            **place_of_function(self),
        )
        self.function.node.add_dependency(role)
        if network := entered(self):
            self.function.node.add_dependency(network.ways)
        self.arn = self.function.function_arn
