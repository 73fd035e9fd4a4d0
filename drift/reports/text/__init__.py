"""Reports as plain text for a terminal: pages, tables, colours."""
