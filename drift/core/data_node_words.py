"""The words that DDM's interfaces have for what its list of data nodes says of these, in their plain spelling. Pure."""

from __future__ import annotations

from typing import Final

NAME: Final = (
    "instancename", "name", "datanodename", "dninstancename", "rdsinstancename", "rdsname", "nodename", "dnname",
)  # fmt: skip
HOST: Final = ("accesshost", "host", "privateip", "accessip", "ip", "address")
PORT: Final = ("accessport", "port")
ENGINE: Final = ("engine", "enginename", "enginetype")
ENGINE_VERSION: Final = ("engineversion", "version")
LISTED: Final = frozenset((*NAME, *HOST, *PORT, *ENGINE, *ENGINE_VERSION))
