"""Values that others wrote, on one short line that no terminal obeys."""

import json

LONGEST_SHOWN, LONGEST_LINE = 80, 2000  # characters: of a value or a key, and of what is told
NO_BREAK_SPACES = "\u00a0\u202f"


def written(value: object) -> str:
    """Show a value on one short line, as YAML would write it."""
    text = ""
    try:
        # Piece by piece: a few aliases stand for a value that no memory holds.
        for piece in json.JSONEncoder(default=str, ensure_ascii=False).iterencode(value):
            text += piece
            if len(text) > LONGEST_SHOWN:
                break
    except (TypeError, ValueError, RecursionError):  # keys that are no text; too large; a circle
        text = f"a value of type {type(value).__name__}"
    return shortened(text)


def shortened(text: str, longest: int = LONGEST_SHOWN, kept: str = "") -> str:
    """Cut a long text, and escape what could break the line or the terminal."""
    return printable(text if len(text) <= longest else f"{text[: longest - 3]}...", kept)


def on_one_line(text: str) -> str:
    """Cut and escape what is told, whoever wrote the parts of it."""
    return shortened(text, LONGEST_LINE, NO_BREAK_SPACES)


def printable(text: str, kept: str = "") -> str:
    """Write as escapes what acts on a terminal or is not seen, but for the characters `kept`.

    These are control characters, line breaks, marks of writing direction, half characters (lone
    surrogates), and spaces other than the common one.
    """
    return "".join(
        c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in text
    )
