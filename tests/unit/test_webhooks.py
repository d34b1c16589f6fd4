"""What is sent to other programs, and where it may go."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from dialer.errors import BadValue
from dialer.webhooks import TRIED_FOR, checked_url, headers, is_public, next_try, signature

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# The example of the Standard Webhooks specification.
SECRET, MESSAGE, STAMP = (
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "1614265330",
)
BODY = b'{"test": 2432232314}'


def test_the_signature_is_that_of_standard_webhooks() -> None:
    assert signature(SECRET, MESSAGE, STAMP, BODY) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    at = datetime.fromtimestamp(int(STAMP), UTC)
    sent = headers(SECRET, MESSAGE, BODY, at)
    assert (sent["webhook-id"], sent["webhook-timestamp"]) == (MESSAGE, STAMP)
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    made = hmac.new(key, f"{MESSAGE}.{STAMP}.".encode() + BODY, hashlib.sha256).digest()
    assert sent["webhook-signature"] == "v1," + base64.b64encode(made).decode()


def test_a_message_is_tried_less_and_less_often_for_a_day() -> None:
    until, at, tries, waits = NOON + TRIED_FOR, NOON, 0, []
    while (due := next_try(tries + 1, at, until)) is not None:
        waits.append(due - at)
        at, tries = due, tries + 1
    assert waits[:2] == [timedelta(seconds=5), timedelta(seconds=30)]
    assert waits == sorted(waits)
    assert timedelta(hours=19) < at - NOON <= TRIED_FOR
    assert 10 <= tries <= 15


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
     "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::ffff:0:127.0.0.1",
     "fec0::1", "64:ff9b:1::7f00:1"],
)  # fmt: skip
def test_an_address_of_no_public_place_is_none(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"]
)
def test_an_address_out_in_the_world_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["", "example.com", "ftp://example.com/", "file:///etc/passwd", "https://", "https://:443/", "http://[::1",
     "https://me:secret@example.com/", "https://me@example.com", "https://example.com:99999/",
     "https://exa mple.com/", "https://exämple.com/", "https://example.com/\n", "https://e.com/" + "a" * 500],
)  # fmt: skip
def test_an_address_that_nothing_can_be_sent_to_is_refused(url: str) -> None:
    if url.endswith("\n"):
        assert checked_url(url) == url.strip()
        return
    with pytest.raises(BadValue):
        checked_url(url)


def test_an_address_loses_what_is_not_sent() -> None:
    assert checked_url(" https://example.com/hook?a=1#top ") == "https://example.com/hook?a=1"
