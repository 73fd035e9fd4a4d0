"""Makes anew what the tests compare with: `python tests/renew.py golden`, or `pictures`, or `rooms`."""

from __future__ import annotations

import sys

from support import golden, pictures, room_picture

PARTS = {"golden": golden.renew, "pictures": pictures.renew, "rooms": room_picture.renew}

if __name__ == "__main__":
    PARTS[sys.argv[1]]()
