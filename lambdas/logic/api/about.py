"""/model: the version that answers."""

from __future__ import annotations

from lambdas.logic.api.answers import ModelDetails
from lambdas.logic.api.call import Call


def show(call: Call) -> ModelDetails:
    """What its manifest says, and what the data is."""
    serving, bundle = call.serving, call.serving.bundle
    manifest = bundle.manifest
    return ModelDetails(
        version=serving.version,
        created=manifest["created"],
        execution=manifest["execution"],
        task=manifest["task"],
        recommends_by=bundle.recommends_by,
        threshold=serving.threshold,
        dataset=manifest["dataset"],
        users=len(bundle.space.users),
        items=len(bundle.space.items),
        genres=list(bundle.catalogue.genre_names),
        metrics=manifest["metrics"],
        baselines=manifest["baselines"],
        ranking=manifest["ranking"],
        endpoint=manifest["endpoint"],
        models=manifest["models"],
    )
