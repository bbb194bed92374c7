"""Draws the pictures of this example: coats, mountains and tracks, from arithmetic alone.

Run it to make `content/images/*.png` again: the same pictures every time, and nothing but Python is needed.
"""

import math
import random
import struct
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

WIDTH, HEIGHT = 1200, 675
Colour = tuple[float, float, float]
Paint = Callable[[float, float], Colour]
"""The colour at a point, in pixels from the top left corner."""


def colour(text: str) -> Colour:
    """`#rrggbb` as three numbers from 0 to 255."""
    return (int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


def mix(under: Colour, over: Colour, amount: float) -> Colour:
    """`over` laid on `under`; `amount` from 0 (nothing of it) to 1 (nothing else)."""
    if amount <= 0:
        return under
    if amount >= 1:
        return over
    return (
        under[0] + (over[0] - under[0]) * amount,
        under[1] + (over[1] - under[1]) * amount,
        under[2] + (over[2] - under[2]) * amount,
    )


def edge(distance: float) -> float:
    """How much of a pixel a shape covers whose border is `distance` pixels away (negative: inside)."""
    return min(1.0, max(0.0, 0.5 - distance))


class Scatter:
    """Points strewn evenly but not regularly, each with a few random numbers of its own."""

    def __init__(self, step: float, seed: int, jitter: float = 0.22) -> None:
        self.step = step
        self.points: dict[tuple[int, int], tuple[float, float, list[float]]] = {}
        dice = random.Random(seed)  # noqa: S311 - a drawing, not a secret
        for row in range(-3, int(HEIGHT / step) + 4):
            for column in range(-3, int(WIDTH / step) + 4):
                x = (column + 0.5 * (row % 2) + dice.uniform(-jitter, jitter)) * step
                y = (row + dice.uniform(-jitter, jitter)) * step
                self.points[column, row] = (x, y, [dice.random() for _ in range(4)])

    def near(self, x: float, y: float, reach: int = 1) -> list[tuple[float, float, list[float]]]:
        """The points that may matter at (x, y), some `reach` steps around."""
        found, middle = [], round(y / self.step)
        for row in range(middle - reach, middle + reach + 1):
            column = round(x / self.step - 0.5 * (row % 2))
            for at in range(column - reach, column + reach + 1):
                if (at, row) in self.points:
                    found.append(self.points[at, row])
        return found

    def without(self, other: "Scatter", distance: float) -> "Scatter":
        """Only the points that keep their `distance` from all of another scatter's."""
        self.points = {
            place: (x, y, dice)
            for place, (x, y, dice) in self.points.items()
            if all(math.hypot(x - ox, y - oy) > distance for ox, oy, _ in other.near(x, y))
        }
        return self


def rosettes(step: float, seed: int, base: str, inside: str, dark: str, ring: float = 0.29) -> Paint:
    """A leopard's coat: broken dark rings around a warmer middle, and small spots between them."""
    ground, middle, ink = colour(base), colour(inside), colour(dark)
    rings = Scatter(step, seed)
    spots = Scatter(step * 0.4, seed + 1, jitter=0.3).without(rings, step * (ring + 0.14))

    def paint(x: float, y: float) -> Colour:
        x, y = x + 7 * math.sin(y / 61), y + 7 * math.sin(x / 73)
        shade = ground
        for px, py, dice in spots.near(x, y):
            size = step * (0.035 + 0.035 * dice[0])
            shade = mix(shade, ink, edge(math.hypot(x - px, (y - py) * (0.8 + 0.5 * dice[1])) - size))
        for px, py, dice in rings.near(x, y):
            dx, dy = x - px, (y - py) * (0.95 + 0.3 * dice[3])
            reach = math.hypot(dx, dy)
            if reach > step * 0.55:
                continue
            angle = math.atan2(dy, dx)
            radius = step * ring * (0.8 + 0.3 * dice[2]) * (1 + 0.1 * math.sin(3 * angle + dice[1] * 6))
            gaps = math.sin((3 + round(2 * dice[3])) * angle + dice[0] * math.tau)
            shade = mix(shade, middle, edge(reach - radius * 0.92))
            shade = mix(shade, ink, edge(abs(reach - radius) - step * (0.038 + 0.055 * gaps)))
        return shade

    return paint


def clouds(step: float, seed: int, base: str, inside: str, dark: str) -> Paint:
    """A clouded leopard's coat: large patches, dusky within, with a dark border that thins to one side."""
    ground, dusk, ink = colour(base), colour(inside), colour(dark)
    patches, flecks = Scatter(step, seed, jitter=0.3), Scatter(step * 0.42, seed + 1)

    def paint(x: float, y: float) -> Colour:
        x, y = (
            x + 14 * math.sin(y / 53) + 5 * math.sin(y / 19),
            y + 12 * math.sin(x / 67) + 4 * math.sin(x / 17),
        )
        ranked = sorted((math.hypot((x - px) * 0.8, y - py), px, py) for px, py, _ in patches.near(x, y, 2))
        first, px, py = ranked[0]
        rounded = sum(math.exp((first - away) / (step * 0.09)) for away, _, _ in ranked[1:7])
        inward = -math.log(rounded) * step * 0.045 - step * 0.055
        width = step * (0.045 + 0.04 * math.cos(math.atan2(y - py, x - px) - 0.6))
        shade = mix(ground, ink, edge(-inward))
        pale = round(8 * min(1.0, max(0.0, inward / step / 0.3))) / 8
        shade = mix(shade, mix(dusk, ground, 0.5 * pale), edge(width - inward))
        for fx, fy, dice in flecks.near(x, y):
            if dice[0] > 0.75 and inward > width:
                shade = mix(shade, ink, edge(math.hypot(x - fx, y - fy) - step * 0.03 * (0.6 + dice[1])))
        return shade

    return paint


def ridge(seed: int, level: float, height: float) -> list[float]:
    """A skyline by halving: the height of its edge, in pixels from the top, for each column of pixels."""
    dice = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    line = [dice.uniform(-height, height) for _ in range(7)]
    while len(line) < 200:
        height *= 0.5
        middles = [(a + b) / 2 + dice.uniform(-height, height) for a, b in pairwise(line)]
        line = [point for pair in zip(line, middles, strict=False) for point in pair] + line[-1:]
    scale = (len(line) - 1) / WIDTH
    edges = []
    for x in range(WIDTH + 1):
        at = min(int(x * scale), len(line) - 2)
        part = x * scale - at
        edges.append(level - line[at] * (1 - part) - line[at + 1] * part)
    return edges


Layer = tuple[list[float], str, str]
"""A skyline with the colours of its rock and its snow."""


def mountains(sky: tuple[str, str, str], sun: tuple[float, float, float, str], layers: list[Layer]) -> Paint:
    """Skylines one before the other under an evening sky, with snow where they are high."""
    top, between, bottom, disc = colour(sky[0]), colour(sky[1]), colour(sky[2]), colour(sun[3])
    painted = [(line, colour(rock), colour(snow)) for line, rock, snow in layers]

    def paint(x: float, y: float) -> Colour:
        part = round(y / HEIGHT * 1.6 * 40) / 40
        shade = mix(mix(top, between, part * 2), bottom, part * 2 - 1)
        shade = mix(shade, disc, edge(math.hypot(x - sun[0], y - sun[1]) - sun[2]))
        for line, rock, snow in painted:
            column = min(WIDTH, max(0, int(x)))
            below = y - line[column]
            if below > -1:
                jag = 13 * abs((x / 37) % 2 - 1) + 9 * abs((x / 15 + 0.4) % 2 - 1)
                cap = (400 - line[column]) * 0.42 + jag
                shade = mix(shade, mix(snow, rock, edge(cap - below)), edge(-below))
        return shade

    return paint


def over(behind: Paint, front: Paint, border: Callable[[float, float], float]) -> Paint:
    """`front` where `border` (a distance, negative inside) says so, `behind` elsewhere."""

    def paint(x: float, y: float) -> Colour:
        distance = border(x, y)
        if distance >= 0.5:
            return behind(x, y)
        return front(x, y) if distance <= -0.5 else mix(behind(x, y), front(x, y), edge(distance))

    return paint


def back(x: float, y: float) -> float:
    """The outline of a resting cat's back and shoulder along the lower edge."""
    line = 520 - 105 * math.exp(-(((x - 330) / 250) ** 2)) - 62 * math.exp(-(((x - 860) / 200) ** 2))
    return line + 0.00012 * (x - 600) ** 2 - y


def snowfall(under: Paint, seed: int, white: str) -> Paint:
    """Flakes of three sizes before a picture."""
    flakes, snow = Scatter(46, seed, jitter=0.45), colour(white)

    def paint(x: float, y: float) -> Colour:
        shade = under(x, y)
        for px, py, dice in flakes.near(x, y):
            shade = mix(shade, snow, 0.95 * edge(math.hypot(x - px, y - py) - 1.5 - round(dice[0] * 2) * 2.2))
        return shade

    return paint


LOBES = ((0, 14, 27, 20), (-19, 24, 14, 13), (19, 24, 14, 13))
TOES = ((-33, -13, 10, 14), (-12, -31, 10, 15), (12, -31, 10, 15), (33, -13, 10, 14))


def tracks(snow: str, drift: str, shadow: str) -> Paint:
    """A cat's tracks over snow: three-lobed pads and four toes, and no claws, which cats draw in."""
    white, blue, dark = colour(snow), colour(drift), colour(shadow)
    prints = []
    for number in range(15):
        along = number / 14
        x, y = -20 + along * 1260, 610 - 470 * along + 60 * math.sin(along * 5)
        heading = math.atan2(-470 + 300 * math.cos(along * 5), 1260)
        aside = 34 if number % 2 else -34
        prints.append((x - aside * math.sin(heading), y + aside * math.cos(heading), heading + math.pi / 2))

    def paint(x: float, y: float) -> Colour:
        wave = y - 0.42 * x + 46 * math.sin(x / 190) + 22 * math.sin(y / 83)
        shade = mix(white, blue, 0.5 + 0.5 * round(2.5 * math.sin(wave / 95)) / 2.5)
        for px, py, turn in prints:
            if abs(x - px) < 60 and abs(y - py) < 60:
                dx, dy = x - px, y - py
                u, v = dx * math.cos(turn) + dy * math.sin(turn), dy * math.cos(turn) - dx * math.sin(turn)
                for a, b, wide, high in LOBES + TOES:
                    away = (math.hypot((u - a) / wide, (v - b) / high) - 1) * min(wide, high)
                    shade = mix(shade, dark, edge(away))
        return shade

    return paint


def pictures() -> dict[str, Paint]:
    """Every picture of the example, by file name."""
    peaks = mountains(
        ("#22305a", "#a0638a", "#fbc08a"),
        (905, 170, 54, "#ffe9c4"),
        [
            (ridge(4, 300, 130), "#7f7fa6", "#eceaf2"),
            (ridge(11, 390, 95), "#56608c", "#cfd3e4"),
            (ridge(23, 470, 60), "#363f66", "#8d96b8"),
        ],
    )
    amur = rosettes(112, 31, "#efd9ac", "#dfae67", "#2b211b", ring=0.33)
    return {
        "snow-leopard-ridge.png": over(peaks, rosettes(74, 7, "#e4e2dc", "#b9b5ac", "#2d2c30"), back),
        "leopard-rosettes.png": rosettes(88, 3, "#e3a94f", "#c47d2c", "#2a1a10"),
        "amur-leopard-snowfall.png": snowfall(amur, 5, "#ffffff"),
        "clouded-leopard-coat.png": clouds(150, 17, "#cdb384", "#77674c", "#2a241c"),
        "tracks-in-snow.png": tracks("#f3f6fa", "#dbe4ee", "#6d7f9b"),
        "printed-spots.png": rosettes(88, 12, "#0f6f73", "#f2c9a1", "#f4efe6"),
    }


def png(paint: Paint) -> bytes:
    """The picture as a PNG file (ISO/IEC 15948): RGB in 52 steps a channel, so that it packs well."""
    rows = bytearray()
    for y in range(HEIGHT):
        row = bytearray()
        for x in range(WIDTH):
            for value in paint(x + 0.5, y + 0.5):
                step = min(51, max(0, int(value / 5 + 0.5)))
                row.append(step * 5)
        rows += b"\0" + row

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def main() -> None:
    folder = Path(__file__).parent / "content" / "images"
    for name, paint in pictures().items():
        (folder / name).write_bytes(png(paint))


if __name__ == "__main__":
    main()
