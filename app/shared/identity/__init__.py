"""Who takes part and who is calling: members, tills, staff, and what each may prove.

The guard at the edge asks this room who a token stands for; staff's routers keep
people, stores and devices through it; the imports share its seals. Packs take
callers (`callers.py`) as plain values and never look behind them.
"""
