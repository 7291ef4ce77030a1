"""What holds data: deployed first, deleted last."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Fn, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.encryption import CustomerKey, key_of
from infra.settings import Stage
from infra.storage import Datasets


class StorageStack(Stack):
    """The bucket of ratings, prepared data, models and reports."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, **kwargs: Any) -> None:
        super().__init__(scope, id_, stack_name=f"{stage.name}-storage", **kwargs)
        key = CustomerKey(self, stage=stage).key if stage.customer_key else None
        datasets = Datasets(self, "Datasets", stage=stage, key=key)
        CfnOutput(
            self,
            "BucketName",
            value=datasets.bucket.bucket_name,
            description="Ratings, models and reports",
            export_name=_export(stage),
        )


def bucket_of(scope: Construct, id_: str, *, stage: Stage) -> s3.IBucket:
    """The storage stack's bucket as another stack sees it: through an export whose name says what it is.

    CloudFormation refuses to delete or replace an export in use, so the bucket cannot go while a pipeline needs it.
    """
    return s3.Bucket.from_bucket_attributes(
        scope, id_, bucket_name=Fn.import_value(_export(stage)), encryption_key=key_of(scope, stage=stage)
    )


def _export(stage: Stage) -> str:
    return f"{stage.name}-bucket"
