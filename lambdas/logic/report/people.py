"""What single users are told: recommendations, and held-out ratings as the endpoint answers them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from lambdas.logic.report.findings import Findings, Json
from lambdas.logic.report.markup import element, isolated
from lambdas.logic.report.tables import Cell, Table

MOST_USERS = 10
_BY_RANKING = "Ordered by the ranking model: movies not rated yet that this user is likely to pick and like."
_BY_CLASSIFIER = "Ordered by the probability of a like if the movie is rated, not by what a user would choose next."


def recommendations(findings: Findings) -> Iterator[Element]:
    """Up to MOST_USERS users' highest-scored unseen movies, then held-out ratings."""
    scored = findings.scored
    if not scored:
        return
    lists = scored["recommendations"][:MOST_USERS]
    if lists:
        yield element("p", _BY_RANKING if scored.get("model") == "ranking" else _BY_CLASSIFIER)
        yield element("div", *map(_of_user, lists), class_="people")
    if scored["predictions"]:
        yield element("h3", "Held-out ratings, as the endpoint answers")
        yield element(
            "details",
            element("summary", f"{len(scored['predictions']):,} ratings as a table"),
            _held_out(scored["predictions"]).element(),
        )


def _of_user(recommended: Json) -> Element:
    items = recommended["items"]
    rows: list[list[Cell]] = [[place, _title(row), row["score"]] for place, row in enumerate(items, start=1)]
    header = ["", "movie", "score"]
    if items and "popularity_rank" in items[0]:
        header.append("popularity")
        rows = [[*cells, f"№ {row['popularity_rank']:,}"] for cells, row in zip(rows, items, strict=True)]
    table = Table(header, rows).element() if rows else element("p", "Nothing unseen is left.")
    return element("div", element("h3", "User ", isolated(str(recommended["user"]))), table, class_="card")


def _held_out(rows: Sequence[Json]) -> Table:
    """A regressor's rows have no label."""
    if rows[0].get("predicted_label") is None:
        return Table(("user", "movie", "score"), [(_user(row), _title(row), row["score"]) for row in rows])
    labels = ["like" if row["predicted_label"] else "no like" for row in rows]
    named = zip(rows, labels, strict=True)
    header = ("user", "movie", "probability of a like", "predicted")
    return Table(header, [(_user(row), _title(row), row["score"], label) for row, label in named])


def _user(row: Json) -> Element:
    return isolated(str(row["user"]))


def _title(row: Json) -> Element:
    return isolated(str(row["title"]))
