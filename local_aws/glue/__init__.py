"""Glue jobs made real: a run is a process under the job's role, on PySpark where the machine has it (`make spark`)."""

from local_aws.glue.hooks import install

__all__ = ["install"]
