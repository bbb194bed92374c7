"""See that every image says whose it is and what it shows."""

import re
from functools import partial
from html import unescape

from pipeline.steps.base import Step
from schemas.asset import Asset, Attachment
from schemas.base import Model, RichText, in_language
from schemas.record import Path, Record
from schemas.walk import replace

_IMAGE = re.compile(r"""<img\b[^>]*?\ssrc="([^"]*)\"""")
_SEEN = ("image/", "video/")


class Credits(Step):
    """Checks assets that are seen, and images in the text.

    Without credit, photographer and agency an asset is held back. Whether rights have expired depends on
    the day and is not judged here.
    """

    name = "credits"
    remembered = True

    class Options(Model):
        """None: a missing credit is a missing right."""

    def change(self, record: Record) -> Record:
        if isinstance(record, Asset):
            return self._asset(record) if _is_seen(record) else record
        return replace(record, RichText, partial(self._prose, record))

    def _asset(self, asset: Asset) -> Asset:
        if not asset.credit:
            line = " / ".join(part for part in (asset.photographer, asset.agency) if part)
            if line:
                asset = asset.model_copy(update={"credit": f"© {line}"})
            else:
                self.context.report(
                    asset,
                    "asset.no_credit",
                    f"{asset.key} does not say whose it is",
                    path=("credit",),
                    hint="write its `credit`, or its `photographer` or `agency`",
                    severity="error",
                )
        self._words(asset)
        if not asset.licence:
            message = f"{asset.key} does not say on which terms it may be shown"
            self.context.report(
                asset, "asset.no_licence", message, path=("licence",), hint="write its `licence`"
            )
        return asset

    def _words(self, asset: Asset) -> None:
        languages = self.context.site.languages
        missing = [tag for tag in languages if not (in_language(asset.alt, tag) or "").strip()]
        if missing and not asset.decorative:
            self.context.report(
                asset,
                "asset.no_alt",
                f"{asset.key} has no words for those who do not see it in: {', '.join(missing)}",
                path=("alt",),
                hint="write its `alt` in each language, or `decorative: true` if it says nothing",
            )

    def _prose(self, record: Record, rich: RichText, path: Path) -> RichText:
        for source in dict.fromkeys(_IMAGE.findall(rich.text)):
            if not source.startswith("asset:"):
                self.context.report(
                    record,
                    "image.not_an_asset",
                    f"the image {unescape(source)} in the text is no asset, so it has no credit",
                    path=path,
                    hint="add an asset record for it and write ![…](asset:NAME)",
                )
        return rich


def _is_seen(asset: Asset) -> bool:
    if isinstance(asset, Attachment):
        return False
    return asset.media_type is None or asset.media_type.startswith(_SEEN)
