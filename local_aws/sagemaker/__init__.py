"""SageMaker made real: training jobs run containers, endpoints serve them, InvokeEndpoint reaches them."""

from local_aws.sagemaker.hooks import install

__all__ = ["install"]
