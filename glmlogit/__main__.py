"""``python -m glmlogit``: the command line."""

from glmlogit.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
