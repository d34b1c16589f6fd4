"""Settings: read from the environment once, into one frozen object, failing loudly.

``RINGPOOL_X_FILE`` names a file that holds the value of ``RINGPOOL_X``: for secrets.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dialer.errors import RingpoolError
from dialer.sip_address import sip_address


class BadSetting(RingpoolError):
    """A setting in the environment is missing or cannot be read."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the services reach each other. Addresses are URLs, ports TCP ports, folders absolute."""

    database_url: str
    node: str = "main"
    ari_url: str = "http://127.0.0.1:8088/ari"
    ari_user: str = "ringpool"
    ari_password: str = ""
    ari_app: str = "ringpool"
    trunk: str = "trunk"
    """Name of the PJSIP endpoint that leads to the carrier."""
    media_formats: str = "ulaw"
    """Formats that calls are offered in, as Asterisk names them, the best first: alaw,ulaw."""
    ami_host: str = "127.0.0.1"
    ami_port: int = 5038
    ami_user: str = "ringpool"
    ami_password: str = ""
    agi_host: str = "127.0.0.1"
    agi_port: int = 4573
    panel_host: str = "127.0.0.1"
    panel_port: int = 8080
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 9108
    """0: any free port, logged at start."""
    secret_key: str = ""
    panel_proxies: int = 0
    """How many reverse proxies stand before the panel and say whom they speak for."""
    phone_url: str = ""
    """Where browser phones reach Asterisk, as browsers see it: wss://HOST/ws. Empty: no browser phones."""
    sip_address: str = ""
    """Where desk and soft phones register, as they see it: HOST or HOST:PORT. The panel tells it to agents."""
    browser_silence_s: int = 2
    """A browser phone that sends no sound for so long is lost; browsers send silence too (DIAL-10)."""
    uploads: Path | None = None
    """Where the panel keeps files between upload and import; the user's cache folder if None."""
    webhooks_private: int = 0
    """1: webhooks may go to addresses of this machine and its network."""
    recordings: Path | None = None
    """Where the node's Asterisk keeps recordings, as the panel sees that folder."""
    recordings_s3_bucket: str = ""
    """The bucket of an S3-compatible store that complete recordings are moved to. Empty: they stay."""
    recordings_s3_url: str = ""
    """The store's address; empty: Amazon's own of the region."""
    recordings_s3_region: str = ""
    recordings_s3_key: str = ""
    """Access key and secret; empty: as boto3 finds them (a machine's own role, for example)."""
    recordings_s3_secret: str = ""
    recordings_s3_prefix: str = ""
    """What the objects' names begin with: recordings/"""
    prompts: Path | None = None
    """Folder of the spoken prompts, under the same path for the dialer, its Asterisk and the panel."""
    cdr_csv: Path | None = None
    """Asterisk's own call records (cdr_custom's ``ringpool.csv``), where this machine sees them."""


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read DATABASE_URL and every RINGPOOL_* variable that has a field here.

    Raises BadSetting with the variable's name and what it must be.
    """
    env = dict(os.environ if environ is None else environ)
    url = _text(env, "DATABASE_URL", "")
    if not url:
        raise BadSetting(
            "DATABASE_URL is not set; give the address of a PostgreSQL, "
            "or start everything with 'ringpool up', which brings its own."
        )
    return Settings(
        database_url=url,
        node=_text(env, "RINGPOOL_NODE", "main"),
        ari_url=_text(env, "RINGPOOL_ARI_URL", "http://127.0.0.1:8088/ari").rstrip("/"),
        ari_user=_text(env, "RINGPOOL_ARI_USER", "ringpool"),
        ari_password=_text(env, "RINGPOOL_ARI_PASSWORD", ""),
        ari_app=_text(env, "RINGPOOL_ARI_APP", "ringpool"),
        trunk=_text(env, "RINGPOOL_TRUNK_ENDPOINT", "trunk"),
        media_formats=_text(env, "RINGPOOL_MEDIA_FORMATS", "ulaw"),
        ami_host=_text(env, "RINGPOOL_AMI_HOST", "127.0.0.1"),
        ami_port=_port(env, "RINGPOOL_AMI_PORT", 5038),
        ami_user=_text(env, "RINGPOOL_AMI_USER", "ringpool"),
        ami_password=_text(env, "RINGPOOL_AMI_PASSWORD", ""),
        agi_host=_text(env, "RINGPOOL_AGI_HOST", "127.0.0.1"),
        agi_port=_port(env, "RINGPOOL_AGI_PORT", 4573),
        panel_host=_text(env, "RINGPOOL_PANEL_HOST", "127.0.0.1"),
        panel_port=_port(env, "RINGPOOL_PANEL_PORT", 8080),
        metrics_host=_text(env, "RINGPOOL_METRICS_HOST", "127.0.0.1"),
        metrics_port=_port(env, "RINGPOOL_METRICS_PORT", 9108),
        secret_key=_text(env, "RINGPOOL_SECRET_KEY", ""),
        panel_proxies=_number(env, "RINGPOOL_PANEL_PROXIES", 0, 0, 10),
        phone_url=_web_socket(env, "RINGPOOL_PHONE_URL"),
        sip_address=_sip_address(env, "RINGPOOL_SIP_ADDRESS"),
        browser_silence_s=_number(env, "RINGPOOL_BROWSER_SILENCE_S", 2, 1, 60),
        uploads=_folder(env, "RINGPOOL_UPLOADS"),
        webhooks_private=_number(env, "RINGPOOL_WEBHOOKS_PRIVATE", 0, 0, 1),
        recordings=_folder(env, "RINGPOOL_RECORDINGS"),
        **recordings_store(env),
        prompts=_folder(env, "RINGPOOL_PROMPTS"),
        cdr_csv=_folder(env, "RINGPOOL_CDR_CSV"),
    )


def recordings_store(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Where complete recordings are moved to: the values of Settings' recordings_s3_… fields.

    Raises BadSetting for an address that is none, or a file that cannot be read.
    """
    env = os.environ if environ is None else environ
    named = {
        f"recordings_s3_{name}": _text(env, f"RINGPOOL_RECORDINGS_S3_{name.upper()}", "")
        for name in ("bucket", "region", "key", "secret", "prefix")
    }
    return {**named, "recordings_s3_url": _web_address(env, "RINGPOOL_RECORDINGS_S3_URL")}


def _text(env: Mapping[str, str], name: str, default: str) -> str:
    if path := env.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error
    return env.get(name, "").strip() or default


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    value = _text(env, name, str(default))
    if not value.isdecimal() or int(value) > 65535:
        raise BadSetting(f"{name} is '{value}'; it must be a port number from 0 to 65535.")
    return int(value)


def _number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = _text(env, name, str(default))
    if not value.isdecimal() or not least <= int(value) <= most:
        raise BadSetting(f"{name} is '{value}'; it must be a number from {least} to {most}.")
    return int(value)


def _web_socket(env: Mapping[str, str], name: str) -> str:
    value = _text(env, name, "")
    if value and not re.fullmatch(r"wss?://[^\s/;,]+(/[^\s;,]*)?", value):
        raise BadSetting(f"{name} is '{value}'; it must be an address like wss://panel.example.com/ws.")
    return value


def _web_address(env: Mapping[str, str], name: str) -> str:
    value = _text(env, name, "")
    if value and not re.fullmatch(r"https?://[^\s/;,]+(/[^\s;,]*)?", value):
        raise BadSetting(f"{name} is '{value}'; it must be an address like https://s3.example.com.")
    return value


def _sip_address(env: Mapping[str, str], name: str) -> str:
    value = _text(env, name, "")
    try:
        return str(sip_address(value)) if value else ""
    except ValueError:
        raise BadSetting(
            f"{name} is '{value}'; it must be a host and a port like sip.example.com:5060."
        ) from None


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    value = _text(env, name, "")
    return Path(value).absolute() if value else None
