"""Headers of H.264 are read, numbered and laid side by side, in both of their forms."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.mix.avc import Headers, headers

# What x264 wrote: as MP4 carries it, and as an encoder gives it (with sps-id=1).
IN_MP4 = bytes.fromhex("014d400bffe10015674d400beca146d0800000030080000019078a14cb01000568ebe3cb20")
FROM_CODER = bytes.fromhex(
    "000000016764000b4b3650a36840000003004000000c83c50a658000000001684aae08cb22c0"
)


def read(record: bytes) -> Headers:
    found = headers(record)
    assert found is not None
    return found


def test_headers_are_read_from_both_forms_and_written_again() -> None:
    film, coder = read(IN_MP4), read(FROM_CODER)
    assert (film.length_size, coder.length_size) == (4, 0)
    assert [unit[0] for unit in (*film.sequences, *film.pictures)] == [0x67, 0x68]
    assert film.record() == IN_MP4
    assert read(coder.record()) == coder


def test_a_number_is_free_that_no_header_has() -> None:
    film, coder = read(IN_MP4), read(FROM_CODER)
    assert film.free_number() == 1
    assert film.beside(coder).free_number() == 2
    both = read(film.beside(coder).record())
    assert both.sequences == film.sequences + coder.sequences
    assert both.pictures == film.pictures + coder.pictures
    assert both.head == film.head


def test_the_end_of_a_record_of_higher_profiles_is_kept() -> None:
    longer = IN_MP4 + bytes.fromhex("fdf8f800")
    film = read(longer)
    assert film.record() == longer
    assert film.beside(read(FROM_CODER)).record().endswith(bytes.fromhex("fdf8f800"))


units = st.lists(
    st.builds(
        lambda kind, rest: bytes([kind]) + rest + b"\x80",
        st.sampled_from([0x65, 0x41, 0x06, 0x09]),
        st.binary(max_size=30).filter(lambda rest: b"\x00\x00" not in rest),
    ),
    min_size=1,
    max_size=5,
)


@given(units)
def test_units_come_out_of_a_packet_as_they_went_in(parts: list[bytes]) -> None:
    for form in (read(IN_MP4), read(FROM_CODER)):
        packet = form.packet(parts)
        assert list(form.units(packet)) == parts
        pictures = [part for part in parts if part[0] in (0x65, 0x41)]
        assert form.starts_afresh(packet) == (bool(pictures) and pictures[0][0] == 0x65)


@given(st.integers(0, len(IN_MP4)))
def test_a_record_that_breaks_off_is_none(length: int) -> None:
    found = headers(IN_MP4[:length])
    assert found is None or length == len(IN_MP4)


def test_no_record() -> None:
    assert headers(None) is None
    assert headers(b"") is None
    assert headers(b"\x00\x00\x00\x01\x09\xf0") is None
