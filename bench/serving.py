"""Times the API's function beside what it is compared with: the endpoint, a matrix-vector product, a function that does
nothing.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench import figures
from bench.child import run_child
from bench.cold_start import HELLO, Start, cold_start, zipped_mb
from bench.figures import Figure, Target
from bench.measure import Say
from bench.published import Published
from bench.serving_version import FACTORS, ITEMS, event
from runner.children import Children
from runner.files import ROOT

_CALLS: Final = 1_000
_USERS: Final = 3
_EVERY_PAIR, _MATVEC = Target(50, at_least=True), Target(3)
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1"}  # as the function has it, whose one processor looks like two
_JOB: Final = f"ten of {ITEMS:,} items for one user after the other, {FACTORS} factors, one thread"
_CODE: Final = ("lambdas", "prep", "fm")
_LEFT_OUT: Final = ("fm/trainer", "fm/kernels")  # as infra/code.py
_NUMPY: Final = ROOT / "build" / "layers" / "numpy"

Said = Mapping[str, Any]


class ServingBench:
    """Every repeat in processes of its own."""

    def __init__(self, children: Children, *, log: Path, say: Say, repeats: int) -> None:
        self._children, self._log, self._say = children, log, say
        self._repeats = repeats

    def figures(self) -> list[Figure]:
        """Every figure. Raises CommandFailed."""
        said = [self._calls(number) for number in range(1, self._repeats + 1)]
        return [*call_figures(said), *self._cold_starts(), *size_figures()]

    def _calls(self, number: int) -> Said:
        variables = [f"{name}={value}" for name, value in _ONE_THREAD.items()]
        program = [sys.executable, "-m", "bench.serve_once", "--calls", str(_CALLS), "--users", str(_USERS)]
        ended = run_child(self._children, ["env", *variables, *program], log=self._log)
        self._say(f"recommendations, and every pair by the endpoint ({number})", ended.seconds)
        return ended.said

    def _cold_starts(self) -> list[Figure]:
        """In turns, so that what slows the machine slows both."""
        ours, hello = [], []
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch, Children() as children:
            live = Published(children, Path(scratch))
            folder = Path(scratch) / "hello"
            folder.mkdir()
            (folder / "hello.py").write_text(HELLO)
            for number in range(1, self._repeats + 1):
                hello.append(self._start("hello.handler", {}, folder, {}))
                ours.append(self._start("lambdas.api.handler", event(13), ROOT, live.environment()))
                self._say(f"cold starts ({number})", hello[-1].init + ours[-1].init + ours[-1].answer)
        return cold_figures(ours, hello)

    def _start(self, handler: str, event: Said, folder: Path, environment: Mapping[str, str]) -> Start:
        variables = {**_ONE_THREAD, **environment}
        return cold_start(self._children, handler, event, import_from=folder, environment=variables, log=self._log)


def call_figures(said: Sequence[Said]) -> list[Figure]:
    """said: what each process printed, in seconds."""
    handler = [statistics.median(one["handler"]) for one in said]
    matvec = [statistics.median(one["matvec"]) for one in said]
    every_pair = [statistics.median(one["every_pair"]) for one in said]
    each = [np.asarray(one["handler"]) for one in said]
    in_turns = f"the whole handler over the bare product, in turns; {_JOB}; medians of {_CALLS} calls"
    pairs = f"every item asked of the endpoint's container over loopback, 2,000 rows a request, over one call; {_JOB}"
    p50, p99 = ([1e3 * float(np.quantile(one, q)) for one in each] for q in (0.5, 0.99))
    return [
        figures.quotient("serving.vs_endpoint_every_pair", every_pair, handler, how=pairs, target=_EVERY_PAIR),
        figures.quotient("serving.vs_matvec", handler, matvec, how=in_turns, target=_MATVEC),
        figures.median("serving.matvec", [1e3 * one for one in matvec], unit="ms", how="NumPy's product alone"),
        figures.median("serving.every_pair", every_pair, unit="s", how="by the endpoint's container"),
        figures.median("serving.p50", p50, unit="ms", how=f"of the handler, from event to answer; {_JOB}"),
        figures.median("serving.p99", p99, unit="ms", how=f"of the handler, from event to answer; {_JOB}"),
    ]


def cold_figures(ours: Sequence[Start], hello: Sequence[Start]) -> list[Figure]:
    """Of as many starts each."""
    init = "from the process' start until AWS' runtime client asks for an event; bytecode is there"
    first = f"from the first event to its answer, with the version loaded from the local S3; {ITEMS:,} items"
    return [
        figures.median("serving.cold.init_seconds", [one.init for one in ours], unit="s", how=init),
        figures.median(
            "serving.cold.hello_init_seconds", [one.init for one in hello], unit="s", how="the same of hello"
        ),
        figures.median("serving.cold.first_answer_seconds", [one.answer for one in ours], unit="s", how=first),
    ]


def size_figures() -> list[Figure]:
    """What Lambda is sent: the code that all functions share, the layer, and hello's one file."""
    code, layer = zipped_mb(_code()), zipped_mb((path, _NUMPY) for path in _files(_NUMPY))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder) / "hello.py"
        file.write_text(HELLO)
        hello = zipped_mb([(file, Path(folder))])
    return [
        figures.median("serving.package.code", [code], unit="MB", how="zipped, shared by all functions"),
        figures.median("serving.package.numpy_layer", [layer], unit="MB", how="zipped"),
        figures.median("serving.package.hello", [hello], unit="MB", how="zipped; one file of two lines"),
    ]


def _code() -> Iterator[tuple[Path, Path]]:
    for package in _CODE:
        for path in _files(ROOT / package):
            if not str(path.relative_to(ROOT)).startswith(_LEFT_OUT):
                yield path, ROOT


def _files(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if "__pycache__" not in path.parts)
