"""JSON Schema for editors: of leopard.yaml, and of each kind's content files."""

from typing import Any

from pipeline.config import Written
from schemas import plugins

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def of_kind(kind: str) -> dict[str, Any]:
    """What may stand in a content file of a kind. Raises ConfigError for an unknown one.

    Key, kind and locale are never required there: they come from the path and the configuration.
    """
    model = plugins.find("kinds", kind)
    schema: dict[str, Any] = model.model_json_schema(mode="validation")
    given = {"key", "kind", "locale", *(("title",) if model.title_from else ())}
    schema["required"] = [name for name in schema.get("required", []) if name not in given]
    return {"$schema": DIALECT, **schema}


def of_configuration() -> dict[str, Any]:
    """What may stand in leopard.yaml, with the options of every plugin that is installed."""
    schema = Written.model_json_schema(mode="validation")
    schema["required"] = ["site"]
    definitions = schema.setdefault("$defs", {})
    for field, group in (("sources", "sources"), ("channels", "exporters")):
        schema["properties"][field]["additionalProperties"] = _one_of(group, definitions)
    step = _one_of("steps", definitions)
    names = {"enum": plugins.names("steps")}
    schema["properties"]["steps"] = {"type": "array", "items": {"anyOf": [names, step]}}
    return {"$schema": DIALECT, **schema}


def _one_of(group: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """One of the plugins of a group, told apart by `use`."""
    members = []
    for name in plugins.names(group):
        options = plugins.find(group, name).Options.model_json_schema(
            mode="validation", ref_template=f"#/$defs/{group}.{name}.{{model}}"
        )
        for inner, definition in options.pop("$defs", {}).items():
            definitions[f"{group}.{name}.{inner}"] = definition
        options["properties"] = {"use": {"const": name}, **options.get("properties", {})}
        options["required"] = ["use", *options.get("required", [])]
        options["title"] = name
        members.append(options)
    return {"oneOf": members}
