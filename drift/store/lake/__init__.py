"""The history as Parquet, for DuckDB on one machine and Spark on many.

`exporting` writes a lake from a store, `asking` answers questions about it. Both need the extra `lake`; what names and
folders a lake has is in `parts` and `tables`.
"""
