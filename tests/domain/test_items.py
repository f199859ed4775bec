"""Listings in parts: what is there, what is missing."""

from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain.items import MOST_GAPS, Listing, Ranges, with_part
from tests.domain.made import NOW

numbers = st.lists(st.integers(0, 30), max_size=40)


def _ranges(given: list[int]) -> Ranges:
    ranges = Ranges()
    for number in given:
        ranges = ranges.with_number(number)
    return ranges


@given(numbers)
def test_ranges_hold_what_they_were_given(given: list[int]) -> None:
    ranges = _ranges(given)
    assert [n for begin, end in ranges.spans for n in range(begin, end + 1)] == sorted(set(given))
    assert ranges.count == len(set(given))
    assert ranges == _ranges(sorted(given, reverse=True))


@given(numbers, st.integers(0, 30))
def test_what_is_missing_is_what_it_takes_to_reach_the_last(given: list[int], last: int) -> None:
    ranges = _ranges(given)
    missing = [n for begin, end in ranges.missing(last) for n in range(begin, end + 1)]
    assert missing == [n for n in range(max([last, *given]) + 1) if n not in given]
    assert ranges.reaches(last) == (not any(n <= last for n in missing))


def test_ten_thousand_parts_in_a_row_are_one_span() -> None:
    assert len(_ranges(list(range(10_000))).spans) == 1


def test_parts_that_never_make_a_whole_take_no_more_room() -> None:
    listing = Listing(kind="Variable", request_id=1)
    for number in range(0, 4 * MOST_GAPS, 2):
        listing = with_part(listing, number, False, 1, NOW)
    assert len(listing.parts.spans) == MOST_GAPS
    listing = with_part(listing, 1, False, 1, NOW)
    assert listing.parts.spans[0] == (0, 2)
