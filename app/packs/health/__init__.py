"""Health: a quiz on epidemic prevention, and a draw among those who took it."""
