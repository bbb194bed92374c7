"""The text of a page, decoded as browsers do it or refused, and not so deep that a parser takes long."""

import codecs
import re
from collections import Counter

from schemas.errors import ContentError
from schemas.problems import Origin

DEEPEST = 250
"""Elements inside each other; pages of people have fewer than a hundred."""
MOST_TAGS = 500_000
LONGEST_TAG = 1_000_000
"""Characters of one tag: an image that stands in its own address may be long."""
_START = 1_024
"""Bytes in which a page has to say its encoding (WHATWG HTML, 4.2.5.4)."""
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_AS_WEB = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949"}
"""What these names mean on the web (WHATWG Encoding, 4.2)."""
_NAMES = """
utf-8 utf-16 utf-16-le utf-16-be cp866 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7
iso8859-8 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman cp874
cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 gb18030 big5 euc_jp iso2022_jp
shift_jis cp949
"""
_KNOWN = frozenset(_NAMES.split())
"""The encodings of the web, as Python calls them; others of Python's are no encodings of texts."""
_ASIDE = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|textarea|title)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,40})")
_UNCLOSED = """
area base br col embed hr img input link meta source track wbr p li dt dd tr td th thead tbody tfoot
option
"""
_VOID = frozenset(_UNCLOSED.split())
"""Elements that are not closed, or need not be."""
_END = re.compile(r"</html\s*>(?:\s|<!--.*?-->)*\Z", re.IGNORECASE | re.DOTALL)


def decoded(data: bytes, charset: str | None, shown: str) -> str:
    """The text of a page: by its BOM, by HTTP (`charset`), by its own word, else UTF-8.

    Raises ContentError with the offset of the first byte that cannot be.
    """
    name, encoding = _encoding(data, charset, shown)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _fault(
            shown, "file.encoding", f"byte {error.start} is not valid {name}", "save the page as UTF-8"
        ) from None
    if "\0" in text:
        hint = "check that it is the right file"
        raise _fault(shown, "file.binary", "there is a NUL character, so this is no web page", hint)
    return text


def _encoding(data: bytes, charset: str | None, shown: str) -> tuple[str, str]:
    """The name of the encoding as it was said, and as Python knows it."""
    bom = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    if bom is not None:
        return bom.removesuffix("-sig"), bom
    start = data[:_START]
    found = _META.search(start) or _XML.match(start)
    said = charset or (found[1].decode() if found else "utf-8")
    try:
        known = codecs.lookup(said).name
    except LookupError:
        known = ""
    known = _AS_WEB.get(known, known)
    if known.startswith("utf-16") and charset is None:
        known = "utf-8"  # what can be read so far is not UTF-16 (WHATWG HTML, 13.2.3.2)
    if known not in _KNOWN:
        hint = "save the page as UTF-8"
        raise _fault(shown, "file.encoding", f"nobody knows the encoding {said!r}", hint)
    return said, known


def check_bounds(text: str, shown: str) -> None:
    """Raises ContentError if a parser would need long for it."""
    bare = _ASIDE.sub("", text)
    if bare.count("<") > MOST_TAGS:
        raise _deep(shown, f"it has more than {MOST_TAGS:,} tags")
    if any(len(piece) > LONGEST_TAG and ">" not in piece[:LONGEST_TAG] for piece in bare.split("<")):
        raise _deep(shown, f"a tag of it has more than {LONGEST_TAG:,} characters")
    open_now: Counter[str] = Counter()
    depth = 0
    for found in _TAG.finditer(bare):
        name = found[2].lower()
        if name in _VOID:
            continue
        if not found[1]:
            open_now[name] += 1
            depth += 1
        elif open_now[name]:
            open_now[name] -= 1
            depth -= 1
        if depth > DEEPEST:
            raise _deep(shown, f"its elements are nested more than {DEEPEST} deep")


def has_end(text: str) -> bool:
    """Whether a page says that it ends where it ends."""
    return _END.search(text[-10_000:]) is not None


def _deep(shown: str, what: str) -> ContentError:
    return _fault(shown, "html.too_much", what, "check that it is a page for people; it is left out")


def _fault(shown: str, code: str, message: str, hint: str) -> ContentError:
    return ContentError(message, code=code, hint=hint, origin=Origin(path=shown))
