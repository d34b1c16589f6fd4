"""Where recordings lie: the node's folder, and a store that speaks S3 for those that are complete.

Only this module speaks to the store, through boto3 (the extra ``s3``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from dialer.errors import RingpoolError
from dialer.settings import BadSetting, Settings

BLOCK = 256 * 1024
"""Bytes that are passed on at a time."""

TIMEOUT_S = 10

SETTLED = timedelta(seconds=30)
"""A call that has been over for so long is no longer written of."""


class StoreUnavailable(RingpoolError):
    """The recordings' store does not answer, or refuses us; see RINGPOOL_RECORDINGS_S3_… and try again."""

    silent = False
    """It does not answer: each further question would take as long."""


class NoSuchPart(Exception):
    """The part that is asked for begins where the recording is over."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a stored sound: its first byte, the length of the whole, the stretch's and the bytes."""

    first: int
    whole: int
    length: int
    blocks: Iterator[bytes]
    is_all: bool = False
    """No range was asked for, or the store knows none."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder that the node's Asterisk records to."""

    path: Path

    @property
    def is_there(self) -> bool:
        """Whether it can be looked into at all; a disk that is not mounted has lost nothing."""
        return self.path.is_dir()

    def file(self, recording_id: UUID) -> Path:
        """Where a recording lies, or would."""
        return self.path / f"{recording_id}.wav"

    def has(self, recording_id: UUID) -> bool:
        """Whether it is there."""
        return self.file(recording_id).is_file()

    def delete(self, recording_id: UUID) -> None:
        """Delete it; gone already is as good. Raises OSError when that is not allowed."""
        self.file(recording_id).unlink(missing_ok=True)


class Store:
    """A bucket of an S3-compatible store."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def put(self, organisation_id: int, recording_id: UUID, file: Path) -> None:
        """Store the file, and see that all of it is there. Raises StoreUnavailable."""
        with _errors():
            key = self._key(organisation_id, recording_id)
            self._client.upload_file(str(file), self._bucket, key, ExtraArgs={"ContentType": "audio/wav"})
            stored = self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]
        if stored != file.stat().st_size:
            raise StoreUnavailable("The recordings' store kept less than it was given; it is tried again.")

    def part(self, organisation_id: int, recording_id: UUID, byte_range: str | None = None) -> Part | None:
        """The bytes of a recording, or those of a range as HTTP writes it; None where it is not there.

        Raises NoSuchPart for a range that is not in it, StoreUnavailable.
        """
        asked = {"Bucket": self._bucket, "Key": self._key(organisation_id, recording_id)}
        if byte_range:
            asked["Range"] = byte_range
        with _errors():
            try:
                found = self._client.get_object(**asked)
            except self._client.exceptions.NoSuchKey:
                return None
            except self._client.exceptions.ClientError as error:
                if error.response["Error"]["Code"] == "InvalidRange":
                    raise NoSuchPart from None
                raise
            length, blocks = found["ContentLength"], found["Body"].iter_chunks(BLOCK)
            if "ContentRange" not in found:
                return Part(0, length, length, blocks, is_all=True)
            place, _, whole = found["ContentRange"].removeprefix("bytes ").partition("/")
            return Part(int(place.partition("-")[0]), int(whole), length, blocks)

    def has(self, organisation_id: int, recording_id: UUID) -> bool:
        """Whether it is there. Raises StoreUnavailable."""
        with _errors():
            try:
                self._client.head_object(Bucket=self._bucket, Key=self._key(organisation_id, recording_id))
            except self._client.exceptions.ClientError as error:
                if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                    return False
                raise
        return True

    def delete(self, organisation_id: int, recording_id: UUID) -> None:
        """Delete it; gone already is as good. Raises StoreUnavailable."""
        with _errors():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(organisation_id, recording_id))

    def _key(self, organisation_id: int, recording_id: UUID) -> str:
        return f"{self._prefix}{organisation_id}/{recording_id}.wav"


def folder(settings: Settings) -> Folder | None:
    """The folder, where this machine sees it."""
    return Folder(settings.recordings) if settings.recordings is not None else None


def store(settings: Settings) -> Store | None:
    """The store that the settings name, if they name one. Raises BadSetting when boto3 is missing."""
    if not settings.recordings_s3_bucket:
        return None
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise BadSetting(
            "RINGPOOL_RECORDINGS_S3_BUCKET is set, and boto3 is missing; install it with pip install 'ringpool[s3]'."
        ) from None
    client = boto3.client(
        "s3",
        endpoint_url=settings.recordings_s3_url or None,
        region_name=settings.recordings_s3_region or "us-east-1",
        aws_access_key_id=settings.recordings_s3_key or None,
        aws_secret_access_key=settings.recordings_s3_secret or None,
        config=Config(
            connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S, retries={"max_attempts": 2, "mode": "standard"}
        ),
    )
    return Store(client, settings.recordings_s3_bucket, settings.recordings_s3_prefix)


class _errors:
    """boto3's many errors are one to us."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, Boto3Error | BotoCoreError | ClientError):
            unavailable = StoreUnavailable(
                "The recordings' store does not answer, or refuses us; look at RINGPOOL_RECORDINGS_S3_… and try again."
            )
            unavailable.silent = isinstance(error, BotoCoreError)
            raise unavailable from error
