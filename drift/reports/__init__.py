"""One report to text, Markdown, JSON, HTML and what CI services read.

Pure: `content` gathers what is shown, `wording` says it in the reader's language, and a folder for each medium renders
it. `formats` lists the formats and `renderer` finds the module for one.
"""
