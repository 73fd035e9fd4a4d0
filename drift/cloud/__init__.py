"""HTTP, signing in, and the documented calls of the cloud, up to one capture.

Opens the only sockets of the package: `http` sends every request. Reads no settings: an `Access` or a `Target` holds
the endpoint and the credentials.
"""

__all__ = (
    "access",
    "auth",
    "capture",
    "connection_pool",
    "credentials",
    "data_nodes",
    "endpoints",
    "error_responses",
    "http",
    "instance_list",
    "job_lists",
    "retry",
    "transport_errors",
    "witness",
)
