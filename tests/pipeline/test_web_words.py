"""Words are found in an index as they would be in the records themselves."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.words import AT_ONCE, Words

TEXTS = st.text("ab%_'é雪 @:", max_size=5)
IDENTS = st.builds(
    "{}:{}@{}".format, st.sampled_from(["page", "pager"]), TEXTS, st.sampled_from(["en", "fr"])
)


@given(st.dictionaries(IDENTS, TEXTS, max_size=8), TEXTS, st.sampled_from(["", "page:", "x"]), TEXTS)
def test_it_finds_what_reading_all_of_them_finds(texts, text, begin, after):
    found = list(Words(texts.items()).find(text, begin, after))
    assert found == sorted(
        ident
        for ident, said in texts.items()
        if ident > after and ident.startswith(begin) and (text in ident or text in said)
    )


def test_many_are_found_by_several_at_once():
    idents = [f"page:{number:05}@en" for number in range(3 * AT_ONCE)]
    words = Words((ident, "leopard") for ident in idents)
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda _: list(words.find("eopar")), range(20)):
            assert found == idents
    assert next(words.find("leopard", after=idents[-2])) == idents[-1]


def test_half_characters_harm_nothing():
    assert list(Words([("page:a@en", "snow \ud83d leopard")]).find("leopard")) == ["page:a@en"]
