"""Write the content types of every kind into a Strapi project: content_types.py FOLDER."""

import sys
from pathlib import Path

from exporters.base import ChannelContext
from exporters.strapi import StrapiExporter
from schemas.site import Site

folder = Path(sys.argv[1])
options = StrapiExporter.Options(url="http://127.0.0.1", token="env:NONE", locales=("en", "fr"))
exporter = StrapiExporter(options, ChannelContext("strapi", folder, Site(title="-", url="http://127.0.0.1")))
for done in exporter.setup(folder):
    sys.stdout.write(f"{done}\n")
