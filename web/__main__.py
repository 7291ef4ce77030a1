"""`python -m web --pipeline-stack NAME`: the page of a deployed pipeline, on this machine, until Ctrl-C.

Prints `Page: http://localhost:PORT/` when it listens. Exit status: 0 when it was ended, 2 when it cannot be served.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from web.proxy.cloud import Cloud
from web.proxy.errors import Unusable
from web.proxy.pipeline import read_pipeline
from web.proxy.routes import Routes
from web.proxy.server import PageServer

UNUSABLE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; returns the exit status."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            cloud = Cloud(given.endpoint_url)
            pipeline = read_pipeline(cloud.client("cloudformation"), given.pipeline_stack)
            server = PageServer(Routes(cloud, pipeline), given.port)
        except (Unusable, BotoCoreError, ClientError) as error:
            print(f"web: {error}", file=sys.stderr)
            return UNUSABLE
        with server:
            print(f"Page: {server.url}", flush=True)
            server.serve_forever()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m web", description="the page of a deployed pipeline")
    parser.add_argument("--pipeline-stack", required=True, help="name of the stack, movie-recommender-dev-pipeline")
    parser.add_argument("--endpoint-url", help="of a local AWS (default: AWS, or what AWS_ENDPOINT_URL names)")
    parser.add_argument("--port", type=int, default=0, help="port of the page (default: any free one)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
