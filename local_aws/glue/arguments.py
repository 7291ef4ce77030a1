"""Job arguments: those that Glue itself reads ("Using job parameters in AWS Glue jobs"), and what a script is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.glue.errors import NotEmulated

_ANY: tuple[str, ...] = ()
_OFF = ("false",)

HEEDED: Mapping[str, tuple[str, ...]] = {
    "--extra-py-files": _ANY,
    "--extra-files": _ANY,
    "--conf": _ANY,
    "--TempDir": _ANY,
    "--job-language": ("python",),
    "--job-bookmark-option": ("job-bookmark-disable",),
    # Where logs, metrics and insights go on AWS; here the two streams of a run have all that there is.
    "--enable-continuous-cloudwatch-log": _ANY,
    "--enable-continuous-log-filter": _ANY,
    "--enable-metrics": _ANY,
    "--enable-observability-metrics": _ANY,
    "--enable-job-insights": _ANY,
    # The workers are this machine, however many there are.
    "--enable-auto-scaling": _ANY,
    "--enable-spark-ui": _OFF,
    "--enable-glue-datacatalog": _OFF,
}
"""Special arguments that have their effect, or whose effect cannot be missed, and their values."""

REFUSED = frozenset(
    {
        "--additional-python-modules",
        "--auto-scale-within-microbatch",
        "--class",
        "--continuous-log-conversionPattern",
        "--continuous-log-logGroup",
        "--continuous-log-logStreamPrefix",
        "--custom-logGroup-prefix",
        "--custom-logStream-prefix",
        "--customer-driver-env-vars",
        "--customer-executor-env-vars",
        "--datalake-formats",
        "--disable-proxy-v2",
        "--enable-lakeformation-fine-grained-access",
        "--enable-rename-algorithm-v2",
        "--enable-s3-parquet-optimized-committer",
        "--executor-cores",
        "--extra-jars",
        "--job-bookmark-from",
        "--job-bookmark-to",
        "--python-modules-installer-option",
        "--scriptLocation",
        "--spark-event-logs-path",
        "--use-postgres-driver",
        "--user-jars-first",
        "--write-shuffle-files-to-s3",
        "--write-shuffle-spills-to-s3",
        "--JOB_NAME",
        "--debug",
        "--mode",
    }
)
"""Special arguments without their effect here, and those that are Glue's own."""


def check_arguments(arguments: Mapping[str, Any]) -> None:
    """Raise NotEmulated naming a special argument that would not have its effect here. All others are the script's."""
    for name, value in arguments.items():
        if name in REFUSED:
            raise NotEmulated(f"The job argument {name} is not emulated")
        if HEEDED.get(name) and value not in HEEDED[name]:
            raise NotEmulated(f"The job argument {name} {value!r} is not emulated, only {' or '.join(HEEDED[name])}")


def for_script(arguments: Mapping[str, str], *, job: str, run: str) -> list[str]:
    """A script's arguments, without its own name: what getResolvedOptions reads."""
    own = {"--JOB_NAME": job, "--JOB_ID": f"j_{job}", "--JOB_RUN_ID": run}
    return [word for pair in {**own, **arguments}.items() for word in pair]


def listed(arguments: Mapping[str, str], name: str) -> list[str]:
    """The parts of an argument that holds several, with commas between them."""
    return [part.strip() for part in arguments.get(name, "").split(",") if part.strip()]


def spark_settings(arguments: Mapping[str, str]) -> dict[str, str]:
    """`--conf`: `key=value`, further ones after ` --conf `."""
    pairs = [part.strip() for part in arguments.get("--conf", "").split("--conf") if part.strip()]
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}
