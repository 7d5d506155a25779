"""The books in one file, and back: `./run backup` and `./run restore`.

A backup is one snapshot of every table, taken while everybody works, with the bytes that a
folder keeps, and a manifest that says what must be in it. It holds no key. What Redis knows is
repeated from the books and is in no backup. docs/adr/0043-operating.md.
"""
