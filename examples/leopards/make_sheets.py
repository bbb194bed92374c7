"""Writes the one-page sheets that two reports of this example bring along: PDF 1.4, text alone.

Run it to make `content/sheets/*.pdf` again: the same bytes every time, and nothing but Python is needed.
"""

from pathlib import Path

SHEETS = {
    "an-ounce-of-prevention.pdf": (
        "An Ounce of Prevention",
        "Nowell, Li, Paltsyn and Sharma, 2016",
        "221 to 450 Snow Leopards are killed each year, most of them in revenge for livestock.",
        "More than 90 per cent of the poaching happens in five countries.",
        "A sheet that was written for this example; it is no part of the report.",
    ),
    "illuminating-the-blind-spot.pdf": (
        "Illuminating the Blind Spot",
        "Raza, Chauhan, Pasha and Sinha, 2012",
        "420 seizures in ten years stand for an estimated 2,294 Leopards in illegal trade in India.",
        "That is about four a week.",
        "A sheet that was written for this example; it is no part of the report.",
    ),
}
"""Per file: a heading, and lines of plain text without brackets."""


def pdf(heading: str, *lines: str) -> bytes:
    """One page of A4 with a heading and lines below it (ISO 32000-1)."""
    below = "".join(f" 0 -24 Td ({line}) Tj" for line in lines)
    text = f"BT /F1 22 Tf 60 760 Td ({heading}) Tj /F1 11 Tf 0 -12 Td{below} ET"
    page = "/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >>"
    parts = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {page} >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Title ({heading}) >>",
    )
    written, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count, start = len(parts) + 1, len(written)
    head = f"<< /Size {count} /Root 1 0 R /Info {len(parts)} 0 R >>"
    ends = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n{head}\nstartxref\n{start}\n%%EOF\n"
    return (written + ends).encode("ascii")


def main() -> None:
    folder = Path(__file__).parent / "content" / "sheets"
    folder.mkdir(exist_ok=True)
    for name, (heading, *lines) in SHEETS.items():
        (folder / name).write_bytes(pdf(heading, *lines))


if __name__ == "__main__":
    main()
