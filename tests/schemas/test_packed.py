"""What is pickled as bare values comes back as the very same model."""

import pickle

from exporters.base import Desired, Remote
from pipeline.change import Change


def test_a_change_comes_back_as_it_was():
    remote = Remote(id="1", key="page:a", locale="en", fields={"b": [1, None, {"c": "d"}]}, version="2")
    desired = Desired(
        key="page:a",
        locale="en",
        kind="page",
        title="A",
        fields={"z": 1, "a": {}},
        digest="0",
        references=("page:b@en",),
    )
    for change in (
        Change(
            channel="web", ident="page:a@en", action="create", reason="new", desired=desired, remote=remote
        ),
        Change(channel="web", ident="page:a@en", action="delete", reason="gone").model_copy(
            update={"meant": True}
        ),
    ):
        back = pickle.loads(pickle.dumps(change, pickle.HIGHEST_PROTOCOL))
        assert back == change and type(back) is Change and repr(back) == repr(change)
        assert back.model_dump_json() == change.model_dump_json()
        assert Change.model_validate(back.model_dump()) == change
        assert back.model_copy(update={"reason": "x"}).reason == "x"


def test_the_order_of_fields_is_kept():
    fields = {"z": 1, "a": {"y": 2, "b": 3}}
    remote = pickle.loads(pickle.dumps(Remote(id="1", key="page:a", locale="en", fields=fields)))
    assert list(remote.fields) == ["z", "a"] and list(remote.fields["a"]) == ["y", "b"]
