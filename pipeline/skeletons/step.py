"""What a new step begins with: a mark behind every title."""

from pipeline.skeletons.package import package

STEP = '''\
"""The step {name}: puts a mark behind every title. Put what you change in place of that."""

from pipeline.steps.base import Step
from pydantic import Field
from schemas.base import Model
from schemas.record import Record


class {class_}(Step):
    name = "{name}"

    class Options(Model):
        mark: str = Field("!", min_length=1, description="What is put behind every title")

    options: Options

    def change(self, record: Record) -> Record:
        if record.title.endswith(self.options.mark):
            return record
        return record.model_copy(update={{"title": record.title + self.options.mark}})
'''

STEP_TEST = '''\
"""What the step does, and that it is pure."""

import pytest
from leopard_{name} import {class_}
from pydantic import ValidationError
from schemas.page import Page

PAGE = Page(key="page:leopards", locale="en", title="Leopards")


def run(*records, **options):
    step = {class_}({class_}.Options(**options), context=None)
    return list(step.apply(iter(records)))


def test_titles_get_the_mark():
    assert [page.title for page in run(PAGE)] == ["Leopards!"]
    assert [page.title for page in run(PAGE, mark="?")] == ["Leopards?"]


def test_a_second_time_changes_nothing():
    assert run(*run(PAGE)) == run(PAGE)
    assert PAGE.title == "Leopards"


def test_a_misspelt_option_is_refused():
    with pytest.raises(ValidationError):
        {class_}.Options(marc="?")
'''


def step(name: str) -> dict[str, str]:
    """A step that changes titles, to be replaced by what is to be changed."""
    use = f"In leopard.yaml: `steps: [typography, link_species, credits, {name}]`"
    return package("step", name, STEP, STEP_TEST, use)
