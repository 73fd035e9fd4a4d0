"""Reports as JSON for programs, and the JSON Schemas that describe them."""
