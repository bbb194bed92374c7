"""
The documents that everybody builds: Markdown with nested front matter about wildlife, and small records.

    python -m benchmarks.corpus FOLDER COUNT            FOLDER/xx/doc-0000000-….md, 256 folders
    python -m benchmarks.corpus FOLDER/x.ndjson COUNT   small records, one a line

Document number i depends on i alone, so a small corpus is the beginning of a large one. A document has 5.2 KB
in the mean, 1.9 KB of it front matter with some 45 scalars; a small record has 300 bytes.
"""

import json
import os
import sys
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

LOCALE = "en-GB"
ANIMALS = (
    ("Panthera pardus", "Leopard"), ("Panthera tigris", "Tiger"), ("Panthera uncia", "Snow leopard"),
    ("Loxodonta africana", "Savanna elephant"), ("Manis javanica", "Sunda pangolin"),
    ("Gyps bengalensis", "White-rumped vulture"), ("Diceros bicornis", "Black rhinoceros"),
    ("Psittacus erithacus", "Grey parrot"), ("Panthera leo", "Lion"), ("Acinonyx jubatus", "Cheetah"),
)  # fmt: skip
PEOPLE = (
    "Asha Verma", "Tom Okello", "María Fernández", "Lê Minh Châu", "Jürgen Weiß", "Nomsa Dlamini",
    "Rahul Iyer", "Sofie Ångström", "Chen Wei", "Fatima Zahra",
)  # fmt: skip
PLACES = (
    "Sariska", "Satpura", "Sabi Sands", "the Terai Arc", "Yala", "Kruger", "Phong Nha", "the Pamir",
    "Maasai Mara", "the Western Ghats",
)  # fmt: skip
VERBS = (
    "recorded", "seized", "monitored", "reported", "counted", "published", "restored", "surveyed",
    "estimated", "protected", "traced", "investigated", "collared", "released", "trained",
)  # fmt: skip
NOUNS = (
    "leopards", "skins", "habitats", "corridors", "rangers", "seizures", "markets", "households",
    "communities", "forests", "cameras", "permits", "populations", "offences", "cases", "villages",
    "reserves", "borders", "shipments", "prosecutions",
)  # fmt: skip
ADJECTIVES = (
    "illegal", "fragmented", "protected", "remote", "national", "seasonal", "confirmed", "cross-border",
    "persistent", "rural", "unprotected", "annual", "critical", "organised", "voluntary",
)  # fmt: skip
BETWEEN = (
    "in", "across", "during", "despite", "because", "after", "before", "within", "between", "alongside",
)  # fmt: skip
QUALIFIERS = ("exactly", "about", "at least", "at most", "estimated")
UNITS = ("individuals", "km2", "%", "seizures", "cases", "USD", "incidents/year", "kg")
CATEGORIES = ("LC", "NT", "VU", "EN", "CR")
LICENCES = ("CC-BY-4.0", "CC-BY-NC-4.0", "all-rights-reserved")
TAGS = (
    "leopard", "trade", "poaching", "habitat", "policy", "report", "field-notes", "camera-trap",
    "community", "law", "cites", "iucn", "funding", "training", "skins", "corridor",
)  # fmt: skip


def sentence(chance: Random) -> str:
    words = [chance.choice(ADJECTIVES).capitalize(), chance.choice(NOUNS), "were", chance.choice(VERBS)]
    words += [chance.choice(BETWEEN), chance.choice(PLACES)]
    for _ in range(chance.randint(0, 2)):
        words += [chance.choice(BETWEEN), chance.choice(ADJECTIVES), chance.choice(NOUNS)]
    turn = chance.random()
    if turn < 0.06:
        address = f"https://data.example.org/d/{chance.randint(1, 9999)}?y={chance.randint(2001, 2025)}"
        words.append(f"(see [the {chance.choice(NOUNS)} dataset]({address}))")
    elif turn < 0.12:
        words.append(f"— **{chance.randint(2, 90000)} {chance.choice(NOUNS)}**")
    elif turn < 0.16:
        words.append(f"for *{chance.choice(ANIMALS)[0]}*")
    elif turn < 0.18:
        words.append(f"under `CITES-App-{chance.choice(['I', 'II', 'III'])}`")
    return " ".join(words) + "."


def sentences(chance: Random, least: int, most: int) -> list[str]:
    return [sentence(chance) for _ in range(chance.randint(least, most))]


def block(chance: Random) -> str:
    turn = chance.random()
    if turn < 0.10:
        return "\n".join(f"- {one}" for one in sentences(chance, 2, 5))
    if turn < 0.14:
        return "\n".join(f"{at}. {one}" for at, one in enumerate(sentences(chance, 2, 4), 1))
    if turn < 0.17:
        return "> " + sentence(chance)
    if turn < 0.19:
        number, who = chance.randint(1, 9999), chance.choice(PEOPLE)
        return f'![{chance.choice(NOUNS)}](https://img.example.org/{number}.jpg "{who}")'
    if turn < 0.195:
        return '<p onclick="x()">Raw <em>HTML</em> from an older CMS</p>'
    return " ".join(sentences(chance, 2, 4))


def body(chance: Random) -> str:
    parts = []
    for at in range(chance.randint(6, 20)):
        if at and at % 4 == 0:
            where = chance.choice(PLACES)
            heading = f"## {chance.choice(ADJECTIVES).capitalize()} {chance.choice(NOUNS)} in {where}"
            parts.append(heading)
        parts.append(block(chance))
    return "\n\n".join(parts) + "\n"


def statistic(chance: Random) -> dict[str, Any]:
    return {
        "label": f"{chance.choice(ADJECTIVES)} {chance.choice(NOUNS)}",
        "value": chance.choice([chance.randint(1, 90000), round(chance.random() * 100, 2)]),
        "qualifier": chance.choice(QUALIFIERS),
        "unit": chance.choice(UNITS),
        "source": {
            "title": f"{chance.choice(ANIMALS)[1]} status report",
            "publisher": chance.choice(["TRAFFIC", "IUCN", "WPSI", "CITES"]),
            "year": chance.randint(2001, 2025),
            "url": f"https://reports.example.org/{chance.randint(1, 99999)}",
        },
    }


def document(number: int) -> tuple[dict[str, Any], str]:
    """Front matter and body. All are published, in one language, before the year 2026."""
    chance = Random(1_000_003 + number)
    animals = chance.sample(ANIMALS, chance.randint(1, 3))
    place, who = chance.choice(PLACES), chance.choice(PEOPLE)
    day = datetime(2015, 1, 1) + timedelta(minutes=chance.randint(0, 5_500_000))  # noqa: DTZ001  # in UTC
    return {
        "title": f"{animals[0][1]}: {chance.choice(ADJECTIVES)} {chance.choice(NOUNS)} in {place}",
        "slug": f"doc-{number:07}-{place.lower().replace(' ', '-')}",
        "locale": LOCALE,
        "summary": f"{sentence(chance)} {sentence(chance)}",
        "authors": chance.sample(PEOPLE, chance.randint(1, 3)),
        "published_at": f"{day:%Y-%m-%dT%H:%M:%SZ}",
        "status": "published",
        "animals": [
            {"scientific_name": latin, "common_name": name, "iucn": chance.choice(CATEGORIES)}
            for latin, name in animals
        ],
        "tags": chance.sample(TAGS, chance.randint(2, 6)),
        "hero": {
            "url": f"https://img.example.org/hero/{number:07}.jpg",
            "alt": f"{animals[0][1]} in {place}",
            "credit": who,
            "licence": chance.choice(LICENCES),
            "width": 2400,
            "height": 1350,
        },
        "statistics": [statistic(chance) for _ in range(chance.randint(3, 6))],
        "quote": {
            "text": sentence(chance),
            "speaker": who,
            "role": chance.choice(["ranger", "biologist", "director"]),
        },
    }, body(chance)


def scalar(value: Any) -> str:
    """As an editor would type it: quoted only where YAML needs that."""
    if isinstance(value, int | float):
        return repr(value)
    odd = value[0] in "!&*-?{}[],#|>@`\"'%:" or ": " in value or " #" in value or value.endswith((":", " "))
    return json.dumps(value, ensure_ascii=False) if odd or value[0].isdigit() else str(value)


def yaml_lines(fields: dict[str, Any], deep: int = 0) -> Iterator[str]:
    space = "  " * deep
    for name, value in fields.items():
        if isinstance(value, dict):
            yield f"{space}{name}:"
            yield from yaml_lines(value, deep + 1)
        elif isinstance(value, list):
            yield f"{space}{name}:"
            for one in value:
                first, *rest = yaml_lines(one, deep + 2) if isinstance(one, dict) else [scalar(one)]
                yield f"{space}  - {first.lstrip()}"
                yield from rest
        else:
            yield f"{space}{name}: {scalar(value)}"


def markdown(number: int) -> tuple[str, bytes]:
    """Path below the corpus, and bytes."""
    fields, text = document(number)
    name = f"{fields['slug']}.md"
    front = "\n".join(yaml_lines(fields))
    return f"{zlib.crc32(name.encode()) & 255:02x}/{name}", f"---\n{front}\n---\n\n{text}".encode()


def write_documents(folder: Path, count: int) -> int:
    """Write `count` documents; returns how many bytes they have."""
    for number in range(256):
        (folder / f"{number:02x}").mkdir(parents=True, exist_ok=True)
    size = 0
    for number in range(count):
        path, text = markdown(number)
        with open(f"{folder}/{path}", "wb") as file:
            size += file.write(text)
    return size


def small(number: int, changed: bool = False) -> dict[str, Any]:
    """A record of some 300 bytes."""
    chance = Random(7_000_003 + number)
    return {
        "key": f"sighting:s{number:08}",
        "title": f"{chance.choice(ANIMALS)[1]} in {chance.choice(PLACES)}",
        "slug": f"s{number:08}",
        "published_at": f"{2010 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}T09:00:00Z",
        "summary": ("Seen again. " if changed else "") + sentence(chance),
        "seen_by": chance.choice(PEOPLE),
        "animals": chance.randint(1, 12),
        "tags": chance.sample(TAGS, 2),
    }


def write_small(path: Path, count: int, changed_every: int = 0) -> int:
    """Write `count` small records, every n-th another one; returns how many bytes they have."""
    size = 0
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            new = bool(changed_every) and number % changed_every == 0
            size += file.write(json.dumps(small(number, new), ensure_ascii=False) + "\n")
    return size


def change(folder: Path, turn: int) -> int:
    """Change one document of a hundred: its summary, and of every second of them the body; returns how many.

    Each `turn` changes others, and in other words.
    """
    count = 0
    for shard in sorted(os.listdir(folder)):
        for name in sorted(os.listdir(folder / shard)):
            chosen = zlib.crc32(f"{turn}:{name}".encode())
            if chosen % 100:
                continue
            path, words = folder / shard / name, f"Changed in turn {turn}, number {chosen}"
            head, _, rest = path.read_text(encoding="utf-8").partition("\nsummary: ")
            text = f"{head}\nsummary: {words}\n{rest.partition(chr(10))[2]}"
            more = f"\nAn **added** paragraph of turn {turn}.\n" if chosen & 128 else ""
            path.write_text(text + more, encoding="utf-8")
            count += 1
    return count


def main() -> None:
    where, count = Path(sys.argv[1]), int(sys.argv[2])
    size = write_small(where, count) if where.suffix == ".ndjson" else write_documents(where, count)
    print(json.dumps({"count": count, "bytes": size, "mean": size // max(count, 1)}))


if __name__ == "__main__":
    main()
