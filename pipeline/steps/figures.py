"""Figures in words, as each language writes them: `approximately 4,000`, `90 %`. Not a step itself."""

from decimal import Decimal, localcontext

from pipeline.steps.languages import base_language, habits
from schemas.statistic import Figure, Number, Qualifier

QUALIFIERS: dict[str, dict[Qualifier, str]] = {
    "en": {
        "approximately": "approximately {}",
        "only": "only {}",
        "at least": "at least {}",
        "at most": "at most {}",
        "more than": "more than {}",
        "fewer than": "fewer than {}",
        "up to": "up to {}",
        "nearly": "nearly {}",
        "an estimated": "an estimated {}",
    },
    "fr": {
        "approximately": "environ {}",
        "only": "seulement {}",
        "at least": "au moins {}",
        "at most": "au plus {}",
        "more than": "plus de {}",
        "fewer than": "moins de {}",
        "up to": "jusqu’à {}",
        "nearly": "près de {}",
        "an estimated": "{} (estimation)",
    },
    "es": {
        "approximately": "aproximadamente {}",
        "only": "solo {}",
        "at least": "al menos {}",
        "at most": "como máximo {}",
        "more than": "más de {}",
        "fewer than": "menos de {}",
        "up to": "hasta {}",
        "nearly": "casi {}",
        "an estimated": "{} (estimación)",
    },
    "de": {
        "approximately": "etwa {}",
        "only": "nur {}",
        "at least": "mindestens {}",
        "at most": "höchstens {}",
        "more than": "mehr als {}",
        "fewer than": "weniger als {}",
        "up to": "bis zu {}",
        "nearly": "fast {}",
        "an estimated": "schätzungsweise {}",
    },
    "pt": {
        "approximately": "aproximadamente {}",
        "only": "apenas {}",
        "at least": "pelo menos {}",
        "at most": "no máximo {}",
        "more than": "mais de {}",
        "fewer than": "menos de {}",
        "up to": "até {}",
        "nearly": "quase {}",
        "an estimated": "{} (estimativa)",
    },
}
"""How each qualifier is said; `{}` is where the number stands."""

_DIGITS = 5000  # more than any source reads, so that nothing is rounded


def has_words(qualifier: Qualifier | None, tag: str) -> bool:
    """Is the qualifier known in that language? Where it is not, its English word is used."""
    return qualifier is None or base_language(tag) in QUALIFIERS


def in_words(figure: Figure, qualifier: Qualifier | None, tag: str) -> str:
    """The figure as it is read in the language `tag`."""
    number = _written(figure, tag)
    if qualifier is None:
        return number
    return QUALIFIERS.get(base_language(tag), QUALIFIERS["en"])[qualifier].format(number)


def _written(figure: Figure, tag: str) -> str:
    last = figure.high if figure.value is None else figure.value
    assert last is not None
    with localcontext(prec=_DIGITS):
        whole = _with_percent(figure, last, tag)
    return whole.replace("\xa0", "\u202f") if base_language(tag) == "fr" else whole


def _with_percent(figure: Figure, last: Number, tag: str) -> str:
    text = _decimal(last, tag)
    whole = text if figure.value is not None else f"{_decimal(figure.low or 0, tag)}–{text}"
    if figure.percent:
        from babel.numbers import format_percent

        percent = format_percent(_exact(last) / 100, locale=habits(tag), decimal_quantization=False)
        return percent.replace(text, whole, 1)
    return whole


def _decimal(number: Number, tag: str) -> str:
    from babel.numbers import format_decimal

    return format_decimal(_exact(number), locale=habits(tag), decimal_quantization=False)


def _exact(number: Number) -> Decimal:
    """The number as it was written: 0.1 is one tenth."""
    return Decimal(number) if isinstance(number, int) else Decimal(repr(number))
