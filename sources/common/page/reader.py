"""Read a captured page from top to bottom: what stands at its head, then one rule for each thing below."""

from schemas.record import Path
from sources.common.page.draft import Draft, Found, slug_of
from sources.common.page.parts import (
    SHORT,
    Line,
    figure_of,
    is_notice,
    is_prose,
    is_statement,
    person_of,
    related_subject,
    starts_lower,
    unquoted,
)


class PageReader:
    """One capture. After `read`: `page` (None if there is no title), and all that `draft` holds."""

    def __init__(self, lines: list[Line], path: str, name: str) -> None:
        self.lines = [line for at, line in enumerate(lines) if at < 2 or not _third(lines, at)]
        self.at = 0
        self.draft = Draft(path, name)
        self.page: Found | None = None
        named = {slug_of(subject) for line in lines if (subject := related_subject(line.text))}
        self._subjects = (named | {self.draft.name.rpartition("/")[2]}) - {""}

    def read(self) -> "PageReader":
        title = self._head()
        rules = (
            *(self._quote, self._topic, self._folded, self._notice, self._image),
            *(self._related, self._statistic, self._text, self._short),
        )
        while self.at < len(self.lines):
            next(rule for rule in rules if rule())
        self.draft.finish()
        if title is None:
            hint = "write the name of the site on the first line and the title of the page below it"
            message = "no line at the top of the capture can be the page's title"
            self.draft.problem("no_title", message, self._peek(0), hint, "error")
        else:
            self.page = self.draft.page(title)
        return self

    def _peek(self, at: int | None = None) -> Line | None:
        at = self.at if at is None else at
        return self.lines[at] if at < len(self.lines) else None

    def _take(self) -> Line:
        self.at += 1
        return self.lines[self.at - 1]

    def _past_copies(self, at: int) -> int:
        """The index behind a line and the copies of it that follow at once."""
        end = at + 1
        while end < len(self.lines) and self.lines[end].text == self.lines[at].text:
            end += 1
        return end

    # The head: site name, hero and headline

    def _head(self) -> tuple[str, int] | None:
        hero = self._first_credit()
        headline, words = (self._headline(), list[Line]()) if hero is None else self._around(hero)
        if headline is None:
            return None
        title, rest = self._divided(headline.text)
        self._hero(hero, (title, headline.number), [*([rest] if rest else []), *(one.text for one in words)])
        self.draft.seen |= {headline.text, self.lines[0].text}
        while (line := self._peek()) and line.text == headline.text:
            self.at += 1
        return title, headline.number

    def _hero(self, at: int | None, title: tuple[str, int], texts: list[str]) -> None:
        if at is None and not texts:
            return
        data = {"type": "hero", "heading": title[0]}
        lines: dict[Path, int] = {("heading",): title[1], ("text",): title[1]}
        if texts:
            data["text"] = " ".join(texts)
        if at is not None:
            data["image"], lines[("image",)] = self.draft.asset(self.lines[at], "hero"), self.lines[at].number
        self.draft.add(data, min(lines.values()), lines)

    def _first_credit(self) -> int | None:
        for at, line in enumerate(self.lines):
            if line.credit or line.picture:
                return at
            if line.is_text or figure_of(line.text):
                break
        return None

    def _around(self, hero: int) -> tuple[Line | None, list[Line]]:
        """The headline and what else stands with the hero, whose caption may stand on both sides of them."""
        before, self.at = self.lines[:hero], hero + 1
        words: list[Line] = []
        for again in range(hero + 1, min(hero + 6, len(self.lines))):
            line = self.lines[again]
            if line.text == self.lines[hero].text:
                words, self.at = self.lines[hero + 1 : again], again + 1
                break
            if line.is_text or (figure_of(line.text) and not line.is_heading) or line.credit:
                break
        below = self._peek()
        if not words and len(before) > 1:
            words, before = before[1:], before[:1]
        elif not words and below and self._is_headline(below):
            words = [self._take()]
        headline = words[0] if words else before.pop() if before else None
        for line in before[1:]:
            self.draft.unplaced(line)
        return headline, words[1:]

    def _headline(self) -> Line | None:
        """The title of a page without a hero: what the page is about, else the line below the site's name."""
        top: list[Line] = []
        while (line := self._peek(len(top))) and self._is_headline(line):
            top.append(line)
        about = (at for at, line in enumerate(top[:5]) if self._is_about(line.text))
        at = next(about, min(len(top), 2) - 1)
        for line in top[1:at]:
            self.draft.unplaced(line)
        self.at = at + 1
        return top[at] if top else None

    def _is_about(self, text: str) -> bool:
        return slug_of(text) in self._subjects or self._divided(text)[1] is not None

    def _is_headline(self, line: Line) -> bool:
        if line.is_heading:
            return True
        other = line.is_text or figure_of(line.text) or line.credit or is_notice(line.text)
        return not other and related_subject(line.text) is None and not starts_lower(line.text)

    def _divided(self, headline: str) -> tuple[str, str | None]:
        """A headline that runs on into a line of text, divided behind the subject of the page."""
        words = headline.split()
        for count in range(1, min(len(words), 6)):
            if words[count].islower() and slug_of(" ".join(words[:count])) in self._subjects:
                return " ".join(words[:count]), " ".join(words[count:])
        return headline, None

    # The rules: each looks at the line that is next, and either takes it (and more) or says no

    def _quote(self) -> bool:
        line, below = self.lines[self.at], self._peek(self.at + 1)
        words = self._between(line)
        if words:
            self.at += len(words) + 2
            self.draft.quote(line, words)
            return True
        if below is None:
            return False
        for who, said in ((line, below), (below, line)):
            if person_of(who.text) and unquoted(said.text):
                self.at += 2
                self.draft.quote(who, [said])
                return True
        return False

    def _between(self, start: Line) -> list[Line]:
        """The one to three lines up to where a name with its role stands again."""
        person = person_of(start.text)
        if person is None or person.role is None:
            return []
        at = self.lines.index(start, self.at)
        for end in range(at + 1, min(at + 5, len(self.lines))):
            line = self.lines[end]
            if line.text == start.text:
                return self.lines[at + 1 : end]
            if figure_of(line.text) or line.credit:
                break
        return []

    def _topic(self) -> bool:
        if not self._is_topic():
            return False
        title, self.at = self.lines[self.at], self._past_copies(self.at)
        end = self.at
        while (line := self._peek(end)) and line.is_text:
            end += 1
        label = self._peek(end)
        if label is None or not self._is_label(label.text):
            label, end = None, self.at + 1
        words = self.lines[self.at : end]
        self.at = end + (label is not None)
        self.draft.topic(title, words, label)
        return True

    def _is_topic(self) -> bool:
        line, below = self.lines[self.at], self._peek(self._past_copies(self.at))
        twice = self._past_copies(self.at) > self.at + 1
        if not twice or below is None or not below.is_text or slug_of(line.text) == "":
            return False
        return self._is_headline(line) and not is_statement(line.text)

    def _is_label(self, text: str) -> bool:
        other = is_prose(text) or figure_of(text) or related_subject(text) is not None
        return not other and starts_lower(text) and len(text.split()) <= 8

    def _folded(self) -> bool:
        folded = self.lines[self.at].text in self.draft.seen
        self.at += folded
        return folded

    def _notice(self) -> bool:
        line = self.lines[self.at]
        taken = is_notice(line.text) and self.draft.rights(line)
        self.at += taken
        return taken

    def _image(self) -> bool:
        line = self.lines[self.at]
        if line.credit is None and line.picture is None:
            return False
        self.at += 1
        self.draft.add({"type": "image", "image": self.draft.asset(line)}, line.number, {})
        return True

    def _related(self) -> bool:
        if related_subject(self.lines[self.at].text) is None:
            return False
        heading = self._take()
        words: list[Line] = []
        while (line := self._peek()) and not self._is_structure(line) and (line.is_text or not words):
            words.append(self._take())
        self.draft.seen |= {heading.text, *(line.text for line in words)}
        lines: dict[Path, int] = {("heading",): heading.number}
        data = {"type": "related", "heading": heading.text}
        if words:
            data["text"], lines[("text",)] = "\n\n".join(line.text for line in words), words[0].number
        self.draft.add(data, heading.number, lines)
        return True

    def _is_structure(self, line: Line) -> bool:
        """True if the line that is next begins something of its own."""
        other = figure_of(line.text) or line.credit or is_notice(line.text) or self._between(line)
        return bool(other) or related_subject(line.text) is not None or self._is_topic()

    def _statistic(self) -> bool:
        line = self.lines[self.at]
        found = figure_of(line.text)
        if found is None:
            return False
        start, self.at = self.at, self._past_copies(self.at)
        words, below = ([found.rest] if found.rest else []), self._peek()
        last = line
        if below and not is_statement(found.rest) and self._may_follow(below, found.rest):
            last = self._take()
            words.append(last.text)
        elif below and found.rest and not is_statement(found.rest) and below.is_text:
            self.at = start  # a heading such as `10 ways to help`
            return False
        self.draft.statistic(line, " ".join(words), last)
        return True

    def _may_follow(self, below: Line, rest: str) -> bool:
        if len(below.text) > SHORT or self._is_structure(below):
            return False
        return starts_lower(below.text) if rest else True

    def _text(self) -> bool:
        if not self.lines[self.at].is_text:
            return False
        self.draft.text(self._take())
        return True

    def _short(self) -> bool:
        line, below = self._take(), self._peek()
        person = person_of(line.text)
        figure_below = below is not None and figure_of(below.text) is not None
        if line.is_heading:
            self.draft.heading(line)
        elif person and person.role and "," in line.text:
            self.draft.unplaced(line)
        elif is_statement(line.text) or (self.draft.in_figures and figure_below):
            self.draft.without_figure(line)
        elif below and not starts_lower(line.text) and (figure_below or self._is_headed(below)):
            self.draft.heading(line)
        elif len(line.text.split()) >= 3 and not is_notice(line.text):
            self.draft.seen.add(line.text)
            self.draft.add({"type": "key_message", "text": line.text}, line.number, {})
        else:
            self.draft.unplaced(line)
        return True

    def _is_headed(self, below: Line) -> bool:
        return below.is_text or is_statement(below.text) or self._is_topic()


def _third(lines: list[Line], at: int) -> bool:
    """True for the third copy of a line and those after it: two are enough to see that it stands twice."""
    return lines[at].text == lines[at - 1].text == lines[at - 2].text
