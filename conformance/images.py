"""Our table of image accounts against the SageMaker SDK's; ``make conformance`` runs it.

    python -m conformance.images

in an environment with conformance/requirements.txt. A region that one of them lacks, or another account, repository or
version, is printed, and the exit status is 1.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from conformance import sdk
from infra.image_accounts import ACCOUNTS, REPOSITORY, TAG


def main() -> int:
    """Compares everything, prints what differs, and returns the exit status."""
    problems = differences(sdk.image_config("factorization-machines"))
    for problem in problems:
        print(f"DIFFERS {problem}")
    print(f"Images of {len(ACCOUNTS)} regions against the SDK's table: {len(problems)} differ")
    return 1 if problems else 0


def differences(config: Mapping[str, Any]) -> list[str]:
    """Where our table is not the SDK's, each in words. ``config`` is one of its image_uri_config documents."""
    versions = config["versions"]
    if TAG not in versions:
        return [f"tag {TAG!r}, the SDK has {', '.join(sorted(versions))}"]
    theirs = versions[TAG]
    repository = [f"repository {REPOSITORY!r}, the SDK has {theirs['repository']!r}"]
    accounts = [
        f"{region}: account {ACCOUNTS.get(region)}, the SDK has {theirs['registries'].get(region)}"
        for region in sorted(ACCOUNTS.keys() | theirs["registries"].keys())
        if ACCOUNTS.get(region) != theirs["registries"].get(region)
    ]
    return ([] if theirs["repository"] == REPOSITORY else repository) + accounts


if __name__ == "__main__":
    sys.exit(main())
