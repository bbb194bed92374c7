import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DC, DCTERMS, RDFS

from exporters.common.bibliography import line
from exporters.common.parts import urn_of
from exporters.dublincore import DublinCoreExporter
from schemas.errors import Rejected

OUNCE = URIRef("urn:uuid:0302794b-f6c3-57e6-bb72-7bc3c2c0576b")


@pytest.fixture
def exporter(context):
    return DublinCoreExporter(DublinCoreExporter.Options(path="public/reports.rdf"), context)


@pytest.fixture
def written(exporter, context, desire, make):
    """What an independent reader finds in the document that the channel writes for some records."""

    def write(*reports, records=None):
        known = make.records(*(records or ()), *reports)
        list(exporter.publish([exporter.create(desire(exporter, one, known)) for one in reports], ()))
        return Graph().parse(context.root / "public/reports.rdf", format="xml")

    return write


def texts(graph, name, about=OUNCE):
    return {str(value) for value in graph.objects(about, name)}


def test_a_report_as_it_stands_in_the_document(written, make, context):
    written(make.report(authors=[{"family": "Nowell", "given": "K."}], files=(), abstract=None))

    assert (
        (context.root / "public/reports.rdf").read_text("utf-8")
        == """<?xml version="1.0" encoding="UTF-8"?>
<!-- urn:leopard:dublincore:1 -->
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" \
xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">
  <rdf:Description rdf:about="urn:uuid:0302794b-f6c3-57e6-bb72-7bc3c2c0576b">
    <dc:title xml:lang="en">An Ounce of Prevention</dc:title>
    <dc:creator>Nowell, K.</dc:creator>
    <dcterms:issued rdf:datatype="http://purl.org/dc/terms/W3CDTF">2016-10</dcterms:issued>
    <dcterms:type rdf:resource="http://purl.org/dc/dcmitype/Text"/>
    <dc:type>report</dc:type>
    <dc:identifier>https://reports.example.org/ounce</dc:identifier>
    <dc:identifier>urn:uuid:0302794b-f6c3-57e6-bb72-7bc3c2c0576b</dc:identifier>
    <dc:language>en</dc:language>
    <dcterms:bibliographicCitation>Nowell, K. (2016). An Ounce of Prevention.</dcterms:bibliographicCitation>
  </rdf:Description>
</rdf:RDF>
"""
    )


def test_every_fact_comes_back(context, written, make, records):
    report = make.report(
        subtitle="Crime",
        isbn=["978-1-85850-409-4"],
        doi="10.1234/o<u>nce",
        pages=46,
        series={"title": "Species & Danger", "issn": "1932-6203"},
        species=["species:amur"],
        countries=["IN"],
        licence="CC-BY-4.0",
        rights={"holder": "WTS"},
        related=["report:other", "report:secret"],
        authors=[{"family": "A", "given": "B"}, {"name": "Ed & Co", "role": "editor"}],
    )
    graph = written(report, make.report(key="report:other"), records=records)

    assert list(graph.objects(OUNCE, DC.title)) == [Literal("An Ounce of Prevention: Crime", lang="en")]
    assert texts(graph, DC.creator) == {"A, B"}
    assert texts(graph, DC.contributor) == {"Ed & Co"}
    assert texts(graph, DC.publisher) == {"Specialists"}
    assert list(graph.objects(OUNCE, DCTERMS.issued)) == [Literal("2016-10", datatype=DCTERMS.W3CDTF)]
    assert texts(graph, DC.identifier) == {
        "https://doi.org/10.1234/o<u>nce",
        "urn:isbn:978-1-85850-409-4",
        "https://reports.example.org/ounce",
        str(OUNCE),
    }
    (series,) = graph.objects(OUNCE, DCTERMS.isPartOf)
    assert texts(graph, DC.title, series) == {"Species & Danger"}
    assert texts(graph, DC.identifier, series) == {"urn:issn:1932-6203"}
    assert texts(graph, DC.subject) == {"Panthera pardus orientalis"}
    assert list(graph.objects(OUNCE, DC.coverage)) == [Literal("India", lang="en")]
    assert texts(graph, DCTERMS.abstract) == {"Snow Leopard crime revisited."}
    assert texts(graph, DC.format) == {"application/pdf"}
    assert list(graph.objects(OUNCE, DCTERMS.hasFormat)) == [URIRef("https://example.org/files/ounce.pdf")]
    assert list(graph.objects(OUNCE, DCTERMS.license)) == [
        URIRef("https://creativecommons.org/licenses/by/4.0/")
    ]
    assert texts(graph, DC.rights) == {"Creative Commons Attribution 4.0 International"}
    assert list(graph.objects(OUNCE, DCTERMS.relation)) == [URIRef(urn_of("report:other@en", context.site))]
    (holder,), (extent,) = graph.objects(OUNCE, DCTERMS.rightsHolder), graph.objects(OUNCE, DCTERMS.extent)
    assert (texts(graph, RDFS.label, holder), texts(graph, RDFS.label, extent)) == ({"WTS"}, {"46 pages"})


def test_a_dataset_is_no_text(written, make):
    graph = written(make.report(type="dataset"))
    assert texts(graph, DCTERMS.type) == {"http://purl.org/dc/dcmitype/Dataset"}


def test_an_article(context, written, make, records):
    graph = written(make.article(), records=records)
    about = URIRef(urn_of("article:2024/amur-count@en", context.site))
    assert texts(graph, DC.publisher, about) == {"Wildlife Trade Specialists"}
    assert texts(graph, DCTERMS.issued, about) == {"2024-05-01"}
    assert texts(graph, DC.creator, about) == {"Compton, James"}


def test_ten_thousand_authors(written, make):
    graph = written(make.report(authors=[{"given": f"G{n}", "family": f"F{n}"} for n in range(10_000)]))
    assert texts(graph, DC.creator) == {f"F{n}, G{n}" for n in range(10_000)}


def test_a_document_of_ours_is_known_again_and_no_other(written, exporter, context, make):
    path = context.root / "public/reports.rdf"
    for reports in ([make.report()], []):
        written(*reports)
        assert exporter.is_ours(path, "reports.rdf")
    path.write_text("<rdf:RDF/>")
    with pytest.raises(Rejected):
        written(make.report())


def test_the_same_again_is_not_touched(written, make, context):
    written(make.report())
    before = (context.root / "public/reports.rdf").stat().st_mtime_ns
    written(make.report())
    assert (context.root / "public/reports.rdf").stat().st_mtime_ns == before


words = st.text(st.characters(), min_size=1, max_size=40) | st.sampled_from(["]]>", "<b>&amp;</b>", "a\x00b"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=words, family=words, series=words, tag=words)
def test_any_text_comes_back(written, make, title, family, series, tag):
    report = make.report(series={"title": "S"}, tags=("t",))
    odd = report.model_copy(
        update={
            "title": title,
            "tags": (tag,),
            "authors": (report.authors[0].model_copy(update={"family": family, "given": None}),),
            "series": report.series.model_copy(update={"title": series}),
        }
    )
    graph = written(odd)
    assert texts(graph, DC.title) == ({line(title)} - {""})
    assert texts(graph, DC.subject) == ({line(tag)} - {""})
    if line(family):
        assert texts(graph, DC.creator) == {line(family)}
    if line(series):
        (container,) = graph.objects(OUNCE, DCTERMS.isPartOf)
        assert texts(graph, DC.title, container) == {line(series)}
