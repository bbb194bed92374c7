"""What a work is in the words of no standard: the facts that every channel of report metadata writes."""

from dataclasses import dataclass

from exporters.common.licences import Terms


@dataclass(frozen=True)
class Body:
    """An organisation: publisher or affiliation."""

    name: str
    ror: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Name:
    """A person with a `family` name, or somebody with one undivided `literal` name."""

    family: str = ""
    given: str = ""
    literal: str = ""
    role: str = "author"
    orcid: str | None = None
    ror: str | None = None
    affiliation: Body | None = None
    corporate: bool = False

    @property
    def inverted(self) -> str:
        """`Nowell, Kristin`; a name that is not divided as it is."""
        return self.literal or ", ".join(part for part in (self.family, self.given) if part)


@dataclass(frozen=True)
class Container:
    """The journal or series that a work stands in, and its place there."""

    title: str
    issn: str | None = None
    number: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: tuple[str, ...] = ()
    """First and last page, or one page or article number."""


@dataclass(frozen=True)
class File:
    """One file of a work. Its absolute address is None where the channel does not know one."""

    url: str | None
    media_type: str | None
    size: int | None


@dataclass(frozen=True)
class Work:
    """A report or an article as libraries describe it. No text holds what XML or JSON cannot."""

    key: str
    """ASCII, unique in one language, made from the record's key: it never changes."""
    urn: str
    type: str
    """That of the report, or `article`."""
    title: str
    locale: str
    """Language of the description."""
    page: str
    """Its page on the site."""
    url: str
    """Where it can be read."""
    names: tuple[Name, ...]
    species: tuple[str, ...]
    """Scientific names."""
    topics: tuple[str, ...]
    countries: tuple[str, ...]
    """Names, in the language of the description."""
    holder: str
    terms: Terms | None
    publisher: Body | None
    issued: tuple[int, ...]
    """Year, month, day as far as they are known."""
    language: str | None
    """Language of the work, as far as it is known."""
    abstract: str
    """Plain text; empty lines part paragraphs."""
    related: tuple[str, ...]
    """The URNs of related works that may be shown."""
    subtitle: str = ""
    container: Container | None = None
    doi: str | None = None
    isbn: tuple[str, ...] = ()
    edition: str = ""
    extent: int | None = None
    """Pages."""
    files: tuple[File, ...] = ()
    citation: str = ""

    @property
    def full_title(self) -> str:
        """Title and subtitle in one line."""
        if not (self.title and self.subtitle):
            return self.title or self.subtitle
        return f"{self.title}{' ' if self.title.endswith(('?', '!', ':', '.', '…')) else ': '}{self.subtitle}"

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.species, *self.topics)))

    @property
    def creators(self) -> tuple[Name, ...]:
        """Those who stand for the work: its authors, else its editors, else everybody."""
        return self.by("author") or self.by("editor") or self.names

    @property
    def others(self) -> tuple[Name, ...]:
        """Those who do not stand for the work."""
        standing = {name.role for name in self.creators}
        return tuple(name for name in self.names if name.role not in standing)

    def by(self, role: str) -> tuple[Name, ...]:
        """Everybody with a role, in the order in which they are named."""
        return tuple(name for name in self.names if name.role == role)

    @property
    def day(self) -> str:
        """The date of issue as W3CDTF writes it; empty if it is not known."""
        return "-".join(f"{part:0{4 if at == 0 else 2}}" for at, part in enumerate(self.issued))
