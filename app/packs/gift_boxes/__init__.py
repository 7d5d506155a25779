"""Gift boxes: sold once, paid once, delivered or picked up; a number of them free."""
