"""Ctrl-C, heeded even where Python would lose it."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def heed() -> Iterator[Callable[[], None]]:
    """
    Remember that Ctrl-C was pressed, beside the exception that it raises.

    Python drops an exception raised while it calls back or finalises an object. Nothing
    is remembered where Ctrl-C does not raise: in a thread other than the main one, or
    where the caller ignores it.

    Yields
    ------
    check : callable
        Raises `KeyboardInterrupt` if Ctrl-C was pressed.
    """
    pressed = threading.Event()

    def check() -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    def note(number: int, frame: FrameType | None) -> None:
        # Not print: it may be at work where the signal came.
        os.write(2, b"\nstopping when the reports at work are done\n")
        pressed.set()
        signal.default_int_handler(number, frame)

    raises = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not raises or threading.current_thread() is not threading.main_thread():
        yield check
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
