"""Ids of assets on a channel: its own number, and the address of the bytes, so that showing them is pure."""


def media_id(number: object, address: str) -> str:
    """The id that the core remembers; `address` has no spaces."""
    return f"{number} {address}"


def number_of(page: str) -> str:
    """The CMS's own id."""
    return page.partition(" ")[0]


def address_of(page: str) -> str:
    """Where the bytes are."""
    return page.partition(" ")[2]
