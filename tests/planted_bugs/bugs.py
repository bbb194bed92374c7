"""Known mistakes, each to be put into the code in turn; the tests named with it must notice."""

from typing import NamedTuple

MACHINE = "tests/pipeline/test_machine.py"
SYNC = "tests/pipeline/test_sync.py"
PLAN = "tests/pipeline/test_plan.py"
APPLY = "tests/pipeline/test_apply.py"
SUITE = "tests/exporters/test_conformance.py"
GONE = "tests/pipeline/test_withdrawal.py"
HELD = "tests/pipeline/test_references.py"
WIRE = "tests/transport/test_session.py"
CRASH = "tests/crash/test_sweep.py"
CACHE = "tests/pipeline/test_cache.py"
STANDING = "tests/pipeline/test_standing.py"


class Bug(NamedTuple):
    """One mistake: in which file, what stands there, what is put in its place, and who must notice."""

    name: str
    file: str
    old: str
    new: str
    tests: str


BUGS = (
    Bug(
        "a changed record is not noticed",
        "pipeline/plan.py",
        "if self.rules.linked(desired.digest, desired.fields) != entry.digest:",
        "if False:",
        SYNC,
    ),
    Bug(
        "a page that is there is created again instead of adopted",
        "pipeline/plan.py",
        'return row.change("adopt", "it is on the channel and carries our key")',
        'return row.change("create", "new")',
        SUITE,
    ),
    Bug(
        "pages are deleted though their source was not read to its end",
        "pipeline/plan.py",
        'return any(name in self.rules.kept for name in (entry.ident, f"{entry.kind}:*", ANYTHING))',
        "return False",
        SYNC,
    ),
    Bug(
        "what may not be shown stays while something else is broken",
        "pipeline/plan.py",
        "if self._is_meant(entry):\n            return False\n",
        "",
        GONE,
    ),
    Bug(
        "people's changes are overwritten whatever the policy",
        "pipeline/plan.py",
        'return "overwrite" if key in self.overwrite else self.hand_edits_in.get(name, self.hand_edits)',
        'return "overwrite"',
        SUITE,
    ),
    Bug(
        "fields that people keep are forgotten",
        "pipeline/plan.py",
        "return set() if entry.key in self.rules.overwrite else set(entry.kept)",
        "return set()",
        "tests/pipeline/test_undo.py",
    ),
    Bug(
        "references come after those who need them",
        "pipeline/order.py",
        "return Ordered(listed, chain(upserts, reversed(removals)))",
        "return Ordered(listed, chain(reversed(upserts), removals))",
        PLAN,
    ),
    Bug(
        "removals come first",
        "pipeline/order.py",
        "return Ordered(listed, chain(upserts, reversed(removals)))",
        "return Ordered(listed, chain(removals, upserts))",
        PLAN,
    ),
    Bug(
        "the delete guard never says stop",
        "pipeline/guards.py",
        "return count > FREE_DELETES and count > SHARE * planned.held",
        "return False",
        SYNC,
    ),
    Bug(
        "the delete guard counts what has simply expired",
        "pipeline/change.py",
        " and not change.meant",
        "",
        GONE,
    ),
    Bug(
        "an empty source is believed",
        "pipeline/guards.py",
        'if outcome.state == "complete" and before and not content.counts[name] and name not in allowed:',
        "if False:",
        SYNC,
    ),
    Bug(
        "two runs work at once",
        "pipeline/ledger/lock.py",
        "if known is not None:",
        "if False:",
        SYNC,
    ),
    Bug(
        "after a lost answer a page is simply made again",
        "pipeline/apply/write.py",
        'if change.action != "create":\n            return None\n        if not self.exporter.capabilities.lookup:',
        "if True:\n            return None\n        if not self.exporter.capabilities.lookup:",
        SUITE,
    ),
    Bug(
        "a busy channel is not left alone for as long as it asks",
        "transport/session.py",
        "retry_after=retry_after(",
        "retry_after=_never(",
        WIRE,
    ),
    Bug(
        "a lost answer to a POST counts as if nothing had happened",
        "transport/session.py",
        "if method in SAFE_TO_REPEAT:",
        "if True:",
        WIRE,
    ),
    Bug(
        "what was written is not remembered",
        "pipeline/ledger/pages.py",
        "    KEPT.run(connection, rows)",
        "    KEPT.run(connection, ())",
        SYNC,
    ),
    Bug(
        "the receipt stands in the ledger before the write",
        "pipeline/apply/documents.py",
        "written = list(self._publish(pages))",
        "written = []",
        SYNC,
    ),
    Bug(
        "a circle of references gets no second write",
        "pipeline/apply/pages.py",
        "self._wave(line, list(self.unfinished.values()))",
        "pass",
        APPLY,
    ),
    Bug(
        "who refers to a failed page is written all the same",
        "pipeline/apply/sheet.py",
        "return bool(missing)",
        "return False",
        APPLY,
    ),
    Bug(
        "what a channel refuses is tried again in every run",
        "pipeline/apply/sheet.py",
        "if isinstance(error, Rejected):",
        "if False:",
        APPLY,
    ),
    Bug(
        "a channel that fails is never given up",
        "pipeline/apply/pace.py",
        "broken = self._failures >= BREAK_AFTER",
        "broken = False",
        APPLY,
    ),
    Bug(
        "a dangling reference is let through",
        "pipeline/references.py",
        "if key not in self.held_keys and not self._stands(key):",
        "if False:",
        HELD,
    ),
    Bug(
        "an embargo is not looked at",
        "schemas/record.py",
        "for at in (record.published_at, record.embargo_until) if at",
        "for at in (record.published_at,) if at",
        "tests/schemas/test_record.py",
    ),
    Bug(
        "expired content stays",
        "schemas/record.py",
        " and (not closes or now < closes)",
        "",
        "tests/schemas/test_record.py",
    ),
    Bug(
        "what is not public yet is told apart by nobody",
        "pipeline/visibility.py",
        "NOT is_open(status, opens, closes, ?)",
        "NOT is_open(status, NULL, closes, ?)",
        SYNC,
    ),
    Bug(
        "a line that stands elsewhere now is told where it stood",
        "pipeline/cache/lines.py",
        "if moved:",
        "if False:",
        "tests/pipeline/test_lines.py",
    ),
    Bug(
        "a line is known though a file that it names is another one",
        "pipeline/cache/lines.py",
        " AND NOT implied AND stats IS NULL",
        " AND NOT implied",
        "tests/pipeline/test_lines.py",
    ),
    Bug(
        "a project counts as unchanged though time has passed",
        "pipeline/settled.py",
        "if now < settled.since or (settled.until is not None and now >= settled.until):",
        "if False:",
        GONE,
    ),
    Bug(
        "a project counts as unchanged though an output is gone",
        "pipeline/settled.py",
        "if any(_absent(project, ledger, name) for name in names):",
        "if False:",
        SYNC,
    ),
    Bug(
        "files are written in place",
        "transport/files.py",
        "            os.replace(draft, path)",
        "            path.write_bytes(draft.read_bytes())",
        "tests/transport/test_files.py",
    ),
    Bug(
        "files of others are overwritten",
        "exporters/common/folder.py",
        "if not (remembered or self._is_free(path, relative)):",
        "if False:",
        "tests/exporters/test_json_files.py",
    ),
    Bug(
        "a figure is not filled in",
        "pipeline/steps/resolve.py",
        "if not isinstance(found, Statistic):",
        "if True:",
        SYNC,
    ),
    Bug(
        "what was made by other steps is taken for what these make",
        "pipeline/cache/making.py",
        'if self.store.rows("SELECT way FROM ways WHERE scope = ?", (name,)) != [(way,)]:',
        "if False:",
        CACHE,
    ),
    Bug(
        "what was made of records that are others now is taken again",
        "pipeline/cache/making.py",
        'summed.update(self._answer(kind, name, locale) + b"\\0")',
        "pass",
        CACHE,
    ),
    Bug(
        "a page whose record is another one now is taken to stand",
        "pipeline/cache/standing.py",
        " OR s.digest != c.digest OR ",
        " OR ",
        STANDING,
    ),
    Bug(
        "a page is taken to stand though what it shows of others has changed",
        "pipeline/cache/standing.py",
        " OR s.answers IS NOT g.answers",
        "",
        STANDING,
    ),
    Bug(
        "pages are taken to stand though another run has written to them",
        "pipeline/compare.py",
        "canonical.digest([self.ledger.lineage, self.ledger.serial, last, channel.rendering.way])",
        "canonical.digest([channel.rendering.way])",
        STANDING,
    ),
    Bug(
        "pages of records that are gone are not looked for",
        "pipeline/cache/standing.py",
        "(digest IS NULL OR {gone})",
        "(digest IS NULL)",
        STANDING,
    ),
    Bug(
        "an address stays with who had it, whoever comes first",
        "pipeline/cache/claims.py",
        "            self.again(ident)\n",
        "            pass\n",
        STANDING,
    ),
    Bug(
        "what a step has said is said again where it stood",
        "pipeline/transform.py",
        "        if not same:\n",
        "        if False:\n",
        STANDING,
    ),
    Bug(
        "a row that is fetched ahead is given twice",
        "pipeline/cache/ahead.py",
        "self._rows.pop(digest, None)",
        "self._rows.get(digest)",
        "tests/pipeline/test_ahead.py",
    ),
    Bug(
        "a file that may have changed unseen is not read again",
        "pipeline/cache/reading.py",
        "certain = whole and self._all_kept and not self._is_racy()",
        "certain = whole and self._all_kept",
        CACHE,
    ),
    Bug(
        "a page is not looked at because its record is the same",
        "pipeline/plan.py",
        "return self.observed is None and not asked and ident not in self.gone",
        "return True",
        "tests/pipeline/test_sync.py",
    ),
)
