"""QR codes, as far as a short address needs them: bytes, versions 1 to 5, level L (ISO/IEC 18004)."""

import io

from PIL import Image

SIZES = {1: (19, 7), 2: (34, 10), 3: (55, 15), 4: (80, 20), 5: (108, 26)}
"""Codewords of data and of error correction, by version; all are one block."""
QUIET = 4
FORMAT_L_MASK_0 = 0b111011111000100
"""Level L, mask 0, with its own error correction."""


def png(text: str, *, module: int = 8) -> bytes:
    """The code as a PNG."""
    matrix = modules(text)
    size = len(matrix)
    image = Image.new("1", (size + 2 * QUIET,) * 2, 1)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            image.putpixel((x + QUIET, y + QUIET), 0 if dark else 1)
    out = io.BytesIO()
    image.resize(((size + 2 * QUIET) * module,) * 2).save(out, "PNG")
    return out.getvalue()


def modules(text: str) -> list[list[bool]]:
    """The dark modules of the code, row by row."""
    data = text.encode()
    version = next((v for v, (room, _) in SIZES.items() if len(data) + 2 <= room), None)
    if version is None:
        raise ValueError("the text is too long for these codes")
    room, correction = SIZES[version]
    bits = f"0100{len(data):08b}" + "".join(f"{byte:08b}" for byte in data)
    bits += "0" * min(4, room * 8 - len(bits))
    bits += "0" * (-len(bits) % 8)
    words = [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]
    words += [(0xEC, 0x11)[i % 2] for i in range(room - len(words))]
    return _place("".join(f"{word:08b}" for word in words + _remainder(words, correction)), version)


def _place(bits: str, version: int) -> list[list[bool]]:
    size = 17 + 4 * version
    cells: list[list[bool | None]] = [[None] * size for _ in range(size)]
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        for y in range(-1, 8):
            for x in range(-1, 8):
                if 0 <= top + y < size and 0 <= left + x < size:
                    ring = max(abs(y - 3), abs(x - 3))
                    cells[top + y][left + x] = ring in {0, 1, 3}
    for i in range(8, size - 8):
        cells[6][i] = cells[i][6] = i % 2 == 0
    if version > 1:
        centre = size - 7
        for y in range(-2, 3):
            for x in range(-2, 3):
                cells[centre + y][centre + x] = max(abs(y), abs(x)) != 1
    cells[size - 8][8] = True
    for i in range(15):
        dark = bool(FORMAT_L_MASK_0 >> (14 - i) & 1)
        y, x = _format_near(i)
        cells[y][x] = dark
        if i < 7:
            cells[size - 1 - i][8] = dark
        else:
            cells[8][size - 15 + i] = dark
    stream = iter(bits)
    upward = True
    for right in [*range(size - 1, 6, -2), 5, 3, 1]:
        rows = range(size - 1, -1, -1) if upward else range(size)
        for y in rows:
            for x in (right, right - 1):
                if cells[y][x] is None:
                    cells[y][x] = (next(stream, "0") == "1") != ((x + y) % 2 == 0)
        upward = not upward
    return [[bool(cell) for cell in row] for row in cells]


def _format_near(i: int) -> tuple[int, int]:
    """Where bit i of the format stands around the upper left corner, as (row, column)."""
    if i < 8:
        return 8, i if i < 6 else i + 1 if i == 6 else 8
    return (7 if i == 8 else 14 - i), 8


def _remainder(words: list[int], count: int) -> list[int]:
    """Reed-Solomon codewords over GF(256), polynomial 0x11D."""
    generator = [1]
    for i in range(count):
        root = _power(i)
        generator = [
            (generator[j] if j < len(generator) else 0) ^ (_times(generator[j - 1], root) if j else 0)
            for j in range(len(generator) + 1)
        ]
    rest = [0] * count
    for word in words:
        factor = word ^ rest[0]
        rest = [*rest[1:], 0]
        rest = [have ^ _times(coefficient, factor) for have, coefficient in zip(rest, generator[1:], strict=True)]
    return rest


def _power(exponent: int) -> int:
    value = 1
    for _ in range(exponent):
        value = _times(value, 2)
    return value


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return product
