"""The example of each page about a source is run, against a server that answers as the real one does."""

import re
import subprocess

import pytest

from schemas import plugins
from schemas.site import Site
from sources.base import COMPLETE, SourceContext
from sources.common import yaml_text
from sources.conformance import read_all

SITE = Site(title="Leopards", url="https://example.org", languages=["en", "fr"])
KINDS = {"oaipmh": "report", "crossref": "report", "datacite": "report", "gbif": "species", "git": "page"}


@pytest.fixture
def service(web, root):
    """Everything that the examples ask for; its address."""
    golden = root / "tests" / "sources" / "golden"
    web.put("/works/10.5555%2FSpots.2016.10", (golden / "crossref" / "work.json").read_bytes())
    web.put("/dois/10.5555%2Fblind-spot", (golden / "datacite" / "doi.json").read_bytes())
    identity = b"<OAI-PMH><Identify><granularity>YYYY-MM-DD</granularity></Identify></OAI-PMH>"
    web.put("/oai?verb=Identify", identity)
    web.put("/oai", (golden / "oaipmh" / "dublin-core.xml").read_bytes())
    for name, path in {"": "usage", "/synonyms": "synonyms", "/vernacularNames": "names",
                       "/iucnRedListCategory": "red_list"}.items():  # fmt: skip
        web.put(f"/v1/species/5219436{name}", (golden / "gbif" / f"{path}.json").read_bytes())
    match = b'{"usageKey": 5219436, "matchType": "EXACT", "canonicalName": "Panthera pardus"}'
    web.put("/v1/species/match", match)
    return web.address


def example(page):
    """Name of the source that the first example of a page uses, and its options."""
    text = page.partition("```yaml\n")[2].partition("```")[0]
    ((_, options),) = yaml_text.load(text, "page")["sources"].items()
    return options.pop("use"), options


@pytest.mark.parametrize("name", KINDS)
def test_the_example_gives_records(pages, service, tmp_path, name):
    use, options = example(pages[f"docs/sources/{name}.md"])
    assert use == name
    if name == "git":
        repository(tmp_path / "partner-site")
    else:
        options["url"] = service + re.sub(r"^https?://[^/]+", "", options.get("url", ""))
    project = tmp_path / "project"
    project.mkdir()
    of = plugins.find("sources", use)
    source = of(of.Options.model_validate(options), SourceContext(project, SITE))
    records, problems, outcome = read_all(source)
    assert (problems, outcome) == ([], COMPLETE)
    kinds = {raw.data.get("kind", source.default_kind) for raw in records}
    assert KINDS[name] in kinds
    model = plugins.find("kinds", KINDS[name])
    one = next(raw for raw in records if raw.data.get("kind", source.default_kind) == KINDS[name])
    key = f"{KINDS[name]}:{one.name}"
    assert model.model_validate({"key": key, "locale": "en", **one.data}).key == key


def repository(folder):
    """A repository with a page in it."""
    page = folder / "content" / "pages" / "leopards.yaml"
    page.parent.mkdir(parents=True)
    page.write_text("title: Leopards\n")
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for line in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *line], cwd=folder, check=True, capture_output=True)
