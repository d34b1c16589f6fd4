"""Whatever file comes becomes a sound for the telephone, or is refused in a sentence."""

from __future__ import annotations

import numpy as np
import pytest
from recordings import as_file, hum, samples_of, share_near

from dialer.errors import Refused
from dialer.sounds import EDGE_S, LEVEL, PEAK, read_sound

FORMATS = [
    ("WAV", "PCM_U8", 8000, 1),
    ("WAV", "PCM_16", 44100, 2),
    ("WAV", "PCM_24", 96000, 6),
    ("WAV", "PCM_32", 11025, 1),
    ("WAV", "FLOAT", 48000, 2),
    ("WAV", "ULAW", 8000, 1),
    ("MP3", "MPEG_LAYER_III", 44100, 2),
    ("OGG", "VORBIS", 48000, 1),
    ("OGG", "OPUS", 48000, 2),
    ("FLAC", "PCM_16", 22050, 2),
]


@pytest.mark.parametrize(("kind", "width", "rate_hz", "channels"), FORMATS)
def test_every_usual_format_is_the_same_sound_at_both_rates(
    kind: str, width: str, rate_hz: int, channels: int
) -> None:
    sound = read_sound(as_file(hum(2, 1000, rate_hz=rate_hz, channels=channels), rate_hz, kind, width))
    assert sound.seconds == pytest.approx(2 + 2 * EDGE_S, abs=0.1)
    for wav, rate in ((sound.narrow, 8000), (sound.wide, 16000)):
        samples, found = samples_of(wav)
        assert found == rate
        assert samples.size / rate == pytest.approx(sound.seconds, abs=0.01)
        assert share_near(wav, 1000) > 0.95


def test_what_a_telephone_cannot_carry_is_left_out_and_not_folded_back() -> None:
    both = hum(2, 1000) + hum(2, 6500)
    sound = read_sound(as_file(both))
    assert share_near(sound.narrow, 1000) > 0.98
    assert share_near(sound.narrow, 1500) < 0.001  # where 6,500 Hz would be mirrored to
    assert share_near(sound.wide, 6500) > 0.4


@pytest.mark.parametrize("peak", [0.01, 0.1, 0.9])
def test_soft_and_loud_recordings_are_equally_loud(peak: float) -> None:
    samples, rate = samples_of(read_sound(as_file(hum(2, 1000, peak=peak))).narrow)
    spoken = samples[int(0.5 * rate) : int(1.5 * rate)]
    assert np.sqrt((spoken**2).mean()) == pytest.approx(LEVEL, rel=0.05)
    assert np.abs(samples).max() <= PEAK


@pytest.mark.parametrize("peak", [2.0, 1e9, 3e38])
def test_what_goes_beyond_full_scale_is_as_loud_as_the_others(peak: float) -> None:
    loud = as_file(hum(2, 1000, peak=peak), width="FLOAT")
    samples, rate = samples_of(read_sound(loud).narrow)
    spoken = samples[int(0.5 * rate) : int(1.5 * rate)]
    assert np.sqrt((spoken**2).mean()) == pytest.approx(LEVEL, rel=0.05)


def test_silence_around_what_is_said_becomes_a_little_at_both_ends() -> None:
    quiet = np.zeros((44100 * 3, 1), np.float32)
    sound = read_sound(as_file(np.concatenate([quiet, hum(1), quiet])))
    assert sound.seconds == pytest.approx(1 + 2 * EDGE_S, abs=0.15)
    samples, rate = samples_of(sound.narrow)
    edge = int(0.1 * rate)
    assert np.abs(samples[:edge]).max() < 0.001
    assert np.abs(samples[-edge:]).max() < 0.001


def test_a_pause_within_a_sentence_stays() -> None:
    pause = np.zeros((44100, 1), np.float32)
    assert read_sound(as_file(np.concatenate([hum(1), pause, hum(1)]))).seconds == pytest.approx(3.3, abs=0.1)


def test_a_click_before_soft_speech_is_no_reason_to_leave_it_soft_beyond_the_peak() -> None:
    samples = hum(2, peak=0.05)
    samples[1000] = 0.9
    heard, _ = samples_of(read_sound(as_file(samples)).wide)
    assert np.abs(heard).max() <= PEAK + 0.001


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no recording that can be read"),
        (b"hello, this is text", "no recording that can be read"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "no recording that can be read"),
        (b"\x00" * 1000, "no recording that can be read"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 500, "no recording that can be read"),
        (as_file(hum(0.2)), "shorter than 0.3 seconds"),
        (as_file(hum(61, rate_hz=8000), 8000), "longer than 60 seconds"),
        (as_file(hum(600, rate_hz=8000), 8000, "FLAC"), "longer than 60 seconds"),
        (as_file(np.zeros((44100, 1), np.float32)), "Nothing is heard"),
        (as_file(hum(2, peak=0.001)), "Nothing is heard"),
        (as_file(np.full((44100, 1), 0.4, np.float32)), "Nothing is heard"),
        (as_file(np.full((44100, 1), np.nan, np.float32), width="FLOAT"), "is damaged"),
        (as_file(hum(1, channels=12)), "unusual format"),
        (as_file(hum(1, 100, rate_hz=2000), 2000), "unusual format"),
        (b"\x00" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        read_sound(data)
    assert ";" in str(refused.value)  # what is wrong; what to do


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_file_cut_short_anywhere_is_heard_as_far_as_it_goes_or_refused(cut: int) -> None:
    whole = as_file(hum(1, rate_hz=8000), 8000, "FLAC")
    try:
        read_sound(whole[: len(whole) * cut // 400])
    except Refused:
        pass
