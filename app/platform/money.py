"""Money as people read it. It is whole fen everywhere else."""


def yuan(fen: int) -> str:
    """Exactly, with both decimals: 1250 fen are 12.50."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
