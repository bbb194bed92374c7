"""Make a summary of a record's first words where none is written."""

from typing import Any

from pydantic import Field

from pipeline.steps.base import Step
from pipeline.steps.prose import first_words
from schemas.base import Model
from schemas.record import Record

LONGEST = 2000


class Summarise(Step):
    """Fills `summary`, which feeds, teasers and search results show."""

    name = "summarise"
    remembered = True

    class Options(Model):
        words: int = Field(40, ge=1, le=300, description="Most words of a summary that is made from the text")

    options: Any

    def change(self, record: Record) -> Record:
        if record.summary:
            return record
        summary = first_words(record, self.options.words)[:LONGEST]
        return record.model_copy(update={"summary": summary}) if summary else record
