"""The SIP accounts of agents' phones, as objects that the dialer pushes over ARI.

Each is sent with `PUT {ari}/asterisk/config/dynamic/res_pjsip/{kind}/{id}` and the body `body()`.
What to know about pushing is in asterisk_conf/README.md, under "Agents' phones".
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PushedObject:
    """One object: its kind (`auth`, `aor`, `endpoint`), its id and its fields."""

    kind: str
    id: str
    fields: Mapping[str, str]

    @property
    def path(self) -> str:
        """Below ARI's base address."""
        return f"/asterisk/config/dynamic/res_pjsip/{self.kind}/{self.id}"

    def body(self) -> dict[str, list[dict[str, str]]]:
        """The request's JSON."""
        return {"fields": [{"attribute": name, "value": value} for name, value in self.fields.items()]}


PHONE_CODECS = ("ulaw", "alaw")
"""What every phone speaks, and so every account allows."""


def codecs(media_formats: str) -> tuple[str, ...]:
    """What a phone's account allows, in order: the formats that calls are offered in, then the usual ones."""
    asked = (name.strip().lower() for name in media_formats.split(","))
    return tuple(dict.fromkeys((*filter(None, asked), *PHONE_CODECS)))


def phone_account(
    extension: str,
    secret: str,
    name: str,
    *,
    in_browser: bool = False,
    media_formats: str = "",
    silence_s: int = 2,
) -> tuple[PushedObject, ...]:
    """An account in the order in which it is pushed (and deleted in reverse).

    The user name, the endpoint and the dial string's `PJSIP/{extension}` are all the extension.
    A second push of the `aor` would freeze the phone's present contact into it: push it only where
    a GET of its path answers 404.
    """
    auth = PushedObject("auth", extension, {"auth_type": "digest", "username": extension, "password": secret})
    aor = PushedObject(
        "aor", extension, {"max_contacts": "1", "remove_existing": "yes", "qualify_frequency": "0"}
    )
    shown = name.replace('"', "").replace("<", "").replace(">", "")
    fields = {
        "auth": extension,
        "aors": extension,
        "context": "agents",
        "callerid": f'"{shown}" <{extension}>',
        "disallow": "all",
        "allow": ",".join(codecs(media_formats)),
        "direct_media": "no",
        "dtmf_mode": "rfc4733",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
        # A phone that lost its network is noticed within two minutes, in a call too.
        "timers_sess_expires": "120",
        "timers_min_se": "90",
    }
    if in_browser:
        fields |= {
            "webrtc": "yes",
            "dtls_auto_generate_cert": "yes",
            "transport": "transport-ws",
            # A browser sends sound all the time, silence too: when none comes, the phone is lost.
            "rtp_timeout": str(silence_s),
            "rtp_timeout_hold": str(silence_s),
        }
    return auth, aor, PushedObject("endpoint", extension, fields)
