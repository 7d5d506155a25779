"""One machine, one command: PostgreSQL, Valkey, a members' identity provider, the web workers
and the worker beside them.

A thin adapter for `./run`. `Deployment` is the door; the doors above (`app.cli` and its
commands) come in by it. Nothing that a real deployment runs (`uvicorn app.main:app`) needs
this room. Why it is built this way: docs/adr/0001-embedded-servers.md.
"""
