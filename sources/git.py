"""A folder in a Git repository at a revision, read as files of people are read."""

import re
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from shutil import rmtree
from tempfile import mkdtemp
from typing import Annotated, Any, Literal
from weakref import finalize

from pydantic import AfterValidator, Field, ValidationError, model_validator

from schemas import canonical, plugins
from schemas.errors import ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from sources.base import COMPLETE, Input, Inputs, Outcome, Raw, Reading, Source, SourceContext, SourceOptions
from sources.common.files import FolderSource
from sources.common.remote import FOLDER, ONE_RUN, harmless
from sources.dialects.git.command import Git, scratch
from sources.dialects.git.tree import Entry, entries
from transport.addresses import shown, target_of

AT = "refs/leopard/at"
"""In the repository of ours, the revision that is read."""
TREE = "tree"


def _repository(text: str) -> str:
    """An address of http or https without credentials, or a path."""
    if re.match(r"https?://", text, re.IGNORECASE):
        try:
            target_of(text)
        except ContentError as error:
            raise ValueError(error.message) from None
        if "@" in text.partition("://")[2].partition("/")[0]:
            raise ValueError("credentials do not stand in an address")
    elif ":" in text or text.startswith("-") or "\0" in text:
        raise ValueError(
            "a repository is a path, or an address of https; other ways to reach one are refused"
        )
    return text


def _inner_path(text: str) -> str:
    parts = PurePosixPath(text).parts
    if text.startswith(("/", "-")) or ".." in parts or "\\" in text or any(ord(mark) < 32 for mark in text):
        raise ValueError("a path inside the repository, such as content/pages")
    return "/".join(part for part in parts if part != ".")


class GitSource(Source):
    """Files in a Git repository at a revision, as the sources `yaml`, `markdown`, `json` and so on read them.

    Only objects are fetched. Nothing is checked out, so no hook, filter, link or submodule does anything.
    """

    name = "git"

    class Options(SourceOptions):
        repository: Annotated[str, AfterValidator(_repository)] = Field(
            min_length=1, description="Address (https), or path from the project folder"
        )
        revision: str = Field(
            "HEAD",
            pattern=r"^[A-Za-z0-9_]([._/+-]?[A-Za-z0-9_]){0,199}$",
            description="Branch, tag, or whole id of a commit",
        )
        path: Annotated[str, AfterValidator(_inner_path)] = Field(
            "", description="A file, or a folder with all that is below it; by default everything"
        )
        format: Literal["yaml", "markdown", "json", "csv", "xlsx"] = Field(
            description="The source that reads the files"
        )
        settings: dict[str, Any] = Field(
            {}, description="Options of that source besides `path`, such as `columns` or `lists`"
        )
        timeout: float = Field(120.0, gt=0, description="Seconds that fetching may take")
        max_size: float = Field(500.0, gt=0, description="Most megabytes that are fetched at once")

        @model_validator(mode="after")
        def _known(self) -> "GitSource.Options":
            reader = plugins.find("sources", self.format)
            try:
                reader.Options.model_validate({**self.settings, "path": TREE})
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(map(str, first["loc"]))
                raise ValueError(f"settings: {place}: {first['msg']}") from None
            if "path" in self.settings:
                raise ValueError("settings: `path` stands beside them")
            return self

    options: Options

    def __init__(self, options: Any, context: SourceContext) -> None:
        super().__init__(options, context)
        of = self.options
        self.is_remote = bool(re.match(r"https?://", of.repository, re.IGNORECASE))
        self.where = shown(of.repository) if self.is_remote else of.repository
        self.reader = plugins.find("sources", of.format)
        self.default_kind = self.reader.default_kind  # type: ignore[misc]  # that of the source which reads
        configured = canonical.digest(
            {"uses": self.name, "repository": of.repository, "revision": of.revision}
        )
        self.git = Git(context.root / FOLDER / f"{configured[:24]}.git", self.where, of.timeout)
        self._asked: tuple[float, ContentError | None] = (0.0, None)
        self._looked: tuple[str, FolderSource] | None = None

    def inputs(self) -> Inputs:
        error = self._ask()
        outcome = COMPLETE
        if error is not None:
            yield error.problem
            outcome = Outcome(state="failed", reason=error.message)
        try:
            at, changed = self._commit()
            if error is not None:
                yield self._stale(at)
                outcome = Outcome(state="partial", reason=error.message)
            for found in self._entries():
                if isinstance(found, Problem):
                    if found.severity == "error":
                        outcome = outcome.worst(Outcome(state="partial", reason=found.message))
                    yield found
                else:
                    yield Input(name=self._shown(found.path), fingerprint=found.blob, changed_at=changed)
        except ContentError as failed:
            if error is None:
                yield failed.problem
                outcome = Outcome(state="failed", reason=failed.message)
        return outcome

    def _ask(self) -> ContentError | None:
        """Fetch what the revision is now; the error if that cannot be had."""
        asked, error = self._asked
        if not asked or time.monotonic() - asked > ONE_RUN:
            try:
                self._fetch()
                error = None
            except ContentError as failed:
                error = failed
            self._asked = time.monotonic(), error
        return error

    def _fetch(self) -> None:
        options, git = self.options, self.git
        place = (
            options.repository if self.is_remote else str((self.context.root / options.repository).resolve())
        )
        if not (git.folder / "HEAD").exists():
            try:
                git.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise git.error("file.unwritable", f"cannot be kept: {error.strerror}", "make room") from None
            git.run("init", "--quiet", "--bare", "--template=")
        git.run(
            "fetch", "--quiet", "--no-tags", "--depth=1", "--no-recurse-submodules", "--no-write-fetch-head",
            "--no-auto-maintenance", "--force", "--", place, f"{options.revision}:{AT}",
            largest=int(options.max_size * 1_000_000),
        )  # fmt: skip

    def _commit(self) -> tuple[str, float]:
        """Id and time of the commit that is read."""
        said = self.git.run("log", "-1", "--no-show-signature", "--format=%H %ct", AT, "--").split()
        return said[0].decode("ascii", "replace"), float(said[1])

    def _entries(self) -> Iterator[Entry | Problem]:
        path = self.options.path
        if path:
            try:
                self.git.run("rev-parse", "--quiet", "--verify", "--end-of-options", f"{AT}:{path}")
            except ContentError:
                hint = "correct `path` or `revision`"
                raise self.git.error(
                    "source.missing", f"has no {path} at {self.options.revision}", hint
                ) from None
        only = ["--", path] if path else []
        listing = self.git.run("ls-tree", "-r", "-l", "-z", "--full-tree", AT, *only)
        return entries(listing, path, self.reader.suffixes, self.where)

    def read(self, part: Input) -> Reading:
        try:
            with scratch(self.context.root / FOLDER) as root:
                inner = self._inner(root, part.name, part.fingerprint or "")
                return (yield from harmless(self._told(inner, part)))
        except (ContentError, OSError) as error:
            why = error.message if isinstance(error, ContentError) else str(error.strerror).lower()
            code = error.code if isinstance(error, ContentError) else "file.unreadable"
            yield Problem(code=code, message=why, hint="run again", origin=Origin(path=part.name))
            return Outcome(state="partial", reason=f"{part.name}: {why}")

    def _inner(self, root: Path, name: str, blob: str) -> FolderSource:
        """The source that reads one file, which lies in a folder of its own."""
        if not re.fullmatch(r"[0-9a-f]{40,64}", blob):
            raise self.git.error("source.gone", f"does not have {name} any more", "run again")
        target = root / TREE / self._inside(name)
        target.parent.mkdir(parents=True)
        with self.git.objects() as objects:
            objects.write(blob, target)
        options = self.reader.Options.model_validate({**self.options.settings, "path": TREE})
        source: FolderSource = self.reader(options, SourceContext(root, self.context.site))
        return source

    def _told(self, inner: FolderSource, part: Input) -> Reading:
        """What the reader says, with the names that people know."""
        own = f"{TREE}/{self._inside(part.name)}"
        reading = inner.read(Input(name=own))
        while True:
            try:
                found = next(reading)
            except StopIteration as end:
                reason = end.value.reason and end.value.reason.replace(own, part.name)
                return Outcome(state=end.value.state, reason=reason)
            origin = found.origin and found.origin.model_copy(update={"path": part.name})
            if isinstance(found, Problem):
                message = found.message.replace(own, part.name)
                yield found.model_copy(update={"origin": origin, "message": message})
            else:
                assert origin is not None, "every record comes from somewhere"
                yield Raw(found.data, origin, found.name, found.locale, found.implied)

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        own = f"{TREE}/{self._inside(origin.path)}"
        try:
            inner = self._at_hand(origin.path)
        except (ContentError, OSError):
            return origin
        place = inner.locate(origin.model_copy(update={"path": own}), path)
        return place.model_copy(update={"path": origin.path})

    def _at_hand(self, name: str) -> FolderSource:
        """The source for one file, which stays there for the next question."""
        if self._looked is None or self._looked[0] != name:
            inside = self._inside(name)
            folder, path = self.options.path, f"{self.options.path}/{inside}" if self.options.path else inside
            whole = folder if PurePosixPath(folder).suffix.lower() in self.reader.suffixes else path
            blob = self.git.run("rev-parse", "--verify", "--end-of-options", f"{AT}:{whole}").decode().strip()
            held = mkdtemp()
            inner = self._inner(Path(held), name, blob)
            finalize(inner, rmtree, held, ignore_errors=True)
            self._looked = name, inner
        return self._looked[1]

    def _shown(self, path: str) -> str:
        return f"{self.where}/{path}"

    def _inside(self, name: str) -> str:
        return name.removeprefix(f"{self.where}/")

    def _stale(self, at: str) -> Problem:
        return Problem(
            code="source.stale",
            message=f"the commit {at[:12]} of {self.where}, which was fetched before, is used in its place",
            hint="nothing is removed because of it; the next run asks again",
            severity="warning",
            origin=Origin(path=self.where),
        )
