from exporters.common.public import shown
from schemas.page import Related, Statistics, Teasers


def test_a_record_that_names_only_public_ones_is_the_same_object(make, records):
    assert shown(make.article(), records) == make.article()


def test_what_is_filled_in_from_a_hidden_record_goes_with_it(make, records):
    seen = shown(make.page(), records.but("report:ounce"))

    related = next(block for block in seen.blocks if isinstance(block, Related))
    assert (related.items, related.teasers) == ((), ())
    figures = next(block for block in seen.blocks if isinstance(block, Statistics))
    assert figures.items[0].citation is None
    assert "ounce" not in seen.model_dump_json().lower()


def test_a_part_that_cannot_do_without_the_hidden_record_goes(make, records):
    page = make.page(
        blocks=[
            {"type": "image", "image": "asset:amur"},
            {"type": "teasers", "heading": "Soon", "items": [{"link": "report:ounce"}]},
            {"type": "teasers", "items": [{"link": "report:ounce"}, {"title": "Other"}]},
        ]
    )

    (rest,) = shown(page, records.but("asset:amur", "report:ounce")).blocks
    assert isinstance(rest, Teasers)
    assert [teaser.title for teaser in rest.items] == ["Other"]


def test_a_hidden_statistic_is_not_quoted(make, records):
    assert shown(make.article(), records.but("statistic:amur-left")).statistics == ()


def test_an_authors_name_stays_when_the_person_is_hidden(make, records):
    (author,) = shown(make.article(), records.but("person:compton")).authors

    assert author.person is None
    assert author.display == "James Compton"


def test_the_record_itself_stays_even_without_what_it_needs(make, records):
    assert shown(make.report(), records.but("organisation:specialists")).title == "An Ounce of Prevention"


def test_alternates_are_languages_that_can_be_shown(make, records):
    public = make.records(*(record for record in records if record.ident != "page:leopards@fr"))

    assert shown(make.page(), records).alternates == ("en", "fr")
    assert shown(make.page(), public).alternates == ("en",)
