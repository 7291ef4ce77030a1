"""How a run comes to its end, without a process."""

from __future__ import annotations

import threading

from local_aws.glue.jobs import Job
from local_aws.glue.runs import Run


def made() -> Run:
    command = {"Name": "glueetl", "ScriptLocation": "s3://b/k"}
    return Run(Job("j", {"Role": "r", "Command": command}, tags={}), {"Timeout": 1})


def test_a_run_that_takes_too_long_ends_as_timeout_whatever_its_script_said() -> None:
    run, stopped = made(), threading.Event()
    run.running(stopped.set)
    assert run.describe()["JobRunState"] == "RUNNING"
    assert run.stop("TIMEOUT")
    assert stopped.wait(5)
    assert (run.describe()["JobRunState"], run.is_going_on) == ("STOPPING", True)
    run.finish("FAILED", message="Command failed with exit code 143")
    described = run.describe()
    assert (described["JobRunState"], described["Timeout"], run.is_going_on) == ("TIMEOUT", 1, False)
    assert "ErrorMessage" not in described
    assert "DPUSeconds" not in described
    assert not run.stop()


def test_a_run_that_is_stopped_before_its_script_is_there_ends_it_at_once() -> None:
    run, stopped = made(), threading.Event()
    assert run.stop()
    assert not run.stop()
    run.running(stopped.set)
    assert stopped.is_set()
    run.finish("SUCCEEDED")
    assert run.describe()["JobRunState"] == "STOPPED"


def test_a_run_that_never_began_took_no_time() -> None:
    run = made()
    run.finish("FAILED", message="x" * 5000)
    assert (run.describe()["ExecutionTime"], len(run.describe()["ErrorMessage"])) == (0, 4096)
