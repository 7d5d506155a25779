"""Waiting lists: whoever comes first is offered what comes free, for a while.

A list belongs to a pool of `shared/stock`, and a person has one live place in a group of pools,
as they may hold one unit of it. What comes free goes to the first of the list in the transaction
that frees it, as a grant with a due time, without ever being free in between. A pack hands in
its `Terms`: who of those whose turn it is can be offered something, until when, and what else
is to be written. Callers hold the pool's locks (`lock_pools`) wherever they are asked to;
places are locked after pools, always.
"""

from app.shared.waiting.handing import Handed, Terms, hand_on
from app.shared.waiting.offers import OfferFacts, end_offer, lock_offer
from app.shared.waiting.places import (
    NewPlace,
    Place,
    end_places,
    join,
    join_all,
    live_place,
    places_ahead,
)
from app.shared.waiting.refusals import AlreadyWaiting, NotOfferedAgain, OfferExpired
from app.shared.waiting.rules import PASSED_OVER_WORDS, offer_refusal, offer_state

__all__ = [
    "PASSED_OVER_WORDS",
    "AlreadyWaiting",
    "Handed",
    "NewPlace",
    "NotOfferedAgain",
    "OfferExpired",
    "OfferFacts",
    "Place",
    "Terms",
    "end_offer",
    "end_places",
    "hand_on",
    "join",
    "join_all",
    "live_place",
    "lock_offer",
    "offer_refusal",
    "offer_state",
    "places_ahead",
]
