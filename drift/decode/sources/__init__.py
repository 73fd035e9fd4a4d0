"""The sources of a capture, one module each: the export, the documented calls, both, and a file of our own."""
