"""The two places where moto is changed, and why."""

from __future__ import annotations

from moto.cloudformation import urls
from moto.s3.models import FakeBucket

from local_aws.cloudformation.wire import CloudFormationApi, Regions

API_PATH = "{0}/$"


def replace_api(stacks: Regions) -> None:
    """Answer CloudFormation's requests with the engine of this package instead of moto's.

    moto builds the service's Flask application from `url_paths` at the service's first request, so the table is
    replaced before. Its second entry, the answers of custom resources, has its successor in `letters`.
    """

    class Installed(CloudFormationApi):
        regions = stacks

    urls.url_paths = {API_PATH: Installed.dispatch}


def accept_log_targets() -> None:
    """A bucket may be named as the target of access logs before its policy lets the logging service write.

    moto demands the permission when logging is switched on. The CDK declares the target's policy as a resource of its
    own that nothing waits for, and AWS deploys that.
    """
    FakeBucket._log_permissions_enabled_policy = staticmethod(_permitted)  # type: ignore[method-assign]


def _permitted(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
    del target_bucket, target_prefix
    return True
