"""YAML files: one record each, or a list of records."""

from typing import Any

from sources.common import yaml_text
from sources.common.documents import DocumentSource
from sources.common.places import Place, Places


class YamlSource(DocumentSource):
    """YAML files (.yaml, .yml). Each is a record, or a list of records that say what they are called."""

    name = "yaml"
    default_kind = "page"
    suffixes = (".yaml", ".yml")

    def load(self, text: str, shown: str) -> tuple[Any, list[Place]]:
        return yaml_text.load_items(text, shown)

    def places(self, text: str) -> Places:
        return yaml_text.positions(text)
