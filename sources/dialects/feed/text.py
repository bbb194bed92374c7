"""The text of a feed as a parser may have it: decoded, well-formed, without entities of its own."""

import codecs
import re
from xml.parsers import expat

from schemas.errors import ContentError
from schemas.problems import Origin

_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
FEEDS = ("rss", "feed", "RDF", "channel")
"""Names of the elements that feeds begin with."""


def decoded(data: bytes, charset: str | None, shown: str) -> str:
    """The text without its declaration: by BOM, by declaration, by HTTP, else UTF-8. Raises ContentError."""
    declared = _DECLARED.match(data)
    known = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    encoding = known or (declared[1].decode() if declared else None) or charset or "utf-8"
    try:
        text = data.decode(encoding)
    except LookupError:
        raise _fault(shown, "file.encoding", f"nobody knows the encoding {encoding!r}") from None
    except UnicodeDecodeError as error:
        raise _fault(shown, "file.encoding", f"byte {error.start} is not valid {encoding}") from None
    return _DECLARATION.sub("", text, count=1).lstrip()


def check_feed(text: str, shown: str) -> None:
    """Raises ContentError if the text is not XML to its end, declares entities, or is no feed."""
    parser = expat.ParserCreate()
    root: list[str] = []

    def doctype(name: str, system: str | None, public: str | None, has_subset: bool) -> None:
        if has_subset:
            hint = "ask its owner for a feed without a document type"
            raise _fault(shown, "feed.entities", "it declares entities, as XML bombs do", hint)

    def start(name: str, _: object) -> None:
        if not root:
            root.append(name.rpartition(":")[2])

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = doctype, start
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        message = f"it is not XML to its end: {what}"
        raise _fault(shown, "feed.syntax", message, line=error.lineno, column=error.offset + 1) from None
    if root[0] not in FEEDS:
        message = f"it is no feed, but XML that begins with <{root[0][:40]}>"
        raise _fault(shown, "feed.shape", message, "check the address")


def _fault(
    shown: str,
    code: str,
    message: str,
    hint: str = "tell its owner; a validator for feeds shows more",
    line: int | None = None,
    column: int | None = None,
) -> ContentError:
    origin = Origin(path=shown, line=line, column=column)
    return ContentError(message, code=code, hint=hint, origin=origin)
