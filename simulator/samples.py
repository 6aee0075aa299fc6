"""Pictures and sounds made by code, so that a photo or a voice message can be tried without a camera or microphone."""

import io
import math
import random
from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw, ImageFilter


def picture(name: str, *, size: int = 720) -> bytes:
    """A JPEG of the sample: leaf (a maize leaf with blight), fruit (citrus with canker), field (lodged rice)."""
    draw = {"leaf": _leaf, "fruit": _fruit, "field": _field}[name]
    image = draw(size)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def sound(seconds: float = 3.0) -> bytes:
    """A valid AMR-NB file: frames of 20 ms at 12.2 kbit/s that say nothing much."""
    rng = random.Random(7)  # noqa: S311  # a drawing, always the same
    frames = [b"\x3c" + bytes(rng.randrange(16) for _ in range(31)) for _ in range(int(seconds * 50))]
    return b"#!AMR\n" + b"".join(frames)


def wide_sound(seconds: float = 3.0) -> bytes:
    """A valid AMR-WB file of the same length, as MediaId16K gives."""
    rng = random.Random(7)  # noqa: S311  # a drawing, always the same
    frames = [b"\x44" + bytes(rng.randrange(16) for _ in range(60)) for _ in range(int(seconds * 50))]
    return b"#!AMR-WB\n" + b"".join(frames)


PICTURES: Mapping[str, Callable[[], bytes]]
PICTURES = {
    "leaf": lambda: picture("leaf"),
    "fruit": lambda: picture("fruit"),
    "field": lambda: picture("field"),
}
SOUNDS: Mapping[str, Callable[[], bytes]] = {"voice": sound}


def _gradient(size: int, top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Image.Image:
    column = Image.new("RGB", (1, size))
    for y in range(size):
        share = y / size
        column.putpixel((0, y), tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)))
    return column.resize((size, size))


def _leaf(size: int) -> Image.Image:
    rng = random.Random(3)  # noqa: S311  # a drawing, always the same
    image = _gradient(size, (126, 142, 92), (86, 70, 46)).filter(ImageFilter.GaussianBlur(size / 60))
    leaf = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(leaf)
    middle, half = size * 0.5, size * 0.17

    def edge(share: float, side: int) -> tuple[float, float]:
        width = half * math.sin(math.pi * min(1.0, share * 0.92 + 0.06)) ** 0.6
        return middle + side * width + size * 0.04 * math.sin(share * 3.1), size * (0.02 + 0.96 * share)

    steps = [i / 60 for i in range(61)]
    outline = [edge(s, -1) for s in steps] + [edge(s, 1) for s in reversed(steps)]
    draw.polygon(outline, fill=(74, 132, 52, 255))
    for vein in range(-7, 8):
        points = [(edge(s, -1)[0] + (edge(s, 1)[0] - edge(s, -1)[0]) * (0.5 + vein / 16), edge(s, 1)[1]) for s in steps]
        tone = (168, 196, 122, 255) if vein == 0 else (92, 150, 66, 200)
        draw.line(points, fill=tone, width=max(2, size // (70 if vein == 0 else 240)))
    for _ in range(9):  # the long grey-brown lesions of northern leaf blight
        share, offset = rng.uniform(0.12, 0.86), rng.uniform(-0.75, 0.75)
        x, y = middle + offset * half, size * share
        length, width = size * rng.uniform(0.05, 0.12), size * rng.uniform(0.010, 0.022)
        for grow, tone in (
            (1.35, (154, 134, 58, 220)),
            (1.0, (176, 150, 104, 255)),
            (0.55, (126, 100, 70, 255)),
        ):
            draw.ellipse((x - width * grow, y - length * grow, x + width * grow, y + length * grow), fill=tone)
    mask = Image.new("L", (size, size))
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    smooth = Image.Resampling.BICUBIC
    image.paste(leaf.rotate(-24, smooth), (0, 0), mask.rotate(-24, smooth))
    return image.filter(ImageFilter.GaussianBlur(size / 900))


def _fruit(size: int) -> Image.Image:
    rng = random.Random(5)  # noqa: S311  # a drawing, always the same
    image = _gradient(size, (70, 110, 62), (44, 78, 44)).filter(ImageFilter.GaussianBlur(size / 40))
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(7):
        x, y, r = rng.uniform(0, size), rng.uniform(0, size), size * rng.uniform(0.1, 0.2)
        draw.ellipse((x - r * 1.6, y - r * 0.5, x + r * 1.6, y + r * 0.5), fill=(52, 98, 50, 190))
    c, r = size * 0.5, size * 0.33
    for step in range(40):
        share = step / 40
        tone = (round(196 + 50 * share), round(120 + 60 * share), round(20 + 46 * share), 255)
        d = r * (1 - share * 0.9)
        draw.ellipse(
            (
                c - d - r * 0.12 * share,
                c - d - r * 0.16 * share,
                c + d - r * 0.2 * share,
                c + d - r * 0.24 * share,
            ),
            fill=tone,
        )
    for _ in range(22):  # the raised corky spots of citrus canker
        angle, distance = rng.uniform(0, math.tau), r * rng.uniform(0.1, 0.85)
        x, y, d = (
            c + math.cos(angle) * distance,
            c + math.sin(angle) * distance,
            size * rng.uniform(0.008, 0.02),
        )
        for grow, tone in ((1.9, (220, 200, 70, 150)), (1.2, (120, 84, 40, 255)), (0.5, (86, 56, 28, 255))):
            draw.ellipse((x - d * grow, y - d * grow, x + d * grow, y + d * grow), fill=tone)
    return image.filter(ImageFilter.GaussianBlur(size / 700))


def _field(size: int) -> Image.Image:
    rng = random.Random(9)  # noqa: S311  # a drawing, always the same
    image = _gradient(size, (186, 208, 222), (150, 150, 70))
    draw = ImageDraw.Draw(image, "RGBA")
    draw.polygon(
        [
            (0, size * 0.36),
            (size * 0.3, size * 0.24),
            (size * 0.62, size * 0.34),
            (size, size * 0.22),
            (size, size * 0.45),
            (0, size * 0.45),
        ],
        fill=(96, 128, 104, 255),
    )
    draw.rectangle((0, size * 0.42, size, size), fill=(168, 158, 66, 255))
    for row in range(1400):
        share = (row / 1400) ** 0.6
        x, y = rng.uniform(-0.1, 1.0) * size, size * (0.42 + 0.6 * share)
        lean, length = rng.uniform(0.4, 1.2), size * (0.02 + 0.09 * share)
        tone = (rng.randrange(140, 216), rng.randrange(140, 186), rng.randrange(40, 90), 255)
        draw.line(
            (x, y, x + length * lean, y - length * 0.5),
            fill=tone,
            width=max(1, round(size * 0.004 * (0.4 + share))),
        )
    return image.filter(ImageFilter.GaussianBlur(size / 1000))
