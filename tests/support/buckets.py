"""S3-compatible storage on loopback: moto's, which keeps its buckets in memory."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyarrow.fs import S3FileSystem

from support.loopback import LOOPBACK, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def bucket(name: str) -> Iterator[str]:
    """S3-compatible storage on loopback with one bucket; yield the settings that an address of it has."""
    from moto.moto_server import werkzeug_app  # noqa: PLC0415 - takes long to load, and most workers need none
    from werkzeug.serving import make_server  # noqa: PLC0415 - the same

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
    server = make_server(*LOOPBACK, application, threaded=True)
    with serving(server) as url:
        host = url.removeprefix("http://")
        keys = {"access_key": "k", "secret_key": "s", "region": "us-east-1"}
        S3FileSystem(**keys, endpoint_override=host, scheme="http", allow_bucket_creation=True).create_dir(name)
        yield f"endpoint_override={host}&scheme=http&region=us-east-1"
