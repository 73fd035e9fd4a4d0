"""Reading the undocumented payload of the export: find its layout, then read it by that layout. Pure.

`survey` lists the tables of a document, `find` finds the layout of its shards (`override` completes a user's layout),
and `apply` reads the document by that layout.
"""

from drift.decode.layouts.apply import Reader, Reading
from drift.decode.layouts.find import find
from drift.decode.layouts.layout import Layout, layouts_text, parse_path, path_text
from drift.decode.layouts.nodes import Nodes
from drift.decode.layouts.override import complete
from drift.decode.layouts.survey import along, survey

__all__ = [
    "Layout",
    "Nodes",
    "Reader",
    "Reading",
    "along",
    "complete",
    "find",
    "layouts_text",
    "parse_path",
    "path_text",
    "survey",
]
