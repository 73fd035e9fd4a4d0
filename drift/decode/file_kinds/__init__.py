"""The kinds of files that people have: what they are called, how each is recognised, and what is inside. Pure.

`KINDS` in `table` is the one list of them. A kind takes bytes or a parsed document, and gives its content; `open_file`
goes on until no kind recognises it. Every step is bounded, and the content never outgrows the limits.
"""
