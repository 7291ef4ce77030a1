"""Items whose time to live is over are deleted: on AWS within a few days, here within two seconds.

Source: Amazon DynamoDB Developer Guide, "Using time to live (TTL) in DynamoDB": the attribute is a Number, seconds
since 1970; items that expired more than five years ago stay.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from local_aws.dynamodb.hooks import LOCK
from local_aws.world import ACCOUNT

EVERY_S = 1.0
TOO_OLD_S = 5 * 365 * 24 * 3600
_log = logging.getLogger(__name__)


class Expiry:
    """One thread, which looks at every table with a time to live once a second."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self._every_s = every_s
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="dynamodb-expiry", daemon=True).start()

    def stop(self) -> None:
        """Delete nothing any more."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(self._every_s):
            try:
                delete_expired(time.time())
            except Exception:  # noqa: BLE001 - a thread has no caller, and the next round is none the worse
                _log.exception("items could not be expired")


def delete_expired(now: float) -> None:
    """One round over all tables there are; now: seconds since 1970."""
    for backend in list(dynamodb_backends[ACCOUNT].values()):
        for table in list(backend.tables.values()):
            if table.ttl["TimeToLiveStatus"] == "ENABLED":
                with LOCK:
                    for item in list(_expired(table, now)):
                        table.delete_item(item.hash_key, item.range_key)


def _expired(table: Table, now: float) -> Iterator[Item]:
    attribute = table.ttl["AttributeName"]
    for item in table.all_items():
        value = item.attrs.get(attribute)
        if value is None or value.type != "N":
            continue
        try:
            ends = Decimal(value.value)
        except InvalidOperation:
            continue
        if now - TOO_OLD_S <= ends < now:
            yield item
