"""Reading long arrays by samples of their records, which is fast, where that is sure to be right. Pure.

`long_arrays` parses a text with only samples of its long arrays; `extend` extends a reading of these to all records.
"""
