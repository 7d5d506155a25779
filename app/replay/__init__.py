"""The campaign played through HTTP, as members, stores and staff would.

One folder a pack, found by the pack's name: `app.replay.<kind>` has `play(stage)`, which
answers the figures that it reached, and `ANYTIME`, which says whether it begins on whatever day
it is. It knows the service from outside only, by `app.schemas` and `app.platform`; the
deployment's clock and tokens are handed in by the command, on a `Stage`. Only `app.commands`
may come in.
"""
