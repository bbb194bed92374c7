"""What the crash sweep publishes: content with references, circles and pictures, and what happens to it."""

import base64

SITE = 'site: {title: Spots, url: "https://spots.example", languages: [en]}\n'
SOURCES = """\
sources:
  pages: {use: yaml, path: content/pages, kind: page}
  articles: {use: markdown, path: content/articles}
  statistics: {use: yaml, path: content/statistics, kind: statistic}
  images: {use: yaml, path: content/images, kind: asset}
"""
CHANNELS = {
    "json": "channels:\n  out: {use: json, path: public}\n",
    "jsonfeed": "channels:\n  out: {use: jsonfeed, path: public/feed.json}\n",
    "loopback": 'channels:\n  out: {use: loopback, url: "{address}", batch: 1, workers: 2}\n',
    "batches": 'channels:\n  out: {use: loopback, url: "{address}", batch: 5, workers: 2}\n',
}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNg+P//PwAF/gL+oTWBngAAAABJRU5ErkJggg=="
)
PAGES, ARTICLES, FIGURES, PICTURES = 10, 9, 4, 4


def configuration(channel, address=""):
    return SITE + SOURCES + CHANNELS[channel].replace("{address}", address)


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def _page(number, title, related):
    return (
        f"title: {title}\nimage: picture-{number % PICTURES}\nblocks:\n"
        f"  - {{type: statistics, items: [figure-{number % FIGURES}]}}\n"
        f"  - {{type: related, items: [{', '.join(f'page:p{to}' for to in related)}]}}\n"
    )


def _picture(root, number, data):
    write(root, f"content/images/picture-{number}.png", data)
    words = f"file: picture-{number}.png\nalt: {{en: Coat {number}}}\ncredit: us\nlicence: CC0-1.0\n"
    write(root, f"content/images/picture-{number}.yaml", words)


def _article(number, words):
    day = f"2024-05-{number + 1:02}"
    return f"---\ntitle: Article {number}\npublished_at: {day}\n---\n\n{words}\n"


def begin(root):
    """27 records: pages of which three stand in a circle, articles, figures and pictures."""
    for number in range(PAGES):
        related = [(number + 1) % 3] if number < 3 else [number - 1]
        write(root, f"content/pages/p{number}.yaml", _page(number, f"Page {number}", related))
    for number in range(ARTICLES):
        write(root, f"content/articles/a{number}.md", _article(number, "Spots."))
    for number in range(FIGURES):
        words = f"figure: {number + 1}00\nstatement: are left\n"
        write(root, f"content/statistics/figure-{number}.yaml", words)
    for number in range(PICTURES):
        _picture(root, number, PIXEL + bytes([number]))


def go_on(root):
    """Updates, other bytes of a picture, removals, new records, and another circle."""
    for number in (0, 4):
        write(root, f"content/pages/p{number}.yaml", _page(number, f"Other page {number}", [8, 9]))
    write(root, "content/pages/p8.yaml", _page(8, "Page 8", [10]))
    for number in (10, 11):
        write(root, f"content/pages/p{number}.yaml", _page(number, f"Page {number}", [21 - number]))
    write(root, "content/statistics/figure-1.yaml", "figure: 150\nstatement: are left\n")
    for number in range(3):
        (root / f"content/articles/a{number}.md").unlink()
    write(root, "content/articles/a9.md", _article(9, "New."))
    _picture(root, 1, PIXEL + b"other")
    (root / "content/pages/p3.yaml").write_text(_page(3, "Page 3", [2]).replace("picture-3", "picture-0"))
    (root / "content/pages/p7.yaml").unlink()
