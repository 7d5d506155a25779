"""Wishes: a member says one, a volunteer takes it on, both say that it came true."""
