"""What is said on the phone: complete in every language, and found wherever it lies."""

from __future__ import annotations

import pytest

from dialer.prompts import FALLBACKS, LOCALES, TEXTS, Prompt, media_uri, sounds_of

HERE = {"en/press_1": "/p/en/press_1", "own/7/sv/press_1": "/p/own/7/sv/press_1"}


@pytest.mark.parametrize("prompt", Prompt)
def test_every_prompt_has_words_in_every_language_and_something_to_fall_back_on(prompt: Prompt) -> None:
    assert set(TEXTS[prompt]) == set(LOCALES)
    assert all(text.strip() for text in TEXTS[prompt].values())
    assert len(set(TEXTS[prompt].values())) == len(LOCALES)
    assert all(uri.startswith(("sound:", "tone:")) for uri in FALLBACKS[prompt].split(","))


def test_an_organisations_own_comes_first_then_the_built_one_then_asterisks() -> None:
    assert sounds_of("prompt:sv/press_1/7", HERE.get) == ["sound:/p/own/7/sv/press_1"]
    assert sounds_of("prompt:en/press_1/7", HERE.get) == ["sound:/p/en/press_1"]
    assert sounds_of("prompt:sv/press_1", HERE.get) == FALLBACKS[Prompt.PRESS_1].split(",")


def test_other_media_stay_as_they_are() -> None:
    assert sounds_of("tone:ring,prompt:en/press_1,sound:vm-goodbye", HERE.get) == [
        "tone:ring",
        "sound:/p/en/press_1",
        "sound:vm-goodbye",
    ]


def test_a_language_without_prompts_is_spoken_to_in_english() -> None:
    assert media_uri(Prompt.LEAD_TAKEN, "de") == "prompt:en/lead_taken"
    assert media_uri(Prompt.LEAD_TAKEN, "sv", 7) == "prompt:sv/lead_taken/7"
