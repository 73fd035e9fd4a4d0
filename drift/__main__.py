"""`python -m drift` is `drift`."""

from drift.cli import main

if __name__ == "__main__":
    main()
