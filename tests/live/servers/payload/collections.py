"""collections.py FOLDER: what `leopard channel setup` writes for Payload, for a site in English and French."""

import sys
from pathlib import Path

from exporters.payload import PayloadExporter
from exporters.trial import context

folder = Path(sys.argv[1])
options = PayloadExporter.Options(url="http://127.0.0.1", api_key="env:NONE")
for sentence in PayloadExporter(options, context(folder)).setup(folder):
    print(sentence)
