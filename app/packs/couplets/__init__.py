"""Couplets: written live, reserved online, picked up on the spot."""
