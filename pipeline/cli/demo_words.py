"""What the demo says of each kind of channel: its group, what it is, and who reads it."""

GROUPS = (
    ("For a site or an app of your own", ("json", "markdown")),
    ("For those who follow the news", ("jsonfeed", "rss", "atom")),
    ("For search engines", ("sitemap", "jsonld")),
    ("For those who cite", ("csl", "bibtex", "ris")),
    ("For libraries and registries", ("datacite", "dublincore", "oaipmh")),
    ("For people with a spreadsheet", ("csv", "xlsx")),
)
"""Kinds of channels by whom they are for, in the order of the page."""
OTHERS = "Other channels"

WORDS = {
    "json": (
        "JSON files",
        "Every record as one file, with an index and the images: read by websites and apps that you build.",
    ),
    "markdown": (
        "Markdown files",
        "Every record as a text file with fields in front: read by static site generators.",
    ),
    "jsonfeed": (
        "JSON Feed 1.1",
        "The news as JSON, with figures, species and citations: read by feed readers, apps and newsletters.",
    ),
    "rss": (
        "RSS 2.0",
        "The same news as XML: read by feed readers, newsletters and partners who ask for “the RSS feed”.",
    ),
    "atom": (
        "Atom",
        "The same news, more exact about dates and authors: read by feed readers, libraries and aggregators.",
    ),
    "sitemap": (
        "Sitemap",
        "The address of every page with its languages and images: read by the crawlers of search engines.",
    ),
    "jsonld": (
        "schema.org graph",
        "Every record as linked data in JSON-LD: read by search engines and knowledge graphs.",
    ),
    "csl": (
        "CSL-JSON",
        "Reports and articles as references: read by citation managers, document converters and editors.",
    ),
    "bibtex": ("BibTeX", "The same references as a database: read by LaTeX and by citation managers."),
    "ris": ("RIS", "The same references as tagged lines: read by citation managers and library catalogues."),
    "datacite": (
        "DataCite 4.6",
        "Every report with a DOI, as JSON and XML: read by registries of DOIs.",
    ),
    "dublincore": (
        "Dublin Core",
        "Reports as RDF in the fifteen elements that all catalogues know: read by libraries and archives.",
    ),
    "oaipmh": (
        "OAI-PMH 2.0",
        "Reports as answers to a harvester, page by page: read by the search portals of libraries.",
    ),
    "csv": ("CSV table", "A row for each record: read by spreadsheets, statistics programs and scripts."),
    "xlsx": (
        "Excel workbook",
        "A row for each record, with numbers that are numbers: read by people with a spreadsheet.",
    ),
}
"""By the name of the exporter: what to call its output, and one sentence."""
