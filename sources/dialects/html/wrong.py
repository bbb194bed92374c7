"""Pages that are not what was asked for, though the answer was 200: login pages, notices of errors."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from schemas.errors import ContentError
from schemas.problems import Origin
from sources.dialects.html.metadata import plain

LONG = 1_500
"""Characters: a page that says more than this besides its form is no login page."""
_AROUND = frozenset(["header", "nav", "aside", "footer", "dialog"])
_LOGIN = re.compile(
    r"(?:please )?(?:log ?in|sign ?in|anmelden|anmeldung|connexion|se connecter|iniciar sesión|accedi)"
    r"(?:$| to | required\b|\s*[-–—|:·])",
    re.IGNORECASE,
)
_NOTICES = (
    r"(?:error\s*:?\s*)?(?:4\d\d|5\d\d)(?:$|\s*[-–—|:·]|\s+(?:not|forbidden|error|bad|service|internal)\b)",
    r"(?:oops\W+)?(?:(?:the|this) )?(?:page|site|file|content)?\s*(?:was |is )?not (?:found|available)\b",
    r"page (?:introuvable|no encontrada)|seite nicht gefunden",
    r"(?:403 )?forbidden|access denied|unauthori[sz]ed|too many requests",
    r"service (?:temporarily )?unavailable|bad gateway|gateway time-?out|internal server error",
    r"just a moment|attention required|are you (?:a )?(?:human|robot)|verify (?:that )?you are human",
    r"(?:closed|down) for maintenance|(?:site )?under maintenance|maintenance mode",
)
_ERROR = re.compile("|".join(f"(?:{one})" for one in _NOTICES), re.IGNORECASE)


def check_meant(tree: LexborHTMLParser, shown: str) -> None:
    """Raises ContentError if this is a login page, a notice of an error, or nothing at all."""
    body = tree.body
    words = plain(body.text(separator=" ")) if body is not None else ""
    titles = [plain(node.text()) for node in (*tree.css("title")[:1], *tree.css("h1")[:1])]
    if len(words) <= LONG and (_asks_password(tree) or any(_LOGIN.match(title) for title in titles)):
        message, hint = "it is a login page instead of content", "ask for access, or take the page out"
        raise _fault(shown, "source.login", message, hint)
    notice = next((title for title in titles if len(title) <= 120 and _ERROR.match(title)), None)
    if notice is not None and len(words) <= LONG:
        message = (
            f'it is a notice ("{notice[:80]}") instead of content, though the answer says that all is well'
        )
        raise _fault(shown, "html.notice", message, "try again later, or take the page out")
    if not words and not tree.css("img"):
        raise _fault(
            shown, "html.empty", "there is nothing to be read in it", "check that it is the right page"
        )


def _asks_password(tree: LexborHTMLParser) -> bool:
    """Whether a field for a password stands in the page itself, and not in what is around it."""
    return any(not _is_around(node) for node in tree.css('input[type="password" i]'))


def _is_around(node: LexborNode) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in _AROUND or "hidden" in (above.attributes or {}):
            return True
        above = above.parent
    return False


def _fault(shown: str, code: str, message: str, hint: str) -> ContentError:
    return ContentError(message, code=code, hint=hint, origin=Origin(path=shown))
