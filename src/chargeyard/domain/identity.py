"""What a charge point may be called: one rule for those who register it and for the door it comes to.

OCPP 2.x allows 48 characters of a narrow set (identifierString), 1.6 sets no limit; the field uses blanks,
slashes and letters of all scripts. What cannot be told apart by eye, or means something else in a path, is none.
"""

LONGEST = 255


def is_identity(text: str) -> bool:
    """Whether `text` can name a charge point: printable, without blanks at its ends, and no `.` or `..`."""
    return (
        0 < len(text) <= LONGEST
        and text.isprintable()
        and not (text[0].isspace() or text[-1].isspace())
        and text not in {".", ".."}
    )
