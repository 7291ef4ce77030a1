"""Programs that stand for container images: they keep SageMaker's contract and know nothing of this server."""
