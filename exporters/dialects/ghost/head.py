"""What is ours in the code that Ghost puts into the head of a page, beside what people write there. Pure.

It is the schema.org graph, in an element with a mark, and in the tag of a topic the comment with its ident.
"""

import re

from exporters.base import Fields
from exporters.common.linked_data import script_tag
from schemas.model import LINKED_DATA

HEAD = "codeinjection_head"
LONGEST_GRAPH = 60_000
"""Characters: what Ghost takes there is 65,535, and some of that is left to people."""
_MARK = " data-leopard"
_GRAPH = re.compile(rf'\n?<script type="application/ld\+json"{_MARK}>(.*?)</script>', re.DOTALL)
_COMMENT = re.compile(r"<!-- leopard (\S+)@([\w-]+) -->")


def held(item: Fields) -> Fields:
    """Graph and code of an item, each by itself; None where there is none."""
    whole = item.get(HEAD) or ""
    found = _GRAPH.search(whole)
    rest = _COMMENT.sub("", _GRAPH.sub("", whole))
    return {LINKED_DATA: found[1] if found else None, HEAD: rest or None}


def joined(fields: Fields, item: Fields) -> Fields:
    """Fields as Ghost takes them: both in one; what `fields` do not speak of stays as it is in `item`."""
    if LINKED_DATA not in fields and HEAD not in fields:
        return fields
    graph, rest = ({**held(item), **fields}[name] for name in (LINKED_DATA, HEAD))
    element = script_tag(graph, _MARK) if graph else None
    sent = {name: value for name, value in fields.items() if name != LINKED_DATA}
    return {**sent, HEAD: "\n".join(filter(None, (rest, element))) or None}


def commented(ident: str, tag: Fields) -> Fields:
    """What puts our mark into the head of a topic's tag, if it is not there."""
    if ident_in(tag) == ident:
        return {}
    return {HEAD: _COMMENT.sub("", tag.get(HEAD) or "") + comment(ident)}


def ident_in(tag: Fields) -> str | None:
    found = _COMMENT.search(tag.get(HEAD) or "")
    return f"{found[1]}@{found[2]}" if found else None


def comment(ident: str) -> str:
    return f"<!-- leopard {ident} -->"
