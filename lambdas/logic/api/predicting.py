"""/predictions: what the model for likes says of pairs, by the endpoint where it answers, else by its artifact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fm.model import sigmoid
from lambdas.logic.api.answers import Prediction, Predictions
from lambdas.logic.api.call import Call, EndpointSilent, Invoke
from lambdas.logic.api.problems import Complaints, UnknownIds, refuse
from lambdas.logic.api.requests import Pair, Pairs
from lambdas.logic.api.serving import Positions, Serving
from lambdas.logic.predictions import TOLERANCE, parts
from lambdas.logic.serving.errors import BundleError
from prep.inference import JSON, InferenceError, decode_response, encode_request
from prep.triplet import Triplet

PATIENCE_S: Final = 10.0
"""For all requests to the endpoint together: API Gateway waits for 30 seconds, and the artifact answers in one.

AWS, "Quotas for configuring and running an HTTP API": integration timeout 30 seconds, not to be raised.
"""
_PAIRS_AT_ONCE: Final = 2_000


class OtherModel(Exception):
    """The endpoint answers, but otherwise than the live version's artifact: between a deployment and the switch."""


def predict(call: Call) -> Predictions:
    """In the order of the pairs. Raises UnknownIds."""
    pairs: Pairs = call.body
    serving, bundle = call.serving, call.serving.bundle
    users, items = _places(call, pairs.pairs)
    by_artifact = artifact_scores(serving, users, items)
    scores, reason = _ask(call, users, items, by_artifact)
    threshold = serving.threshold
    ids = zip(bundle.space.users[users].tolist(), bundle.space.items[items].tolist(), scores.tolist(), strict=True)
    predictions = [
        Prediction(
            user, item, bundle.catalogue.title(item), score, None if threshold is None else int(score >= threshold)
        )
        for user, item, score in ids
    ]
    return Predictions("artifact" if reason else "endpoint", reason, serving.version, threshold, predictions)


def artifact_scores(serving: Serving, users: Positions, items: Positions) -> NDArray[np.float32]:
    """What the endpoint would say, (n,) float32: probabilities, of a regressor ratings."""
    raw = serving.bundle.like.raw(users, items)
    return raw if serving.threshold is None else sigmoid(raw)


def _ask(
    call: Call, users: Positions, items: Positions, by_artifact: NDArray[np.float32]
) -> tuple[NDArray[np.float32], str | None]:
    """The endpoint's scores; or the artifact's, and why."""
    bundle = call.serving.bundle
    if not bundle.manifest["endpoint"]:
        return by_artifact, f"version {bundle.version} has no endpoint"
    try:
        scores = _Endpoint(call.invoke, call.clock).scores(_rows(bundle.rows, users, items))
        _check_same(scores, by_artifact)
    except (EndpointSilent, OtherModel, InferenceError, BundleError) as error:
        return by_artifact, str(error)
    return scores, None


@dataclass(frozen=True, slots=True)
class _Endpoint:
    invoke: Invoke
    clock: Callable[[], float]

    def scores(self, batches: Iterator[Triplet]) -> NDArray[np.float32]:
        """In requests of at most 2,000 rows and about 2 MB. Raises EndpointSilent, InferenceError.

        InvokeEndpoint takes 6,291,456 bytes (its service model in botocore), a serverless endpoint 4 MB ("Invoke a
        serverless endpoint" in the SageMaker developer guide).
        """
        deadline = self.clock() + PATIENCE_S
        found = []
        for x in batches:
            for part in parts(x):
                if self.clock() > deadline:
                    raise EndpointSilent(f"the endpoint took longer than {PATIENCE_S:g} s")
                body = encode_request(x.take(part))
                scores = decode_response(self.invoke(body), content_type=JSON).scores
                if scores.size != part.size:
                    raise EndpointSilent(f"the endpoint gave {scores.size} predictions for {part.size} rows")
                found.append(scores)
        return np.concatenate(found)


def _rows(rows: Callable[[Positions, Positions], Triplet], users: Positions, items: Positions) -> Iterator[Triplet]:
    """A row may have what its user rated, thousands of values: so a few are made at a time."""
    for first in range(0, users.size, _PAIRS_AT_ONCE):
        part = slice(first, first + _PAIRS_AT_ONCE)
        yield rows(users[part], items[part])


def _check_same(scores: NDArray[np.float32], by_artifact: NDArray[np.float32]) -> None:
    gaps = np.abs(scores - by_artifact)
    worst = int(np.argmax(gaps))
    if not gaps[worst] <= TOLERANCE:
        raise OtherModel(
            f"the endpoint serves another model: it scores {scores[worst]:.6f}, this version's artifact "
            f"{by_artifact[worst]:.6f}"
        )


def _places(call: Call, pairs: list[Pair]) -> tuple[Positions, Positions]:
    complaints = Complaints("body")
    users = call.users([pair.user for pair in pairs])
    items = call.items([pair.item for pair in pairs])
    for at in np.flatnonzero((users < 0) | (items < 0)).tolist():
        if users[at] < 0:
            complaints.add(f"pairs[{at}].user", f"no user {pairs[at].user!r}")
        if items[at] < 0:
            complaints.add(f"pairs[{at}].item", f"no item {pairs[at].item!r}")
    refuse(UnknownIds, complaints)
    return users, items
