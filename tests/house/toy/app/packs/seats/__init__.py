"""Seats at talks: talks with so many seats, one for each member who claims it."""
