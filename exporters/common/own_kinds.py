"""Fields that kinds of other people's may have under our names, with values of their own."""

from functools import lru_cache

from schemas.agents import Contributor
from schemas.record import Record


def texts(record: Record, *names: str) -> tuple[str, ...]:
    """The texts, such as keys and codes, that are listed in fields of these names."""
    values = (getattr(record, name, ()) for name in names)
    lists = (value for value in values if isinstance(value, tuple | list))
    return tuple(one for some in lists for one in some if isinstance(one, str))


def people(record: Record) -> tuple[Contributor, ...]:
    """Everybody in `authors`; a text there is somebody's name."""
    value = getattr(record, "authors", ())
    listed = value if isinstance(value, tuple | list) else ()
    known = (_named(one) if isinstance(one, str) and one else one for one in listed)
    return tuple(one for one in known if isinstance(one, Contributor))


@lru_cache(maxsize=1024)
def _named(name: str) -> Contributor:
    return Contributor(name=name)
