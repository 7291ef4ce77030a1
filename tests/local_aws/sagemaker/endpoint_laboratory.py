"""What the tests of endpoints are made with: models of known parameters, and calls that are awaited."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
from botocore.exceptions import ClientError
from numpy.typing import NDArray

from fm import artifact
from fm.model import FactorizationMachine
from prep.inference import decode_response, encode_request
from tests.local_aws.sagemaker.laboratory import DEADLINE_S, FEATURES, Lab, archive, one_hot

ROWS = one_hot(np.arange(12), np.arange(12))
REQUEST = encode_request(ROWS)
JSON = "application/json"


def random_model(seed: int) -> FactorizationMachine:
    rng = np.random.default_rng(seed)
    w, v = rng.standard_normal(FEATURES, np.float32), rng.standard_normal((FEATURES, 2), np.float32)
    return FactorizationMachine(w0=np.array([0.2], np.float32), w=w, v=v, predictor_type="binary_classifier")


def put_artifact(lab: Lab, model: FactorizationMachine) -> str:
    content = artifact.encode(model, {"predictor_type": model.predictor_type})
    return lab.put(f"made/{lab.name('artifact')}/model.tar.gz", archive({artifact.MODEL_FILE: content}))


def create(lab: Lab, config: str) -> str:
    name = lab.name("endpoint")
    lab.aws("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config)
    return name


def invoke(lab: Lab, endpoint: str, body: bytes = REQUEST, **options: str) -> dict[str, Any]:
    answer: dict[str, Any] = lab.aws("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, Body=body, ContentType=options.pop("ContentType", JSON), **options
    )
    return answer | {"Body": answer["Body"].read()}


def scores_of(lab: Lab, endpoint: str) -> NDArray[np.float32]:
    return decode_response(invoke(lab, endpoint)["Body"], content_type=JSON).scores


class Caller:
    """Invokes an endpoint again and again until told to stop; keeps every answer and every error."""

    def __init__(self, lab: Lab, endpoint: str) -> None:
        self.first_scores: list[float] = []
        self.errors: list[Exception] = []
        self._lab, self._endpoint, self._stop = lab, endpoint, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Caller:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.first_scores.append(float(scores_of(self._lab, self._endpoint)[0]))
            except ClientError as error:
                self.errors.append(error)


def wait_for_answers(*callers: Caller) -> None:
    """Until each has been answered three times more."""
    counts = [len(caller.first_scores) for caller in callers]
    deadline = time.monotonic() + DEADLINE_S
    while any(len(one.first_scores) < count + 3 for one, count in zip(callers, counts, strict=True)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def delete_and_wait(lab: Lab, endpoint: str) -> None:
    lab.aws("sagemaker").delete_endpoint(EndpointName=endpoint)
    lab.aws("sagemaker").get_waiter("endpoint_deleted").wait(
        EndpointName=endpoint, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400}
    )
