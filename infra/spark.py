"""The Spark job that prepares what is too large for a function: an AWS Glue job and its role."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from infra.code import SHARED, SOURCE_ROOT
from infra.network import entered, glue_may_join
from infra.permissions import Permission
from infra.pipeline_functions import may_store_prepared
from infra.rules import accept
from infra.settings import Stage
from infra.storage import DATASETS, may_list, may_read

SCRIPT = SOURCE_ROOT / "lambdas" / "spark_prepare.py"
GLUE_VERSION = "5.1"
WORKER = "G.1X"
"""One DPU: 4 virtual CPUs, 16 GB of memory, 94 GB of disk (Glue, "Defining job properties for Spark jobs")."""
LOGS = "/aws-glue/jobs"


class SparkPreparation(Construct):
    """`arn` and `name` are the job's. It costs nothing until an execution runs it."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, bucket: s3.IBucket) -> None:
        super().__init__(scope, id_)
        self.name = f"{stage.name}-prepare"
        self.arn = f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}:job/{self.name}"
        script = s3_assets.Asset(self, "Script", path=str(SCRIPT))
        code = s3_assets.Asset(self, "Code", **SHARED)
        self.code_version = code.asset_hash
        connection = self._connection(stage)
        role = self._role(bucket, script, code, connection=connection)
        job = glue.CfnJob(
            self,
            "Job",
            name=self.name,
            description=f"{stage.name}: prepares ratings with Spark",
            role=role.role_arn,
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=script.s3_object_url
            ),
            glue_version=GLUE_VERSION,
            worker_type=WORKER,
            number_of_workers=stage.glue_workers,
            max_retries=0,  # the state machine says what is tried again
            timeout=24 * 60,
            execution_property=glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=3),
            default_arguments={
                "--job-language": "python",
                "--job-bookmark-option": "job-bookmark-disable",
                "--extra-py-files": code.s3_object_url,
                "--bucket": bucket.bucket_name,
            },
            connections=glue.CfnJob.ConnectionsListProperty(connections=[connection]) if connection else None,
        )
        job.node.add_dependency(role)
        if network := entered(self):
            job.node.add_dependency(network.ways)
        because = "logs are encrypted by CloudWatch as every log group is; there are no job bookmarks"
        for finding in ("AwsSolutions-GL1", "AwsSolutions-GL3"):
            accept(job, finding, because)

    def _connection(self, stage: Stage) -> str | None:
        """The name of what puts all workers into one subnet of the network, which is how Glue has it."""
        network = entered(self)
        if network is None:
            return None
        subnet = network.vpc.isolated_subnets[0]
        return glue.CfnConnection(
            self,
            "Connection",
            catalog_id=Aws.ACCOUNT_ID,
            connection_input=glue.CfnConnection.ConnectionInputProperty(
                name=self.name,
                connection_type="NETWORK",
                description=f"{stage.name}: where Spark's workers are",
                physical_connection_requirements=glue.CfnConnection.PhysicalConnectionRequirementsProperty(
                    availability_zone=subnet.availability_zone,
                    subnet_id=subnet.subnet_id,
                    security_group_id_list=[network.jobs.security_group_id],
                ),
            ),
        ).ref

    def _role(self, bucket: s3.IBucket, *assets: s3_assets.Asset, connection: str | None) -> iam.Role:
        # Nowhere does Glue's documentation say that it sends aws:SourceAccount when it assumes a job's role, and a
        # trust that asks for a key that is not sent lets nobody in.
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
        permissions = [
            Permission(
                actions=["s3:GetObject"],
                resources=[asset.bucket.arn_for_objects(asset.s3_object_key) for asset in assets],
            ),
            may_list(bucket, f"{DATASETS}/"),
            may_read(bucket, f"{DATASETS}/*"),
            *may_store_prepared(bucket),
            Permission(
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{LOGS}/*"],
                because="Glue names the log groups below /aws-glue/jobs and the streams of each run",
            ),
        ]
        if connection:
            permissions += [_may_read_connection(connection), *glue_may_join(self)]
        for permission in permissions:
            permission.grant(role)
        return role


def _may_read_connection(name: str) -> Permission:
    """It is in the account's catalog, which is asked for too."""
    place = f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}"
    return Permission(actions=["glue:GetConnection"], resources=[f"{place}:catalog", f"{place}:connection/{name}"])
