"""How the undocumented inside of the export is read. Pure.

`survey` lists what is in a document, `find` tells the layout of its shards (`complete`, if the user gave one), `apply`
reads it by that layout.
"""

from drift.layouts.apply import Reader, Reading
from drift.layouts.complete import complete
from drift.layouts.find import find
from drift.layouts.layout import Layout, layouts_text, parse_path, path_text
from drift.layouts.nodes import Nodes
from drift.layouts.survey import along, survey

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
