"""Reports as CSV, for spreadsheets: a row for each thing, whole names, the same columns always. Pure."""
