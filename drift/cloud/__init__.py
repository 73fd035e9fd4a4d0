"""HTTP, signing in, and the documented calls of the cloud, up to one capture.

Opens the only sockets of the package: `http` sends every request. Reads no settings: an `Access` or a `Target` says
where to go and as whom.
"""
