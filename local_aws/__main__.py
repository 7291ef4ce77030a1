"""`python -m local_aws`: the local AWS alone, for any CDK app that uses the services it knows."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
from pathlib import Path

from local_aws.server import Server

_LAST_PORT = 65535


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; exit status 2 when the port is taken or the folder is none."""
    options = _parser().parse_args(arguments)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    if options.folder:
        return _serve(options.folder, options.port, stopped)
    with tempfile.TemporaryDirectory(prefix="local-aws-", ignore_cleanup_errors=True) as folder:
        return _serve(Path(folder), options.port, stopped)


def _serve(folder: Path, port: int, stopped: threading.Event) -> int:
    try:
        server = Server(folder, port=port)
    except OSError as error:
        print(f"local_aws: cannot serve on port {port} from {folder}: {error.strerror}", file=sys.stderr)
        return 2
    print(f"AWS_ENDPOINT_URL={server.world.endpoint_url}", flush=True)
    server.start()
    stopped.wait()
    server.stop()
    return 0


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{number} is no port, expected 0 to {_LAST_PORT}")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local_aws", description=__doc__)
    parser.add_argument("--port", type=_port, default=0, help="loopback port; 0 (default) takes any free one")
    parser.add_argument("--folder", type=Path, help="where files are kept (default: a new one, removed at the end)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
