"""The packs, and what a pack brings along.

`KINDS` is the one line that registers a pack. Its routers are found by equal
names in `app/routers/*/<kind>.py`, its conservation in `app/packs/<kind>/holdings.py`, its
card on the home page in `app/packs/<kind>/home.py`, what it does later, if
anything, in `app/packs/<kind>/jobs.py`, and what it tells members in
`app/packs/<kind>/notices.py`.
"""

KINDS = ("wishes", "breakfast", "couplets", "health", "gift_boxes")
