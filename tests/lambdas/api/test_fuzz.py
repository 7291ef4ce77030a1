"""Whatever is asked, the answer is one that the document has, and never a fault of ours."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lambdas.api.asking import Asker, event, keys, silent
from tests.lambdas.api.worlds import STRANGE, World, strange

_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
_NAMES = st.sampled_from(["n", "exclude_seen", "genre", "min_year", "explain", "prefix", "search"]) | _TEXT
_TEXTS = st.sampled_from(["1", "10", "1000", "0", "-1", "true", "false", "training", "comedy", "1970", ""]) | _TEXT
_PARTS = st.sampled_from(
    ["users", "items", "recommendations", "similar", "predictions", "model", "1", "12", "10", *STRANGE]
)
_PATHS = st.lists(_PARTS | _TEXT, max_size=4).map(lambda parts: "/" + "/".join(parts)) | st.sampled_from(
    [key.partition(" ")[2].format(user="3", item="14") for key in keys()]
)
_QUERIES = st.lists(st.tuples(_NAMES, _TEXTS), max_size=4).map(
    lambda pairs: "&".join(f"{quote(name)}={quote(text)}" for name, text in pairs)
)
_METHODS = st.sampled_from(["GET", "GET", "GET", "POST", "POST", "PUT", "HEAD", "OPTIONS", "TRACE"])
_IDS = st.integers() | st.sampled_from([1, 2, 10, 12, 14, *STRANGE]) | st.text(max_size=6) | st.none() | st.floats()
_JSON = st.recursive(
    _IDS | st.booleans(), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4)
)
_PAIRS = st.lists(st.fixed_dictionaries({"user": _IDS, "item": _IDS}), max_size=4)
_BODIES = st.fixed_dictionaries(
    {},
    optional={
        "liked": st.lists(_IDS, max_size=4) | _JSON,
        "disliked": st.lists(_IDS, max_size=4) | _JSON,
        "pairs": _PAIRS | _JSON,
        "n": st.integers(-1, 1001) | _JSON,
        "genre": st.sampled_from(["Comedy", "x"]) | _JSON,
        "min_year": st.integers(-1, 10_000) | _JSON,
        "explain": st.booleans() | _JSON,
    },
)
_REGRESSOR = World(has_ranking=False, threshold=None, task="regressor")
WORLDS = [Asker(world.serving, silent) for world in (World(), strange(), _REGRESSOR, World(genres=()))]


def sound(given: dict[str, Any]) -> None:
    for asker in WORLDS:
        answer = asker.send(given)  # which holds it against the document
        assert answer.status < 500, asker.lines[-1]


@settings(deadline=None)
@given(method=_METHODS, path=_PATHS, query=_QUERIES | _TEXT.map(quote) | st.text(st.characters(codec="ascii")))
def test_any_path_and_query(method: str, path: str, query: str) -> None:
    sound(event(method, path, query=query))


@settings(deadline=None)
@given(key=st.sampled_from(keys()), id_=_TEXT.filter(bool), query=_QUERIES)
def test_any_id_by_the_gateways_routes(key: str, id_: str, query: str) -> None:
    method, path = key.split(" ")
    name = "user" if "{user}" in path else "item"
    parameters = {name: id_} if "{" in path else None
    sound(event(method, path.replace(f"{{{name}}}", id_), query=query, route_key=key, parameters=parameters))


@settings(deadline=None)
@given(path=st.sampled_from(["/recommendations", "/predictions"]), body=_BODIES | _JSON)
def test_any_json(path: str, body: object) -> None:
    sound(event("POST", path, body=json.dumps(body)))


@settings(deadline=None)
@given(path=st.sampled_from(["/recommendations", "/predictions"]), body=st.binary(max_size=40))
def test_any_bytes(path: str, body: bytes) -> None:
    encoded = {**event("POST", path, body=base64.b64encode(body).decode()), "isBase64Encoded": True}
    sound(encoded)
    sound(event("POST", path, body=body.decode(errors="surrogateescape")))


@settings(deadline=None)
@given(data=st.data())
def test_every_question_of_the_right_kind_is_answered(data: st.DataObject) -> None:
    """Drawn by the document's own rules: nothing that it allows is refused for its form."""
    world = World()
    asker = Asker(world.serving, silent)
    known = st.sampled_from(list(world.items))
    liked = data.draw(st.lists(known, min_size=1, max_size=5, unique=True))
    disliked = data.draw(st.lists(known.filter(lambda id_: id_ not in liked), max_size=5, unique=True))
    rest: dict[str, Any] = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "n": st.integers(1, 100),
                "genre": st.sampled_from([*world.genres, None]),
                "min_year": st.integers(0, 9999) | st.none(),
                "explain": st.booleans(),
            },
        )
    )
    answer = asker.post("/recommendations", {"liked": liked, "disliked": disliked, **rest})
    assert answer.status == 200
    shown = [item["item"] for item in answer.content["items"]]
    assert not {*shown} & {*liked, *disliked}
    assert len(shown) <= rest.get("n", 10)
