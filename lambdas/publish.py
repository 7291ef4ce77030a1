"""What an accepted execution made → its serving bundle, the files of one version. Nothing is live by that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.bundles import BundleStore
from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.common.runs import Run, load_model
from lambdas.common.storage import Store
from lambdas.logic.channels import Ratings, decision_column, ratings_of
from lambdas.logic.keys import REPORT
from lambdas.logic.serving.making import Trained, collected, make
from lambdas.logic.serving.manifest import REMEMBERED, described
from prep.feature_space import FeatureSpace
from prep.job import PrepareJob
from prep.labels import LabelRule


@dataclass(frozen=True)
class PublishEvent(Event):
    """`name` and `created` are the execution's; the version has its name. `package` is its ARN.

    The others are what the steps remembered: `ranking` and `ranked` are None without a ranking model, `endpoint`
    without an endpoint.
    """

    name: str
    created: str
    package: str
    job: Mapping[str, Any]
    fetched: Mapping[str, Any]
    prepared: Mapping[str, Any]
    training: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    ranking: Mapping[str, Any] | None
    ranked: Mapping[str, Any] | None
    endpoint: Mapping[str, Any] | None


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises ArtifactError, OtherIds, MiscountedRatings, and PrepError for channels that cannot be read."""
    request = PublishEvent.from_event(event)
    store = Store(BucketEnvironment.read().bucket)
    run, rule = Run(store, request.job["run"]), PrepareJob.from_json(request.job["preparation"]).label
    space = run.space()
    like = _trained(store, run, request.training, rule, space=space)
    bundle = make(
        _manifest(request, store, like),
        like=like,
        ranking=_ranking(store, request),
        catalogue=run.catalogue(),
        user_ratings=collected(lambda key: _ratings(run, space, rule, key), request.prepared, rule, space),
    )
    target = BundleStore(store).files(request.name)
    written = bundle.write(target)
    size = sum(entry.size for entry in written.values())
    published = {"version": request.name, "uri": str(target), "files": sorted(written), "bytes": size}
    log("published", **published)
    return published


def _manifest(request: PublishEvent, store: Store, like: Trained) -> dict[str, Any]:
    return described(
        {name: getattr(request, name) for name in REMEMBERED},
        version=request.name,
        created=request.created,
        execution=str(request.execution),
        package=request.package,
        endpoint=request.endpoint,
        report=store.uri(request.job["run"] + REPORT),
        decision=like.decision,
    )


def _trained(
    store: Store, run: Run, training: Mapping[str, Any], rule: LabelRule | None, *, space: FeatureSpace
) -> Trained:
    model = load_model(store, training["model_data"])
    decision = rule.decision if rule is not None and rule.task == "ordinal" else None
    return Trained(model=model, space=space, side=run.side(space), decision=decision)


def _ranking(store: Store, request: PublishEvent) -> Trained | None:
    if request.ranking is None:
        return None
    run = Run(store, request.job["ranking"]["run"])
    return _trained(store, run, request.ranking["training"], None, space=run.space())


def _ratings(run: Run, space: FeatureSpace, rule: LabelRule, key: str) -> Iterator[Ratings]:
    yield from ratings_of(run.batches(key, n_columns=space.feature_dim), space, decision_column(space, rule))
