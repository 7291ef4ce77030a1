"""What a dataset says of its users: attributes, each with a word for every user."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from prep.errors import DuplicateUser, EmptyFile, MalformedRow, UnknownColumns
from prep.input_spec import DOUBLE_COLON
from prep.inputs import fields
from prep.inputs.columns import USUAL, plain
from prep.inputs.layout import Layout
from prep.inputs.side_table import TableRow, ids_array, named_rows, parse_id, read_text, split_rows
from prep.sources import Source
from prep.tables import Users

AGES: Final[Mapping[int, str]] = MappingProxyType(
    {1: "under 18", 18: "18-24", 25: "25-34", 35: "35-44", 45: "45-49", 50: "50-55", 56: "56+"}
)
"""MovieLens 1M's codes, each the youngest of its group; MovieLens 100K's ages in years go to the same groups."""
OCCUPATIONS: Final = (
    "other",
    "academic/educator",
    "artist",
    "clerical/admin",
    "college/grad student",
    "customer service",
    "doctor/health care",
    "executive/managerial",
    "farmer",
    "homemaker",
    "K-12 student",
    "lawyer",
    "programmer",
    "retired",
    "sales/marketing",
    "scientist",
    "self-employed",
    "technician/engineer",
    "tradesman/craftsman",
    "unemployed",
    "writer",
)
"""MovieLens 1M's, by code."""
_ID: Final = USUAL["user"] | {"id"}
_MOVIELENS_ATTRIBUTES: Final = ("age", "gender", "occupation")


def read_users(source: Source, layout: Layout) -> Users | None:
    """The users of the layout's side file, in its order; None where it has none.

    Of MovieLens' sets age, gender and occupation: no zip code, of which there are almost as many as users.
    Raises MalformedRow and DuplicateUser for the first bad row, EmptyFile, UnknownColumns, UnreadableText, BadParquet,
    BadArchive.
    """
    file = layout.users
    if file is None:
        return None
    if layout.format == "ml-100k":
        text = read_text(source, file)
        return _users(file, split_rows(text, file, "|", 5), "integer", _MOVIELENS_ATTRIBUTES, _ml_100k)
    if layout.format in {"ml-1m", "ml-10m"}:
        rows = split_rows(read_text(source, file), file, DOUBLE_COLON, 5)
        return _users(file, rows, "integer", _MOVIELENS_ATTRIBUTES, _ml_1m)
    names, table = named_rows(source, file)
    found = [place for place, name in enumerate(names) if plain(name) in _ID]
    if len(found) != 1 or len(set(names)) < len(names):
        raise UnknownColumns(f"{file}: columns {fields.listed(names)}, expected distinct names and one user id")
    ordered = ((where, [row.pop(found[0]), *row]) for where, row in table)
    names.pop(found[0])
    return _users(file, ordered, layout.user_ids, names, lambda _, row: [field.strip() for field in row[1:]])


def _users(
    file: str,
    rows: Iterable[TableRow],
    kind: str,
    names: Sequence[str],
    attributes: Callable[[str, list[str]], list[str]],
) -> Users:
    """rows: with the id first. attributes: of one row, in the order of ``names``."""
    first: dict[int | str, str] = {}
    columns: list[list[str]] = []
    for where, row in rows:
        user = parse_id(row[0], kind, where, "user id")
        if user in first:
            before = first[user].rpartition(":")[2]
            raise DuplicateUser(f"{where}: user {user}, already on line {before}; expected one row each")
        first[user] = where
        columns.append(attributes(where, row))
    if not first:
        raise EmptyFile(f"{file}: no row, expected at least one")
    values = {name: tuple(row[place] for row in columns) for place, name in enumerate(names)}
    return Users(ids_array(list(first), kind), values)


def _ml_100k(where: str, row: list[str]) -> list[str]:
    """``user | age | gender | occupation | zip``."""
    years = fields.integer_id(row[1])
    if years is None or years > 150:
        raise MalformedRow(f"{where}: age {fields.shown(row[1])}, expected whole years")
    youngest = max((age for age in AGES if age <= years), default=1)
    return [AGES[youngest], row[2].strip(), row[3].strip()]


def _ml_1m(where: str, row: list[str]) -> list[str]:
    """``user :: gender :: age code :: occupation code :: zip``."""
    age, occupation = fields.integer_id(row[2]), fields.integer_id(row[3])
    if age is None or age not in AGES:
        raise MalformedRow(f"{where}: age {fields.shown(row[2])}, expected one of {', '.join(map(str, AGES))}")
    if occupation is None or occupation >= len(OCCUPATIONS):
        expected = f"a code from 0 to {len(OCCUPATIONS) - 1}"
        raise MalformedRow(f"{where}: occupation {fields.shown(row[3])}, expected {expected}")
    return [AGES[age], row[1].strip(), OCCUPATIONS[occupation]]
