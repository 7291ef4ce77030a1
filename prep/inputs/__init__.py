"""Anyone's ratings in: found, read at speed, and every bad row accounted for.

spec        what people say of their data          detect, custom   which format it has, of which files
layout      what was found                         columns          which column is which
reader      files → blocks of sound rows           text, parquet    … of lines at Arrow's speed, of row groups
rejections  bad rows by reason                     rows             … and line by line, where something is wrong
items       titles, years, genres                  users            attributes
"""

from prep.input_spec import DUPLICATES, FORMATS, Columns, InputSpec
from prep.inputs.block import RatingBlock
from prep.inputs.detect import detect
from prep.inputs.items import GENRES, read_items
from prep.inputs.layout import Layout, ParquetTable, TextTable
from prep.inputs.lines import Lines
from prep.inputs.reader import Part, RatingsReader
from prep.inputs.rejections import REASONS, Example, Rejections
from prep.inputs.users import read_users

__all__ = [
    "DUPLICATES",
    "FORMATS",
    "GENRES",
    "REASONS",
    "Columns",
    "Example",
    "InputSpec",
    "Layout",
    "Lines",
    "ParquetTable",
    "Part",
    "RatingBlock",
    "RatingsReader",
    "Rejections",
    "TextTable",
    "detect",
    "read_items",
    "read_users",
]
