"""A folder of a Git repository: what a revision holds, how it changes, and what a hostile one cannot do."""

import json
import os
import subprocess

import pytest

from schemas.problems import Problem
from sources.base import COMPLETE, Input
from sources.conformance import SourceConformance, anew, drain, read_all
from sources.git import GitSource

PAGE = "title: Leopards\nblocks:\n  - {type: text, body: x}\n"


class Repository:
    """A repository that a test writes; without a configuration of this machine."""

    def __init__(self, folder):
        self.folder, self.count = folder, 0
        folder.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments, data=b""):
        who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
        who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
        times = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{1717236000 + self.count} +0000")
        return subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **who, **times, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            input=data,
            check=True,
            capture_output=True,
        ).stdout.strip()

    def commit(self, **files):
        for name, text in files.items():
            path = self.folder / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.count += 1
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")
        return self.git("rev-parse", "HEAD").decode()

    def commit_tree(self, *entries):
        """A commit of a tree that no work tree could hold: `(mode, name, bytes or id)`."""
        lines = b""
        for mode, name, data in sorted(entries, key=lambda entry: entry[1]):
            ident = (
                data
                if isinstance(data, str)
                else self.git("hash-object", "-w", "--stdin", data=data).decode()
            )
            lines += mode.encode() + b" " + name + b"\0" + bytes.fromhex(ident)
        tree = self.git("hash-object", "-w", "--literally", "-t", "tree", "--stdin", data=lines).decode()
        self.count += 1
        commit = self.git("commit-tree", "-m", "x", tree).decode()
        self.git("update-ref", "refs/heads/main", commit)


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "elsewhere" / "site")


@pytest.fixture
def git(folder, repository):
    """The source, in a new run each time."""

    def make(**options):
        given = {"repository": str(repository.folder), "format": "yaml", **options}
        return GitSource(GitSource.Options(**given), folder.context)

    return make


class TestGit(SourceConformance):
    @pytest.fixture
    def source(self, git, repository):
        repository.commit(content__pages__a_yaml=PAGE, content__pages__b_fr_yaml="- title: A\n- title: B\n")
        return git(path="content/pages")

    @pytest.fixture
    def file(self, repository):
        return repository.folder / "content" / "pages" / "a.yaml"

    @pytest.fixture
    def missing(self, source, git):
        return git(path="no/such/place")

    @pytest.fixture
    def broken(self, source, repository):
        repository.commit(content__pages__a_yaml="title: [\n")
        return anew(source)

    def check_place(self, source, place):
        assert place.path.startswith(source.where)

    def test_a_changed_file_has_another_fingerprint(self, source, repository):
        before = self.parts(source)
        repository.commit(content__pages__a_yaml=PAGE.replace("Leopards", "Lynxes"))
        after = self.parts(anew(source))
        assert [one.name for one in before] == [one.name for one in after]
        assert after[0].fingerprint != before[0].fingerprint
        assert after[1].fingerprint == before[1].fingerprint, "only what has changed is read again"

    def test_an_input_that_is_cut_anywhere(self, source):
        """A blob comes whole or not at all: its id is the digest of its bytes."""
        part = self.parts(source)[0]
        assert part.fingerprint is not None
        assert len(part.fingerprint) == 40

    def test_what_vanishes_before_it_is_read_is_not_taken_for_empty(self, source):
        part = self.parts(source)[0]
        gone = part.model_copy(update={"fingerprint": "0" * 40})
        found, outcome = drain(anew(source).read(gone))
        assert outcome.state == "partial"
        assert any(isinstance(one, Problem) for one in found)


def names(source):
    records, problems, outcome = read_all(source)
    assert (problems, outcome) == ([], COMPLETE)
    return [(raw.name, raw.locale, raw.data["title"]) for raw in records]


def test_a_revision_is_a_branch_a_tag_or_a_commit(git, repository):
    first = repository.commit(a_yaml="title: One\n")
    repository.git("tag", "v1")
    repository.commit(a_yaml="title: Two\n")
    repository.git("branch", "other/name")
    assert names(git()) == [("a", None, "Two")]
    assert names(git(revision="v1")) == names(git(revision=first)) == [("a", None, "One")]
    assert names(git(revision="other/name")) == [("a", None, "Two")]


def test_places_are_those_of_the_repository(git, repository):
    repository.commit(content__x__a_fr_yaml="title: A\nsummary: 3\n")
    source = git(path="content")
    (raw,), _, _ = read_all(source)
    assert (raw.name, raw.locale) == ("x/a", "fr")
    assert str(source.locate(raw.origin, ("summary",))) == f"{repository.folder}/x/a.fr.yaml:2:1"


@pytest.mark.parametrize(
    ("format", "name", "text", "settings"),
    [
        ("markdown", "a.md", "# A\n\nBody\n", {}),
        ("json", "a.json", '{"title": "A"}', {}),
        ("csv", "a.csv", "Titel\nA\n", {"columns": {"Titel": "title"}}),
    ],
)
def test_each_format_is_read_by_its_source(git, repository, format, name, text, settings):
    (repository.folder / name).write_text(text)
    repository.commit()
    (raw,), problems, outcome = read_all(git(format=format, settings=settings, path=name))
    assert (raw.data["title"], problems, outcome) == ("A", [], COMPLETE)


def test_a_problem_names_the_file_as_people_know_it(git, repository):
    repository.commit(a_yaml="title: [\n")
    _, (problem,), outcome = read_all(git())
    assert problem.origin.path == f"{repository.folder}/a.yaml"
    assert "tree/" not in problem.message + (outcome.reason or "")
    assert outcome.state == "partial"


def test_what_cannot_be_fetched_now_is_what_was_fetched_before(git, repository, tmp_path):
    repository.commit(a_yaml=PAGE)
    whole = read_all(git())[0]
    os.rename(repository.folder, tmp_path / "away")
    records, problems, outcome = read_all(git())
    assert records == whole
    assert [one.code for one in problems] == ["git.failed", "source.stale"]
    assert outcome.state == "partial"


@pytest.mark.parametrize("options", [{"revision": "nothing"}, {"path": "nothing"}, {"repository": "nowhere"}])
def test_what_is_not_there_is_a_failure(git, repository, options):
    repository.commit(a_yaml=PAGE)
    records, problems, outcome = read_all(git(**options))
    assert (records, outcome.state, len(problems)) == ([], "failed", 1)


def test_an_unchanged_revision_keeps_its_fingerprints(git, repository):
    repository.commit(a_yaml=PAGE)
    assert list(git().inputs()) == list(git().inputs())


@pytest.mark.parametrize(
    "repository",
    ["ext::sh -c touch% x", "--upload-pack=touch x", "-x", "ssh://example.org/x", "git@example.org:x.git",
     "file:///x", "git://example.org/x", "https://user:pw@example.org/x", "fd::17", "transport::address", ""],
)  # fmt: skip
def test_addresses_that_run_something_or_are_none(repository):
    with pytest.raises(ValueError, match="repository"):
        GitSource.Options(repository=repository, format="yaml")


@pytest.mark.parametrize(
    "revision", ["--upload-pack=x", "-x", "a..b", "a:b", "a^{tree}", "@{1}", "a b", "+a", "", "a\nb", "*"]
)
def test_revisions_that_are_none(revision):
    with pytest.raises(ValueError, match="revision"):
        GitSource.Options(repository="x", format="yaml", revision=revision)


@pytest.mark.parametrize("path", ["../x", "/etc", "a/../../b", "-x", "a\\b", "a\nb"])
def test_paths_that_lead_out(path):
    with pytest.raises(ValueError, match="path"):
        GitSource.Options(repository="x", format="yaml", path=path)


@pytest.mark.parametrize("settings", [{"path": "/etc"}, {"no_such_option": 1}])
def test_settings_of_the_reader_are_checked(settings):
    with pytest.raises(ValueError, match="settings"):
        GitSource.Options(repository="x", format="yaml", settings=settings)


SECRET = b"title: Secret\n"


def test_links_and_submodules_are_not_followed(git, repository, tmp_path):
    (tmp_path / "secret.yaml").write_bytes(SECRET)
    commit = repository.commit(a_yaml=PAGE)
    repository.commit_tree(
        ("100644", b"a.yaml", PAGE.encode()),
        ("120000", b"link.yaml", str(tmp_path / "secret.yaml").encode()),
        ("160000", b"module", commit),
        ("120000", b"folder", str(tmp_path).encode()),
    )
    records, problems, outcome = read_all(git())
    assert [raw.name for raw in records] == ["a"]
    assert sorted(one.code for one in problems) == ["git.link", "git.submodule"]
    assert outcome == COMPLETE


@pytest.mark.parametrize("name", [b"..", b".git", b"a/../../b.yaml", b"/x.yaml", b""])
def test_trees_that_lead_out_are_refused(git, repository, folder, name):
    blob = PAGE.encode()
    repository.commit_tree(("100644", name, blob), ("100644", b"z.yaml", blob))
    before = {path for path in folder.root.parent.rglob("*") if ".leopard" not in path.parts}
    records, _, outcome = read_all(git())
    assert (records, outcome.state) == ([], "failed")
    assert {path for path in folder.root.parent.rglob("*") if ".leopard" not in path.parts} == before


@pytest.mark.parametrize("name", [b"a\nb.yaml", b"a\x1b[2J.yaml", b"\xff.yaml", b"a\\b.yaml"])
def test_names_that_nobody_can_see_are_left_out(git, repository, name):
    repository.commit_tree(("100644", name, b"title: X\n"), ("100644", b"z.yaml", PAGE.encode()))
    records, (problem,), outcome = read_all(git())
    assert [raw.name for raw in records] == ["z"]
    assert (problem.code, outcome.state) == ("git.path", "partial")
    assert "\x1b" not in problem.message + str(problem.origin)


def test_nothing_of_the_repository_is_ever_run(git, repository, tmp_path, monkeypatch):
    """Hooks, filters, configuration, and what the environment would add."""
    mark = tmp_path / "ran"
    script = f"#!/bin/sh\ntouch {mark}\n"
    repository.commit(a_yaml=PAGE, _gitattributes="*.yaml filter=x diff=x\n", _gitmodules='[submodule "x"]\n')
    for hook in (
        "post-checkout",
        "reference-transaction",
        "pre-auto-gc",
        "post-merge",
        "proc-receive",
        "update",
    ):
        path = repository.folder / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)
    evil = tmp_path / "evil"
    evil.write_text(script)
    evil.chmod(0o755)
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "filter.x.smudge", "uploadpack.packObjectsHook",
                 "core.gitProxy", "diff.external", "credential.helper", "core.alternateRefsCommand"):  # fmt: skip
        repository.git("config", name, str(evil))
    for name in ("GIT_SSH_COMMAND", "GIT_PROXY_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_ASKPASS", "GIT_EXEC_PATH"):
        monkeypatch.setenv(name, str(evil))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(evil))
    assert names(git()) == [("a", None, "Leopards")]
    assert not mark.exists()


def test_a_repository_cannot_fill_the_disk(git, repository):
    (repository.folder / "a.yaml").write_bytes(os.urandom(3_000_000))
    repository.commit()
    _, (problem,), outcome = read_all(git(max_size=1))
    assert (problem.code, outcome.state) == ("fetch.too_large", "failed")


def test_content_of_a_repository_names_no_file_of_this_project(git, repository):
    repository.commit(a_yaml="kind: asset\nfile: ../../leopard.yaml\ntitle: A\n")
    (raw,), (problem,), _ = read_all(git())
    assert "file" not in raw.data
    assert problem.code == "source.names_files"


def test_a_redirect_is_not_followed(git, web, other_web):
    web.redirect("/x/info/refs", other_web.address + "/x/info/refs")
    web.redirect("/x/info/refs?service=git-upload-pack", other_web.address + "/x/info/refs")
    assert read_all(git(repository=web.address + "/x"))[2].state == "failed"
    assert len(web.seen) >= 1
    assert other_web.seen == []


def test_nothing_is_left_of_a_reading(git, repository, folder):
    repository.commit(a_yaml=PAGE)
    source = git()
    parts = [one for one in source.inputs() if isinstance(one, Input)]
    drain(source.read(parts[0]))
    assert list((folder.root / ".leopard" / "sources").glob("reading-*")) == []


def test_a_repository_that_fetches_what_it_lacks_runs_nothing(git, repository, tmp_path):
    """A partial clone asks its origin for missing objects, by whatever command its configuration names."""
    mark = tmp_path / "ran"
    repository.commit(a_yaml=PAGE)
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "evil",
        "remote.evil.url": f"ext::sh -c touch% {mark}",
        "remote.evil.promisor": "true",
        "protocol.ext.allow": "always",
        "protocol.allow": "always",
    }.items():
        repository.git("config", name, value)
    blob = repository.git("rev-parse", "HEAD:a.yaml").decode()
    (repository.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert read_all(git())[2].state == "failed"
    assert not mark.exists()


def test_the_golden_records(git, repository, request):
    repository.commit(content__pages__a_yaml=PAGE, content__pages__b_fr_yaml="- title: A\n- title: B\n")
    found, problems, outcome = read_all(git(path="content/pages"))
    assert (problems, outcome) == ([], COMPLETE)
    told = [
        {"data": one.data, "name": one.name, "locale": one.locale, "line": one.origin.line} for one in found
    ]
    golden = request.path.parent / "golden" / "git" / "records.json"
    assert json.dumps(told, ensure_ascii=False, indent=1) + "\n" == golden.read_text("utf-8")
