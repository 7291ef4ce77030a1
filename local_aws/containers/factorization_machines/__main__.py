"""`python -m local_aws.containers.factorization_machines train|serve`."""

from __future__ import annotations

import sys

from local_aws.containers.factorization_machines.contract import OptMl, end_with_parent


def main(arguments: list[str]) -> int:
    """Exit status: 0, or 1 when the algorithm failed, or 2 when its input did."""
    match arguments:
        case ["train"]:
            # Each imports what the other does without: numba takes seconds, and serving must start at once.
            from local_aws.containers.factorization_machines.training import run  # noqa: PLC0415
        case ["serve"]:
            from local_aws.containers.factorization_machines.serving import run  # noqa: PLC0415
        case _:
            print(f"arguments {arguments}, expected train or serve", file=sys.stderr)
            return 2
    end_with_parent()
    return run(OptMl.from_environment())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
