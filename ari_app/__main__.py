"""``python -m ari_app``: the dialer with settings from the environment."""

import sys

from ari_app.main import run
from dialer.errors import RingpoolError
from dialer.settings import from_environment

if __name__ == "__main__":
    try:
        run(from_environment())
    except RingpoolError as error:
        sys.exit(str(error))
