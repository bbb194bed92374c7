"""Files of reports: each that lies in the project becomes an asset, and channels take it as they take images.

Order, one upload a channel, other bytes, embargo and undoing then come from what there is for assets.
"""

from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from slugify import slugify

from pipeline.read import Content
from schemas.asset import Attachment
from schemas.report import Report, ReportFile

FILES = "asset:files/"
"""How the keys of such assets begin."""
LONGEST_NAME, LONGEST_TITLE = 60, 300


def attach(content: Content, locale: str) -> None:
    """Let reports name assets in place of paths, and put those beside them; `locale` is the site's first."""
    named: dict[str, list[tuple[Report, ReportFile]]] = {}
    cards = [card for card in content.cards.naming_files() if card.kind == "report"]
    for card in sorted(cards, key=lambda one: (one.locale != locale, one.ident)):
        report = content.store.load(card)
        if not isinstance(report, Report):
            continue
        files = tuple(_attached(report, one) for one in report.files)
        content.put(report.model_copy(update={"files": files}), card.ident)
        for before, now in zip(report.files, files, strict=True):
            if now is not before and now.asset:
                named.setdefault(now.asset, []).append((report, before))
    for key, uses in named.items():
        report, file = uses[0]
        asset = _asset(key, file, report, locale).model_copy(update=_window([one for one, _ in uses]))
        content.put(asset, report.ident)


def _attached(report: Report, one: ReportFile) -> ReportFile:
    if one.path is None or one.url:
        return one
    return one.model_copy(update={"asset": key_of(report.key, one.path), "file": None, "path": None})


def key_of(report: str, path: str) -> str:
    """The durable key of a report's file: the same in every language, whatever its label and its bytes."""
    told = slugify(PurePosixPath(path).stem, max_length=LONGEST_NAME) or "file"
    return f"{FILES}{told}-{sha256(f'{report} {path}'.encode()).hexdigest()[:8]}"


def _asset(key: str, file: ReportFile, report: Report, locale: str) -> Attachment:
    return Attachment.model_construct(
        key=key,
        locale=locale,
        title=(file.label or PurePosixPath(file.path or "").name)[:LONGEST_TITLE],
        path=file.path,
        media_type=file.media_type,
        size=file.size,
        digest=file.checksum,
        licence=report.licence,
    )


def _window(reports: list[Report]) -> dict[str, Any]:
    """When it may be shown: as soon as one of its reports may, until the last of them may not.

    In between it is shown with a report that is, or not at all.
    """
    shown = [one for one in reports if one.status == "published"]
    if not shown:
        return {"status": reports[0].status}
    opens = [max(filter(None, (one.published_at, one.embargo_until)), default=None) for one in shown]
    closes = [one.closes_at for one in shown]
    first, last = [one for one in opens if one], [one for one in closes if one]
    return {
        "embargo_until": min(first) if len(first) == len(opens) else None,
        "expires_at": max(last) if len(last) == len(closes) else None,
    }
