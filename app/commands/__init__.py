"""The commands behind `./run`, one module each; `app.cli` lists them.

A command module has `add_arguments(parser)` and `run(arguments) -> int` (the exit code).
It is imported only when it is called for.
"""
