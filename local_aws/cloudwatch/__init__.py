"""CloudWatch: alarms evaluated on real data points, their actions called, and metrics read out of logs."""

from local_aws.cloudwatch.hooks import install

__all__ = ["install"]
