"""Sets of many numbers in little memory."""

from collections.abc import Iterable

_PART = 1 << 10


class Numbers:
    """Numbers that were met, most of them near each other: a bit for each."""

    def __init__(self) -> None:
        self._bits: dict[int, bytearray] = {}

    def add(self, number: int) -> None:
        part, at = divmod(number, _PART)
        self._bits.setdefault(part, bytearray(_PART // 8))[at // 8] |= 1 << at % 8

    def update(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.add(number)

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        part, at = divmod(number, _PART)
        return part in self._bits and bool(self._bits[part][at // 8] >> at % 8 & 1)
