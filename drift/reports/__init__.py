"""One report to text, Markdown, JSON, HTML and what CI services read.

Pure. `judging` makes reports, `content` arranges them, `wording` says them in the reader's language, and a folder for
each medium renders them. `formats` is the one table of formats, `renderer` the one way to render. Others take the
contents, the words and the rendered text from here.
"""

__all__ = (
    "content",
    "csv",
    "formats",
    "json",
    "judging",
    "markdown",
    "metrics",
    "plan_file",
    "renderer",
    "rendering",
    "text",
    "wording",
)
