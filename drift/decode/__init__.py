"""What was received to records: the sources of captures, the layouts of a payload, files, limits.

Pure, but for `files`. Raises an error that names its place for whatever it can't read.
"""
