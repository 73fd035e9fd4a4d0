"""The site: `sphinx-build -W -b html docs build/docs`. Its pages are the Markdown files here, as they are."""

from __future__ import annotations

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

import drift

lexers["mermaid"] = TextLexer()  # drawn by GitHub and GitLab; here it is shown as it is written

project = "drift"
author = "the drift authors"
version = release = drift.__version__
copyright = ""  # noqa: A001 - Sphinx's name

extensions = ["myst_parser"]
myst_heading_anchors = 3
smartquotes = False  # people search for an error as drift prints it

html_theme = "furo"
html_title = f"drift {drift.__version__}"
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
