"""What can happen in a world: what people write down, and what goes wrong on a channel."""

from hypothesis import strategies as st

from exporters.memory import Fault
from schemas.errors import Ambiguous, ChannelDown, Rejected, Transient

KEYS = [*(f"page:p{n}" for n in range(6)), *(f"topic:t{n}" for n in range(4)), "asset:coat", "asset:ear"]
WRITES = ("create", "update", "delete", "unpublish", "write_many")
keys = st.sampled_from(KEYS)
shelves = st.sampled_from("ab")
words = st.sampled_from(["One", "Two", " Three ", "Four"])
lists_of = lambda some: st.lists(some, max_size=3, unique=True)  # noqa: E731


@st.composite
def faults(draw):
    """One or several things that go wrong at a verb."""
    verb = draw(st.sampled_from([*WRITES, *WRITES, "find", "read"]))
    phase = draw(st.sampled_from(["before", "after"]))
    errors = [Ambiguous("lost")]
    if phase == "before":
        errors += [Transient("busy", retry_after=0.0), Rejected("no"), ChannelDown("down")]
    elif verb not in ("create", "write_many"):
        errors += [Transient("lost", retry_after=0.0)]
    if verb in ("find", "read"):
        errors = [Transient("busy", retry_after=0.0), ChannelDown("down")]
    error, skip = draw(st.sampled_from(errors)), draw(st.integers(0, 3))
    return [Fault(verb, phase, error, skip=skip) for _ in range(draw(st.sampled_from([1, 1, 2, 6])))]


def records():
    """What somebody writes down."""
    how = st.sampled_from(["fine", "fine", "fine", "fine", "fine", "translated", "draft", "broken"])
    image = st.sampled_from([None, "asset:coat", "asset:ear"])
    named = lists_of(st.sampled_from([key for key in KEYS if not key.startswith("asset:")]))
    parts = {"key": keys, "title": words, "shelf": shelves, "to": named, "image": image, "how": how}
    return st.fixed_dictionaries(parts)


def told(fault):
    return f"{fault.verb}:{fault.phase}:{type(fault.error).__name__}:{fault.skip}"


Fault.__repr__ = told  # short enough to be read in a life that fails
