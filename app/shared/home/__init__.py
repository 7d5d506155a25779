"""The app's home page: what each pack has for one member, and what can be done now or next.

A pack brings a `HomePart` in `app/packs/<kind>/home.py`; `HomePage` asks all of them for all
members who look just now, in one statement.
"""

from app.shared.home.cards import Act, Card, Categories, HomePart, Upcoming
from app.shared.home.page import Cards, HomePage

__all__ = ["Act", "Card", "Cards", "Categories", "HomePage", "HomePart", "Upcoming"]
