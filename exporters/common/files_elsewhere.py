"""What channels share that name the files of reports and hold none: another channel's are named."""

from pydantic import Field

from exporters.common.folder import FolderExporter
from schemas.asset import Asset


class FilesElsewhere(FolderExporter):
    """Names files by the address that they have on another channel, if the options tell it."""

    class Options(FolderExporter.Options):
        files: str | None = Field(
            None,
            pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
            description="Address of the folder where another channel puts assets, such as PDFs of reports; "
            "without it, only files that have an address of their own are named",
        )

    options: Options

    def asset_url(self, asset: Asset) -> str | None:
        return self.asset_elsewhere(asset, self.options.files)
