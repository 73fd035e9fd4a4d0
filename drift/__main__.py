"""`python -m drift` is `drift`."""

from drift.cli import start

if __name__ == "__main__":
    start()
