"""Passwords as installations keep them; other tests hash at the least cost."""

import subprocess
import sys

PRINT_A_HASH = "from dialer.passwords import hash_password; print(hash_password('correct horse'))"


def test_a_password_is_hashed_with_argon2id_at_its_recommended_cost() -> None:
    # RFC 9106, second recommended option: 64 MiB, three passes, four lanes.
    made = subprocess.run([sys.executable, "-c", PRINT_A_HASH], check=True, capture_output=True, text=True)
    assert made.stdout.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
