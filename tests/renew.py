"""Makes anew what the tests compare with: `python tests/renew.py golden`, or `pictures` for those of the README."""

from __future__ import annotations

import sys

from support import golden, pictures

PARTS = {"golden": golden.renew, "pictures": pictures.renew}

if __name__ == "__main__":
    PARTS[sys.argv[1]]()
