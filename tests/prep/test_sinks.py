"""Results appear together under their names or not at all, and what killed runs left goes."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prep.sinks import FolderSink, Transaction, replaced_when_whole

FILES = {"a/train.bin": b"train " * 100_000, "a/test.bin": b"test", "result.json": b"{}"}


def everything_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def written(out: Path) -> None:
    with Transaction(FolderSink(out)) as results:
        for key, content in FILES.items():
            results.write(key, content)


def test_nothing_has_its_name_before_everything_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with Transaction(FolderSink(out)) as results:
        for key, content in FILES.items():
            with results.open(key) as stage:
                for first in range(0, len(content), 4096):
                    assert stage.write(content[first : first + 4096]) == len(content[first : first + 4096])
            assert not out.exists()
            assert results.bytes_of(key) == len(content)
    assert everything_below(tmp_path) == {f"deep/out/{key}": content for key, content in FILES.items()}


def test_a_new_folder_appears_by_one_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[tuple[str, str]] = []
    rename = Path.rename

    def watched(path: Path, to: Path) -> Path:
        assert sorted(everything_below(path)) == sorted(FILES)
        moved.append((path.name, to.name))
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", watched)
    monkeypatch.setattr(Path, "replace", None)
    written(tmp_path / "out")
    assert len(moved) == 1
    assert moved[0][1] == "out"
    (tmp_path / "empty").mkdir()
    written(tmp_path / "empty")
    assert everything_below(tmp_path / "empty") == FILES


def test_results_go_into_a_folder_that_has_others_the_last_one_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    (out / "a" / "below").mkdir(parents=True)
    for name in ("a/train.bin", "a/train-00001.bin", "a/below/mine.txt", "mine.txt", "result.json"):
        (out / name).write_bytes(b"before")
    order: list[str] = []
    replace = Path.replace

    def watched(path: Path, to: Path) -> Path:
        assert not (out / "result.json").exists()
        order.append(to.relative_to(out).as_posix())
        return replace(path, to)

    monkeypatch.setattr(Path, "replace", watched)
    written(out)
    assert order == list(FILES)
    # What stood in the folder of a result is gone: whoever reads a channel reads all of its folder.
    kept = {"mine.txt": b"before", "a/below/mine.txt": b"before"}
    assert everything_below(tmp_path) == {f"out/{key}": content for key, content in {**FILES, **kept}.items()}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("inside", [True, False], ids=["while a stage is open", "between stages"])
def test_an_exception_takes_everything_back(tmp_path: Path, error: type[BaseException], inside: bool) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "result.json").write_bytes(b"before")

    def fail() -> None:
        with Transaction(FolderSink(tmp_path / "out")) as results:
            results.write("a/train.bin", b"whole")
            if not inside:
                raise error
            with results.open("result.json") as stage:
                stage.write(b"half")
                raise error

    with pytest.raises(error):
        fail()
    assert everything_below(tmp_path) == {"out/result.json": b"before"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "out"]


def test_what_cannot_be_given_its_name_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a file")
    with pytest.raises(NotADirectoryError):
        written(tmp_path / "out")
    assert everything_below(tmp_path) == {"out": b"a file"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_nothing_staged_is_nothing_changed(tmp_path: Path) -> None:
    with Transaction(FolderSink(tmp_path / "out")):
        pass
    assert not list(tmp_path.iterdir())


def test_what_other_processes_staged_is_committed_with_ones_own(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path / "out")
    with sink.stage("shard-1") as stage:
        stage.write(b"one")
        other = stage.finish()
    with Transaction(sink) as results:
        results.adopt([other])
        results.write("result.json", b"{}")
        assert results.bytes_of("shard-1") == 3
    assert everything_below(tmp_path) == {"out/shard-1": b"one", "out/result.json": b"{}"}


_LIVING = """
import json, sys
from pathlib import Path
from prep.sinks import FolderSink
sink = FolderSink(Path(sys.argv[1]))
with sink.stage("a.bin") as stage:
    stage.write(b"half")
    print(json.dumps([path.name for path in Path(sys.argv[1]).parent.iterdir()]), flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def living(tmp_path: Path, root: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has staged for ``out`` and waits."""
    command = [sys.executable, "-c", _LIVING, str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_stagings_of_the_dead_are_removed_and_those_of_the_living_kept(
    tmp_path: Path, living: subprocess.Popen[str]
) -> None:
    assert living.stdout is not None
    (staging,) = json.loads(living.stdout.readline())
    # Named alike, and none of ours: of another folder, of another host, with no process's number.
    host, id_ = socket.gethostname(), "0" * 32
    others = [
        f".out2.partial-{host}-{_dead()}-{id_}",
        f".out.partial-{host}x-{_dead()}-{id_}",
        ".out.partial-x",
        ".out",
    ]
    for other in others:
        (tmp_path / other).mkdir()
    written(tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {staging, "out", *others}
    living.kill()
    living.wait()
    assert (tmp_path / staging).exists()
    with Transaction(FolderSink(tmp_path / "out")) as results:
        results.write("more.bin", b"more")
        assert not (tmp_path / staging).exists()
    assert {path.name for path in tmp_path.iterdir()} == {"out", *others}


def test_two_that_write_at_once_do_not_mix(tmp_path: Path) -> None:
    """In one process too: each has a staging of its own, and the last one to end has its results there."""
    one, two = (Transaction(FolderSink(tmp_path / "out")) for _ in range(2))
    with two:
        two.write("a.bin", b"two")
        two.write("only two.bin", b"two")
        with one:
            one.write("a.bin", b"one")
        assert everything_below(tmp_path / "out") == {"a.bin": b"one"}
    assert everything_below(tmp_path) == {"out/a.bin": b"two", "out/only two.bin": b"two"}


def _dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert process.pid != os.getpid()
    return process.pid


def test_a_file_appears_when_it_is_whole_and_for_everybody_to_read(tmp_path: Path) -> None:
    target = tmp_path / "b.bin"
    with replaced_when_whole(target) as stream:
        stream.write(b"whole")
        assert not target.exists()
    assert everything_below(tmp_path) == {"b.bin": b"whole"}
    # Not private as the temporary file is that it was, so that a server or another user can have it.
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_file_that_was_there_stays_when_writing_fails(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "b.bin").write_bytes(b"before")

    def write_half() -> None:
        with replaced_when_whole(tmp_path / "b.bin") as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(error):
        write_half()
    assert everything_below(tmp_path) == {"b.bin": b"before"}
