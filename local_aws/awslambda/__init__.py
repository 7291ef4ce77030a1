"""Lambda: functions deployed as zips, run as processes of their own under their roles."""

from local_aws.awslambda.backend import install

__all__ = ["install"]
