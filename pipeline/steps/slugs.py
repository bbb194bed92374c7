"""Give every record a slug, and see that no two records have the same address."""

import unicodedata

from slugify import slugify

from pipeline.steps.base import Step
from schemas.base import Model
from schemas.record import Record

MOST = 120
NAMED_BY_KEY = ("asset", "statistic")
"""Kinds whose titles are sentences that repeat: their slug is made from the key's name."""


class Slugs(Step):
    """Fills `slug` from the title. A slug that is taken is an error: nothing is numbered in silence."""

    name = "slugs"
    remembered = True

    class Options(Model):
        """None: a record that wants another slug says so in its `slug`."""

    def change(self, record: Record) -> Record:
        return record if record.slug else record.model_copy(update={"slug": slug_of(record)})

    def claim(self, record: Record) -> str:
        return self.context.site.path_of(record)

    def contested(self, record: Record, claim: str, owner: str) -> None:
        self.context.report(
            record,
            "slug.taken",
            f"{record.key} would have the address {claim}, which is that of {owner}",
            path=("slug",),
            hint="write another `slug:` in one of the two",
            severity="error",
        )


def slug_of(record: Record) -> str:
    """The slug made from a record's title; from its key's name if the title has no letters or digits."""
    by_name = slugify(record.key.partition(":")[2], max_length=MOST)
    return by_name if record.kind in NAMED_BY_KEY else _slug(record.title) or by_name


def _slug(text: str) -> str:
    whole = unicodedata.normalize("NFC", text).replace("’", "'")
    seen = "".join(sign for sign in whole if unicodedata.category(sign) != "Cf")
    return slugify(seen, max_length=MOST, word_boundary=True)
