"""The names under which uploaded files are kept: ours, because the upload's own may be a person's,
a path or a program's.

Letters only: a run of digits in a name would now and then look like somebody's phone number to
the checks that walk every text column.
"""

import secrets
import string

LENGTH = 16


def new_file_name(extension: str) -> str:
    """A name that nobody can guess, as “kfnqzvtrwpxhsmdc.webp”; the extension has its dot."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(LENGTH)) + extension
