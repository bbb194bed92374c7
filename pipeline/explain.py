"""Say in plain words what Pydantic found: one problem per mistake, at the place where it stands."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from schemas.plugins import did_you_mean, nearest
from schemas.problems import Problem
from schemas.record import Path

_PLAIN = {
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is not a text",
    "dict_type": "is not a mapping of names to values",
    "model_type": "is not a mapping of names to values",
    "model_attributes_type": "is not a mapping of names to values",
    "tuple_type": "is not a list",
    "list_type": "is not a list",
}


def explain(
    error: ValidationError, model: type[BaseModel], data: Any, area: str
) -> Iterator[tuple[Problem, Path]]:
    """One Problem per mistake, with its path in `data`. `area` begins each code."""
    mistakes = error.errors(include_url=False)
    meant = {name for found in mistakes if (name := _meant(found, model))}
    for found in mistakes:
        location = tuple(found["loc"])
        if found["type"] == "missing" and location in meant:
            continue  # it is there, but misspelt, and that is said once
        path = path_in(data, location)
        code, message, hint = _words(found, model, location, path)
        yield Problem(code=f"{area}.{code}", message=message, hint=hint, field=dotted(path) or None), path


def _meant(found: Any, model: type[BaseModel]) -> tuple[str | int, ...] | None:
    """The place of the field that an unknown one is likely to be."""
    if found["type"] != "extra_forbidden":
        return None
    *above, name = found["loc"]
    near = nearest(str(name), sorted(fields_at(model, tuple(above))))
    return (*above, near) if near else None


def dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def path_in(data: Any, location: tuple[str | int, ...]) -> Path:
    """Where `location` stands in `data`: without the tags that Pydantic puts between."""
    path: list[str | int] = []
    for at, part in enumerate(location):
        if _has(data, part):
            data = data[part]
        elif at < len(location) - 1 or not isinstance(data, dict):
            continue
        path.append(part)
    return tuple(path)


def _has(data: Any, part: str | int) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)


def _words(
    found: Any, model: type[BaseModel], location: tuple[str | int, ...], path: Path
) -> tuple[str, str, str | None]:
    """Code, message and hint for one of Pydantic's errors."""
    name = f"`{dotted(path)}`" if path else "this"
    return (
        _structure(found, name, model, location, path)
        or _value(found, name, model, location)
        or ("wrong_value", f"{name}: {found['msg'][:1].lower()}{found['msg'][1:]}", None)
    )


def _structure(
    found: Any, name: str, model: type[BaseModel], location: tuple[str | int, ...], path: Path
) -> tuple[str, str, str | None] | None:
    """Something is missing, or is there and should not be."""
    context = found.get("ctx", {})
    match found["type"]:
        case "missing":
            return "missing_field", f"{name} is missing", f"add `{path[-1]}: …`" if path else None
        case "extra_forbidden":
            known = sorted(fields_at(model, location[:-1]))
            where = (
                f"`{dotted(path[:-1])}`"
                if path[:-1]
                else (model.model_config.get("title") or model.__name__.lower())
            )
            hint = did_you_mean(str(location[-1]), known) or (
                f"there are: {', '.join(known)}" if known else None
            )
            return "unknown_field", f"`{path[-1]}` is not a field of {where}", hint
        case "union_tag_invalid":
            known = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
            hint = did_you_mean(str(context["tag"]), known) or f"there are: {', '.join(known)}"
            mark = context["discriminator"].strip("'")
            return "unknown_type", f"{name} has the unknown {mark} {context['tag']!r}", hint
        case "union_tag_not_found":
            mark = context["discriminator"].strip("'")
            return "missing_field", f"{name} does not say its {mark}", f"add `{mark}: …`"
        case "too_short":
            return "wrong_value", f"{name} needs at least {context['min_length']} of them", None
    return None


def _value(
    found: Any, name: str, model: type[BaseModel], location: tuple[str | int, ...]
) -> tuple[str, str, str | None] | None:
    """What is written is not what it should be."""
    given, context = found["input"], found.get("ctx", {})
    match found["type"]:
        case "literal_error":
            hint = did_you_mean(str(given), _literals(context["expected"])) or f"write {context['expected']}"
            return "wrong_value", f"{name} cannot be {_shown(given)}", hint
        case "string_pattern_mismatch":
            return "wrong_value", f"{name} cannot be {_shown(given)}", _looks(model, location)
        case "value_error" | "assertion_error":
            reason = str(context.get("error", found["msg"]))
            return "wrong_value", f"{name}: {reason}", None
        case "string_too_short" if context.get("min_length") == 1:
            return "wrong_value", f"{name} is empty", "write something, or leave it out"
        case "string_too_long":
            return "too_long", f"{name} is longer than {context['max_length']} characters", "shorten it"
        case other if other in _PLAIN:
            return "wrong_type", f"{name} {_PLAIN[other]}: {_shown(given)}", None
    return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _literals(expected: str) -> list[str]:
    return [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]


def _looks(model: type[BaseModel], location: tuple[str | int, ...]) -> str | None:
    """What a value that has a pattern looks like, from the examples of its field or of its type."""
    names = [part for part in location if isinstance(part, str)]
    field = fields_at(model, location[: location.index(names[-1])]).get(names[-1]) if names else None
    if field is None:
        return None
    for examples in (field.examples, *_examples(field.annotation), *_examples_in(field.metadata)):
        if examples:
            return f"it looks like {', '.join(str(example) for example in examples)}"
    return str(field.description[:1].lower() + field.description[1:]) if field.description else None


def _examples(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from _examples_in(annotation.__metadata__)
    for inner in get_args(annotation):
        yield from _examples(inner)


def _examples_in(metadata: Any) -> Iterator[Any]:
    return (getattr(mark, "examples", None) for mark in metadata)


def fields_at(model: type[BaseModel], location: tuple[str | int, ...]) -> dict[str, Any]:
    """The fields of the model that stands at `location`; empty where there is none."""
    places: list[Any] = [model]
    for part in location:
        inner = [step for place in places for step in _into(place, part)]
        places = inner or [p for p in places if _tagged(p, part)] or places
    models = [place for place in places if isinstance(place, type) and issubclass(place, BaseModel)]
    return dict(models[0].model_fields) if models else {}


def _into(place: Any, part: str | int) -> Iterator[Any]:
    if isinstance(place, type) and issubclass(place, BaseModel):
        if part in place.model_fields:
            yield from _members(place.model_fields[str(part)].annotation)
    elif isinstance(part, int) or get_origin(place) is dict:
        for inner in get_args(place):
            yield from _members(inner)


def _members(annotation: Any) -> Iterator[Any]:
    """The models and containers an annotation may stand for."""
    if isinstance(annotation, type) or get_origin(annotation) in (tuple, list, dict):
        yield annotation
    elif get_origin(annotation) is not Literal:
        for inner in get_args(annotation):
            yield from _members(inner)


def _tagged(place: Any, tag: str | int) -> bool:
    if not (isinstance(place, type) and issubclass(place, BaseModel)):
        return False
    tags = (get_args(field.annotation) for field in place.model_fields.values())
    return place.__name__.lower() == tag or any(tag in values for values in tags)
