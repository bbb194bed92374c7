"""The least that small records take: `lines.py FILE OUT` validates lines, writes JSON files and a feed."""

import os
import sys

import orjson
from model import Sighting


def main() -> None:
    file, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    with open(file, "rb") as lines, open(f"{out}/feed.json", "wb") as feed:
        feed.write(b'{"items":[')
        for count, line in enumerate(lines):
            one = Sighting.model_validate_json(line)
            made = orjson.dumps(one.model_dump(), default=str)
            with open(f"{out}/{one.slug}.json", "wb") as page:
                page.write(made)
            feed.write((b",\n" if count else b"\n") + made)
        feed.write(b"]}")


main()
