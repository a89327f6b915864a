"""Slow steps in threads, everything else here: several lanes of work, a bounded number at the same time.

A lane is a generator. It yields a step that may take long, such as asking a host, and is sent what the
step came to; what it does between two yields is done in the caller's thread, one lane at a time. So a
lane may write to the ledger, and has never more than one step under way: the next begins only when it
has dealt with the last.

The threads are daemons, unlike those of concurrent.futures, which an ending process waits for: when
somebody presses Ctrl-C, no host that takes its time holds up the end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")

Step = Callable[[], T]
Lane = Generator[Step[T], T, None]


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[T]):
    """What a step came to: the one value, or what it raised."""

    value: tuple[T] | tuple[()] = ()
    error: BaseException | None = None


class _Worker(Thread, Generic[T]):
    """The thread of one lane: takes its steps, one after another, until it is given none."""

    def __init__(self, place: int, done: SimpleQueue[tuple[int, _Outcome[T]]]) -> None:
        super().__init__(name=f"lane {place}", daemon=True)
        self.given: SimpleQueue[Step[T] | None] = SimpleQueue()
        self._place = place
        self._done = done

    def run(self) -> None:
        """Put what each step came to where the lanes wait for it."""
        while (step := self.given.get()) is not None:
            self._done.put((self._place, _outcome(step)))


def take_turns(lanes: Iterable[Lane[T]], at_once: int) -> None:
    """Run the lanes to their ends, at most `at_once` of them at the same time; with 1, without threads.

    Of several that are ready, the first of `lanes` goes on first. What a lane raises ends all of them
    at once, and so does Ctrl-C: steps under way are left to themselves, and nobody hears of them.
    """
    if at_once == 1:
        for lane in lanes:
            step = _begin(lane)
            while step is not None:
                step = _go_on(lane, _outcome(step))
        return
    done: SimpleQueue[tuple[int, _Outcome[T]]] = SimpleQueue()
    working: dict[int, tuple[Lane[T], _Worker[T]]] = {}
    workers: list[_Worker[T]] = []
    waiting = enumerate(lanes)
    try:
        while True:
            while len(working) < at_once and (fresh := next(waiting, None)) is not None:
                place, lane = fresh
                if (step := _begin(lane)) is not None:
                    workers.append(worker := _Worker(place, done))
                    working[place] = lane, worker
                    worker.start()
                    worker.given.put(step)
            if not working:
                break
            _hand_on(working, _ready(done))
    finally:
        for lane, worker in working.values():
            worker.given.put(None)
            lane.close()
    for worker in workers:  # given nothing more, each ends by itself; but the caller may be about to fork
        worker.join()


def _hand_on(working: dict[int, tuple[Lane[T], _Worker[T]]], ready: list[tuple[int, _Outcome[T]]]) -> None:
    """Tell lanes what their steps came to, and give their workers the next; who has none leaves."""
    for place, outcome in sorted(ready, key=lambda one: one[0]):
        lane, worker = working[place]
        step = _go_on(lane, outcome)
        worker.given.put(step)
        if step is None:
            del working[place]


def _ready(done: SimpleQueue[tuple[int, _Outcome[T]]]) -> list[tuple[int, _Outcome[T]]]:
    """All that is there, at least one: waits for it."""
    ready = [done.get()]
    try:
        while True:
            ready.append(done.get_nowait())
    except Empty:
        return ready


def _outcome(step: Step[T]) -> _Outcome[T]:
    try:
        return _Outcome((step(),))
    except BaseException as error:  # raised again in the lane, so that nobody waits for it in vain
        return _Outcome(error=error)


def _begin(lane: Lane[T]) -> Step[T] | None:
    """The first step of a lane; None where it has none."""
    return next(lane, None)


def _go_on(lane: Lane[T], outcome: _Outcome[T]) -> Step[T] | None:
    """Tell a lane what its step came to; its next step, or None at its end."""
    try:
        if outcome.error is not None:
            return lane.throw(outcome.error)
        (value,) = outcome.value  # type: ignore[misc]  # one of the two is there
        return lane.send(value)
    except StopIteration:
        return None
