"""The release, the same in `/version`, the documents and `pyproject.toml`."""

VERSION = "0.1.0"
