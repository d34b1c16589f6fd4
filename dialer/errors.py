"""The errors a person may read: each message is one sentence that says what to do next."""


def sentence(text: str) -> str:
    """Return the text as it is: a mark by which sentences kept in variables are found and translated."""
    return text


class RingpoolError(Exception):
    """Base of all errors that Ringpool raises on purpose; its text is shown to people as it is."""


class Refused(RingpoolError):
    """What was asked is not allowed in the present state; nothing was changed."""


class TakenBy(Refused):
    """Somebody else is dialing this list alone; wait until they end their session."""

    SENTENCE = sentence("%(name)s is dialing this list; a normal call list is dialed by one agent alone.")

    def __init__(self, name: str) -> None:
        super().__init__(self.SENTENCE % {"name": name})
        self.name = name


class Conflict(Refused):
    """Somebody else changed this meanwhile; load the page again, nothing of theirs was overwritten."""


class BadValue(Refused):
    """A value cannot be used, or somebody else has it; ``field`` says which. Give another."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class Forbidden(Refused):
    """Your role does not allow this; ask an admin of your organisation."""


class NotFound(RingpoolError):
    """There is no such record in this organisation."""


class DatabaseUnavailable(RingpoolError):
    """The database does not answer; start it, or correct DATABASE_URL, and try again."""


class IllegalTransition(RingpoolError):
    """An event reached a machine in a state whose table has no rule for it: a defect."""

    def __init__(self, subject: object, event: object) -> None:
        super().__init__(f"No rule for {event!r} in {subject!r}.")
