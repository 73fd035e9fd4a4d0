"""How the undocumented inside of the export is read. Pure.

`survey` lists what is in a document, `find` tells the layout of its shards (`override`, if the user gave one), `apply`
reads it by that layout.
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
