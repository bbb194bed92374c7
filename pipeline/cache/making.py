"""What the steps made of records before, as long as nothing that they looked at has changed."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from heapq import heappush
from typing import Any, NamedTuple

import orjson

from pipeline.cache.card import Card, as_text, listed
from pipeline.cache.cards import PAGE, Cards
from pipeline.cache.claims import Claims
from pipeline.cache.records import RecordIndex
from pipeline.cache.store import Store
from schemas.record import Record

Alternates = tuple[str, ...]
END = "\U0010ffff"
"""Behind every ident."""

_KEY = "substr({0}, 1, instr({0}, '@') - 1)"


class WatchedIndex:
    """An index that notes what it was asked for. Steps keep what they learn of a whole kind for later."""

    def __init__(self, index: RecordIndex) -> None:
        self.index = index
        self.asked: set[tuple[str, str, str]] = set()
        self._kinds: set[tuple[str, str, str]] = set()

    def begin(self) -> None:
        """Another record comes."""
        self.asked = set()

    @property
    def all_asked(self) -> str | None:
        return as_text(sorted(self.asked | self._kinds))

    def get(self, key: str, locale: str) -> Record | None:
        self.asked.add(("", key, locale))
        return self.index.get(key, locale)

    def of_kind(self, kind: str, locale: str) -> Iterator[Record]:
        self._kinds.add(("kind", kind, locale))
        return self.index.of_kind(kind, locale)


class Scope(NamedTuple):
    """Which records are made: those of `cards`, with `instead` of some others, or nothing."""

    name: str
    cards: Cards
    instead: Mapping[str, Card | None]
    with_alternates: bool


class Note(NamedTuple):
    """What a step said of a record, and how its input was known then."""

    ident: str
    told: Any
    seen: str | None


class MakeMemory:
    """What one chain of steps made of the records of one scope."""

    def __init__(self, store: Store, index: RecordIndex, scope: Scope, way: str) -> None:
        self.store, self.index, self.scope = store, index, scope
        self._answers: dict[str, bytes] = {}
        self._disturbed, self._last = False, ""
        self.late: list[str] = []
        """Idents that `to_make` has given before it was known that they have to be made again: a heap."""
        self._table = store.table("(ident TEXT PRIMARY KEY) WITHOUT ROWID")
        self._languages = self._several() if scope.with_alternates else None
        self._alternates: tuple[str, Alternates] = ("", ())
        self._keep_to(way)
        self._find_out()
        self.claims = Claims(store, scope.name, self.again)

    def _keep_to(self, way: str) -> None:
        """What was made another way is forgotten."""
        name = self.scope.name
        if self.store.rows("SELECT way FROM ways WHERE scope = ?", (name,)) != [(way,)]:
            self._forget("TRUE")
            self.store.run("INSERT OR REPLACE INTO ways VALUES (?, ?)", (name, way))

    def _several(self) -> str | None:
        """A table of the keys that exist in several languages; None if there are none."""
        cards = self.scope.cards
        if len(cards.locales) < 2:
            return None
        table = self.store.table("(key TEXT PRIMARY KEY, locales TEXT NOT NULL) WITHOUT ROWID")
        idents, values = cards.question("ident")
        more = [ident for ident, card in self.scope.instead.items() if card is not None]
        also = "UNION ALL SELECT value FROM json_each(?)"
        self.store.run(
            f"INSERT INTO {table} SELECT key, group_concat(locale, ' ') FROM ("
            f" SELECT {_KEY.format('ident')} AS key, substr(ident, instr(ident, '@') + 1) AS locale"
            f" FROM ({idents} {also}) ORDER BY ident) GROUP BY key HAVING COUNT(*) > 1",
            (*values, orjson.dumps(more).decode()),
        )
        return table if self.store.rows(f"SELECT 1 FROM {table} LIMIT 1") else None

    def _find_out(self) -> None:
        """Gather what has to be made, and forget what was made of what is other, or gone, now."""
        name, cards, instead = self.scope.name, self.scope.cards, self.scope.instead
        self._find_answers()
        languages, other = "", "m.alternates IS NOT NULL"
        if self._languages:
            languages = f"LEFT JOIN {self._languages} a ON a.key = {_KEY.format('c.ident')}"
            other = "m.alternates IS NOT a.locales"
        for found, values in cards.parts("ident, digest", "TRUE"):
            self.store.run(
                f"INSERT INTO {self._table} SELECT c.ident FROM ({found}) c"
                f" LEFT JOIN made m ON m.scope = ? AND m.ident = c.ident {languages}"
                f" LEFT JOIN {self._given} g ON g.asked = m.asked"
                f" WHERE m.ident IS NULL OR m.source != c.digest OR {other} OR m.answers IS NOT g.answers",
                (*values, name),
            )
        self._forget(f"ident IN {self._table}")
        standing = list(cards.parts("1", "ident = made.ident"))
        gone = " AND ".join(f"NOT EXISTS ({found})" for found, _ in standing) or "TRUE"
        self._forget(
            f"{gone} AND ident NOT IN (SELECT value FROM json_each(?))",
            *(value for _, values in standing for value in values),
            orjson.dumps([ident for ident, card in instead.items() if card is not None]).decode(),
        )
        for ident, card in instead.items():
            if card is not None and not self._is_known(card):
                self.again(ident)

    def _find_answers(self) -> None:
        """What each question that was asked before is answered now."""
        self._given = self.store.table("(asked TEXT PRIMARY KEY, answers BLOB) WITHOUT ROWID")
        query = "SELECT DISTINCT asked FROM made WHERE scope = ? AND asked IS NOT NULL"
        rows = ((asked, self._answer_to(asked)) for (asked,) in self.store.rows(query, (self.scope.name,)))
        self.store.run_all(f"INSERT INTO {self._given} VALUES (?, ?)", rows)

    def _is_known(self, card: Card) -> bool:
        query = "SELECT source, alternates, asked, answers FROM made WHERE scope = ? AND ident = ?"
        for source, alternates, asked, answers in self.store.rows(query, (self.scope.name, card.ident)):
            same = (source, alternates) == (card.digest, " ".join(self.alternates(card)) or None)
            return same and answers == (self._answer_to(asked) if asked else None)
        return False

    def alternates(self, card: Card) -> Alternates:
        """The languages that a record exists in, if they are several."""
        if self._languages is None:
            return ()
        key, known = self._alternates
        if key != card.key:
            query = f"SELECT locales FROM {self._languages} WHERE key = ?"
            found = self.store.rows(query, (card.key,))
            known = tuple(word for (words,) in found for word in words.split())
            self._alternates = card.key, known
        return known

    def again(self, ident: str) -> None:
        """One more that has to be made; if it is after the one that is being made, it comes later."""
        self._forget("ident = ?", ident)
        self.store.run(f"INSERT OR IGNORE INTO {self._table} VALUES (?)", (ident,))
        self._disturbed = True
        if ident <= self._last:
            heappush(self.late, ident)

    def card(self, ident: str) -> Card | None:
        """What the steps are given of an ident."""
        return self.scope.instead.get(ident) or self.scope.cards.get(ident)

    def to_make(self) -> Iterator[Card]:
        """Records that have to be made, by ident."""
        query = f"SELECT ident FROM {self._table} WHERE ident > ? ORDER BY ident LIMIT {PAGE}"
        while idents := self.store.rows(query, (self._last,)):
            self._disturbed = False
            cards = self.scope.cards.several([ident for (ident,) in idents])
            for (self._last,) in idents:
                card = self.scope.instead.get(self._last) or cards.get(self._last)
                if card is not None:
                    yield card
                if self._disturbed:
                    break
        self._last = END  # whoever took them all ahead is told of others by `late`

    def keep(self, card: Card, asked: str | None, notes: list[Any], seen: str | None, made: Card) -> bool:
        """Remember what was made; False for what cannot be: it is kept for this run only."""
        if made.body < 0 or made.ident != card.ident:
            self.store.let_pass(made)
            return False
        values = (
            *(self.scope.name, card.ident, card.digest, " ".join(self.alternates(card)) or None),
            *(asked, self._answer_to(asked) if asked else None, self.claims.keep(), as_text(notes), seen),
            *(made.digest, made.body, made.status, made.times, made.assets),
        )
        self.store.run(
            "INSERT INTO made (scope, ident, source, alternates, asked, answers, claims, notes, noted,"
            " digest, body, status, times, assets) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        return True

    def notes(self) -> list[Note]:
        """What was said of the records that need not be made again."""
        query = "SELECT ident, notes, noted FROM made WHERE scope = ? AND notes IS NOT NULL ORDER BY ident"
        return [
            Note(ident, listed(told), seen)
            for ident, told, seen in self.store.rows(query, (self.scope.name,))
        ]

    def _forget(self, condition: str, *values: Any) -> None:
        """What was made of some records is no longer true."""
        rows = f"SELECT id FROM made WHERE scope = ? AND ({condition})"
        ids = self.store.table("(id INTEGER PRIMARY KEY)")
        self.store.run(f"INSERT INTO {ids} {rows}", (self.scope.name, *values))
        self.store.run(
            "DELETE FROM claims WHERE (scope, step, claim, ident) IN (SELECT m.scope,"
            " json_extract(c.value, '$[0]'), json_extract(c.value, '$[1]'), m.ident"
            f" FROM made m, json_each(m.claims) c WHERE m.id IN {ids})"
        )
        self.store.run(f"DELETE FROM bodies WHERE id IN (SELECT body FROM made WHERE id IN {ids})")
        self.store.run(f"DELETE FROM made WHERE id IN {ids}")
        self.store.run(f"DROP TABLE {ids}")

    def _answer_to(self, asked: str) -> bytes:
        """A digest of every answer to a list of questions."""
        if asked not in self._answers:
            summed = blake2b(digest_size=16)
            for kind, name, locale in listed(asked):
                summed.update(self._answer(kind, name, locale) + b"\0")
            if len(self._answers) > PAGE:
                self._answers.clear()
            self._answers[asked] = summed.digest()
        return self._answers[asked]

    def _answer(self, kind: str, name: str, locale: str) -> bytes:
        if kind:
            return self.index.digest_of_kind(name, locale)
        found = self.index.card(name, locale)
        return found.ident.encode() + found.digest if found else b""
