"""A wish before others may read it: what is hidden, whether it asks for money, what it is like.

Pure. Who writes sees what was hidden; a reviewer reads every wish before it is public. So
this is a sieve in front of a person, not the last guard: it knows forms and words, not
meaning. Not seen are numbers behind homophones or riddles, letters of other alphabets that
look like ours, names of people, what is split between title and detail, and pictures. The
rooms inside say what each of them does not see.
"""

from app.packs.wishes.screening.hiding import MASKS, Hidden, Hiding
from app.packs.wishes.screening.likeness import similarity
from app.packs.wishes.screening.sieve import Screened, screen

__all__ = ["MASKS", "Hidden", "Hiding", "Screened", "screen", "similarity"]
