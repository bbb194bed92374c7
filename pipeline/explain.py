"""Say in plain words what Pydantic found: one problem per mistake, at the place where it stands."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

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
_FORMS = {
    "is not a whole number": "write digits only, such as 12",
    "is not a number": "write digits, such as 12 or 0.5",
    "is neither true nor false": "write true or false",
    "is not a text": "write a text; in quotes, if it could be taken for something else",
    "is not a mapping of names to values": "write `name: value`, each on a line",
    "is not a list": "write [a, b], or each on a line that begins with `- `",
}


def explain(
    error: ValidationError,
    model: type[BaseModel],
    data: Any,
    area: str,
    *,
    at: Path = (),
    whole: str | None = None,
) -> Iterator[tuple[Problem, Path]]:
    """One Problem per mistake, with its path in `data`. `area` begins each code.

    `at` is the path of `data` in the file, by which fields are named; `whole` is what `data` is called.
    """
    for found, path in _mistakes(error, model, data):
        named = _Named((*at, *path), whole or model.model_config.get("title") or model.__name__.lower())
        code, message, hint = _words(found, model, named)
        yield Problem(code=f"{area}.{code}", message=message, hint=hint, field=named.field), path


class _Named(NamedTuple):
    """The full path of a field, and what the document is called."""

    path: Path
    whole: str

    @property
    def field(self) -> str | None:
        return dotted(self.path) or None

    @property
    def name(self) -> str:
        return f"`{self.field}`" if self.path else "this"

    @property
    def above(self) -> str:
        return f"`{dotted(self.path[:-1])}`" if self.path[:-1] else self.whole


def _mistakes(error: ValidationError, model: type[BaseModel], data: Any) -> Iterator[tuple[Any, Path]]:
    """What is worth saying: nothing twice, and nothing that only follows from something else."""
    mistakes = error.errors(include_url=False)
    meant = {name for found in mistakes if (name := _meant(found, model))}
    by_path: dict[Path, list[Any]] = {}
    for found in mistakes:
        by_path.setdefault(path_in(data, tuple(found["loc"])), []).append(found)
    within = {path[:end] for path in by_path for end in range(len(path))}
    for path, all_here in by_path.items():
        others = [found for found in all_here if found["type"] not in _PLAIN]
        if len(others) < len(all_here) and not others:
            yield _one_of_several(all_here), path
        for found in others:
            misspelt = found["type"] == "missing" and tuple(found["loc"]) in meant
            if not misspelt and not (found["type"] == "too_short" and path in within):
                yield found, path


def _one_of_several(found: list[Any]) -> Any:
    """One mistake for a value that has none of the several types it may have."""
    words = dict.fromkeys(_PLAIN[one["type"]] for one in found)
    if "is not a number" in words:
        words.pop("is not a whole number", None)
    return {**found[0], "type": "wrong_type", "msg": " and ".join(words), "ctx": {"hint": _FORMS[min(words)]}}


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


def _words(found: Any, model: type[BaseModel], named: _Named) -> tuple[str, str, str | None]:
    """Code, message and hint for one of Pydantic's errors."""
    return (
        _structure(found, model, named)
        or _value(found, model, named.name)
        or ("wrong_value", f"{named.name}: {found['msg'][:1].lower()}{found['msg'][1:]}", None)
    )


def _structure(found: Any, model: type[BaseModel], named: _Named) -> tuple[str, str, str | None] | None:
    """Something is missing, or is there and should not be."""
    context, name, location = found.get("ctx", {}), named.name, tuple(found["loc"])
    match found["type"]:
        case "missing":
            return "missing_field", f"{name} is missing", f"add `{named.path[-1]}: …`" if named.path else None
        case "extra_forbidden":
            known = sorted(fields_at(model, location[:-1]))
            hint = did_you_mean(str(location[-1]), known) or (
                f"there are: {', '.join(known)}" if known else None
            )
            return "unknown_field", f"`{_short(named.path[-1])}` is not a field of {named.above}", hint
        case "union_tag_invalid":
            known = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
            hint = did_you_mean(str(context["tag"]), known) or f"there are: {', '.join(known)}"
            mark = context["discriminator"].strip("'")
            return "unknown_type", f"{name} has the unknown {mark} {context['tag']!r}", hint
        case "union_tag_not_found":
            mark = context["discriminator"].strip("'")
            return "missing_field", f"{name} does not say its {mark}", f"add `{mark}: …`"
        case "too_short":
            return "wrong_value", f"{name} is empty", "write at least one, or leave it out"
    return None


def _value(found: Any, model: type[BaseModel], name: str) -> tuple[str, str, str | None] | None:
    """What is written is not what it should be."""
    location, given, context = tuple(found["loc"]), found["input"], found.get("ctx", {})
    shown = "what is written there" if _is_secret(model, location) else _shown(given)
    match found["type"]:
        case "wrong_type" if given is None:
            return "wrong_type", f"{name} is empty", "write something, or leave it out"
        case "wrong_type":
            return "wrong_type", f"{name} {found['msg']}: {shown}", context["hint"]
        case "literal_error":
            hint = did_you_mean(str(given), _literals(context["expected"])) or f"write {context['expected']}"
            return "wrong_value", f"{name} cannot be {shown}", hint
        case "string_pattern_mismatch":
            return "wrong_value", f"{name} cannot be {shown}", _looks(model, location)
        case "value_error" | "assertion_error":
            reason = str(context.get("error", found["msg"]))
            return "wrong_value", f"{name}: {reason}", None
        case "string_too_short" if context.get("min_length") == 1:
            return "wrong_value", f"{name} is empty", "write something, or leave it out"
        case "string_too_long":
            return "too_long", f"{name} is longer than {context['max_length']} characters", "shorten it"
        case "less_than_equal":
            return "wrong_value", f"{name} cannot be more than {context['le']}: {shown}", None
        case "greater_than_equal":
            return "wrong_value", f"{name} cannot be less than {context['ge']}: {shown}", None
    return None


def _shown(value: Any) -> str:
    """A value as it is written, cut short."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    return _short(repr(value[:60] if isinstance(value, str | list) else value))


def _short(part: Any) -> str:
    text = str(part)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _is_secret(model: type[BaseModel], location: Path) -> bool:
    fields = (fields_at(model, location[:end]).get(str(location[end])) for end in range(len(location)))
    return any(field is not None and _holds(field.annotation, SecretStr) for field in fields)


def _holds(annotation: Any, wanted: type) -> bool:
    return annotation is wanted or any(_holds(inner, wanted) for inner in get_args(annotation))


def _literals(expected: str) -> list[str]:
    return [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]


def _looks(model: type[BaseModel], location: Path) -> str | None:
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
