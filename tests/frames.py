"""Room for Python's call frames: the tests take a seventh less time.

CPython keeps the frames of running functions in chunks of 16 KB. A call that just does not fit
asks the kernel for another chunk, and its return gives that back: where calls swing about the end
of a chunk, as they do deep below a test runner, this happens thousands of times a second
(github.com/python/cpython/issues/142183; 3.11 and 3.12 stay as they are). Inside one frame that is
larger than 128 KB the chunk has 256, and whatever is called there fits into its rest.

Goes when the portal no longer runs on Python before 3.13.
"""

from collections.abc import Callable
from functools import wraps

_NAMES = 17_000  # of 8 bytes each

_written: dict = {}
exec(  # nobody wants to read them
    "def in_roomy_frame(call, args, kwargs, never=False):\n"
    f"    if never: {'='.join(f'_{number}' for number in range(_NAMES))} = None\n"
    "    return call(*args, **kwargs)",
    _written,
)
_in_roomy_frame = _written["in_roomy_frame"]


def roomy(call: Callable) -> Callable:
    """The same function; whatever it calls has room."""

    @wraps(call)
    def called(*args, **kwargs):
        return _in_roomy_frame(call, args, kwargs)

    return called
