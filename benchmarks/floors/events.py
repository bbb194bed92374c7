"""YAML into plain data from the events of libyaml, by PyYAML alone: no tree of nodes in between.

The answers are those of CSafeLoader. Documents with anchors, tags or merge keys are handed to it.
"""

from typing import Any

import yaml
from yaml import CSafeLoader
from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

_MISSING = object()
_LONGEST, _MOST = 40, 8192
_maker = CSafeLoader("")
_known: dict[str, Any] = {}


class Fallback(Exception):
    """Something that is rare: the slower loader shall look at it."""


def loads(text: str) -> Any:
    try:
        return _loads(text)
    except Fallback:
        return yaml.load(text, Loader=CSafeLoader)


def _plain(text: str) -> Any:
    """What a scalar without quotes stands for."""
    rules = CSafeLoader.yaml_implicit_resolvers
    for tag, pattern in (*(rules.get(text[:1]) or ()), *rules.get(None, ())):
        if pattern.match(text):
            if tag in ("tag:yaml.org,2002:merge", "tag:yaml.org,2002:value"):
                raise Fallback
            made = _maker.construct_object(yaml.ScalarNode(tag, text), deep=True)
            _maker.constructed_objects.clear()  # it would keep every node
            return made
    return text


def _scalar(event: Any) -> Any:
    if event.anchor is not None or event.tag is not None:
        raise Fallback
    text = event.value
    if not event.implicit[0]:
        return text
    value = _known.get(text, _MISSING)
    if value is _MISSING:
        value = _plain(text)
        if len(text) <= _LONGEST and type(value) in (str, int, float, bool, type(None)):
            if len(_known) >= _MOST:
                _known.clear()
            _known[text] = value
    return value


def _loads(text: str) -> Any:  # noqa: C901  # one loop, for its speed
    parser = yaml.cyaml.CParser(text)
    event_of = parser.get_event
    event_of()
    if isinstance(event_of(), yaml.StreamEndEvent):
        return None
    root = inside = None
    is_map, key, around = False, _MISSING, list[Any]()
    while True:
        event = event_of()
        kind = type(event)
        if kind is ScalarEvent:
            value = _scalar(event)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if event.anchor is not None or event.tag is not None or (is_map and key is _MISSING):
                raise Fallback
            value = {} if kind is MappingStartEvent else []
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            inside, is_map = around.pop()
            if inside is None:
                break
            continue
        else:
            raise Fallback
        if inside is None:
            root = value
        elif not is_map:
            inside.append(value)
        elif key is _MISSING:
            key = value
            continue
        else:
            inside[key] = value
            key = _MISSING
        if kind is ScalarEvent:
            if inside is None:
                break
            continue
        around.append((inside, is_map))
        inside, is_map = value, kind is MappingStartEvent
    event_of()
    if not isinstance(event_of(), yaml.StreamEndEvent):
        raise Fallback
    return root
