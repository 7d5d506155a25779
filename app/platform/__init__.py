"""The ground floor: settings, database, Redis, clock, ids, crypto, errors.

Everybody may use it; it knows nobody.
"""
