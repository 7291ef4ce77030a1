"""The networks of EC2: moto's, with what AWS refuses refused. They isolate nothing (docs/fidelity/network.md)."""

from local_aws.ec2.hooks import install

__all__ = ["install"]
