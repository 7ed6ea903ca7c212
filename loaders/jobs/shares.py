"""How a share is written, in the report as on the terminal and on the pages."""

ALMOST_ALL = 99.995


def share_text(value: float | None) -> str:
    """Write a percentage with two digits, and never a rounded 100 for what is less.

    Args:
        value: The percentage; none is a dash.
    """
    if value is None:
        return "\N{EN DASH}"
    return f"{value:.4f} %" if ALMOST_ALL <= value < 100 else f"{value:.2f} %"
