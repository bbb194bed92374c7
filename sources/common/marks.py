"""When items were changed: numbers of seconds, or dates and times as ISO 8601 writes them."""

import re
from datetime import UTC, date, datetime, timedelta

Mark = str | int | float
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def instant(mark: object) -> float | None:
    """Seconds since 1970, to compare; None if it is no time. A time without a zone counts as UTC."""
    if isinstance(mark, bool) or not isinstance(mark, str | int | float):
        return None
    if not isinstance(mark, str):
        return float(mark)
    try:
        at = datetime.fromisoformat(mark)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def earlier(mark: Mark, seconds: float) -> str:
    """The same time a little earlier, written the same way."""
    if not isinstance(mark, str):
        return str(round(mark - seconds) if isinstance(mark, int) else mark - seconds)
    if _DAY.fullmatch(mark):
        days = 1 + int(seconds // 86_400)
        return (date.fromisoformat(mark) - timedelta(days=days)).isoformat()
    text = (datetime.fromisoformat(mark) - timedelta(seconds=seconds)).isoformat()
    return text.replace("+00:00", "Z") if mark.endswith("Z") else text
