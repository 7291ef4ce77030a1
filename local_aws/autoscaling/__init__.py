"""Application Auto Scaling for the variants of SageMaker endpoints: kept and checked; nothing is scaled."""

from local_aws.autoscaling.hooks import install

__all__ = ["install"]
