"""Give events to listeners: one that fails, or asks for it, ends the training after the batch in hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zoo.core.events import Event, Listener, ignore, own_copy


class Listening:
    """Called with an event, gives each listener a copy of its own.

    What a listener raises is kept in `failure` until the run is saved, and that listener gets no more events; a second
    Ctrl-C, `KeyboardInterrupt` once `stopping()`, goes through at once. `asked`: one called `event.stop()`.
    """

    def __init__(self, listeners: Sequence[Listener], stopping: Callable[[], bool] = lambda: False) -> None:
        self.failure: BaseException | None = None
        self.asked = False
        self._listeners = [each for each in listeners if each is not ignore]
        self._stopping = stopping

    @property
    def listener(self) -> Listener:
        """This, or what ignores events where nobody listens: then none are made."""
        return self if self._listeners else ignore

    @property
    def ends(self) -> bool:
        return self.asked or self.failure is not None

    def __call__(self, event: Event) -> None:
        for each in tuple(self._listeners):
            try:
                each(own_copy(event, self._ask))
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt) and self._stopping():
                    raise
                self.failure = self.failure or error
                self._listeners.remove(each)

    def _ask(self) -> None:
        self.asked = True
