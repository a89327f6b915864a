"""Lanes take turns: their steps in threads, as many at once as allowed, all else in the caller's thread."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from threading import Barrier, Event, Thread, current_thread, main_thread

import pytest

from earnest.at_once import Lane, take_turns

PATIENCE = 60.0  # seconds after which a test fails that would else hang; none waits for it


def lane(steps: Iterable[Callable[[], object]], told: list[object], name: str = "") -> Lane[object]:
    """A lane that tells when it begins, what each step came to, and when it ends."""
    told.append(f"{name} begins")
    for step in steps:
        told.append((yield step))
    told.append(f"{name} ends")


def test_steps_of_two_lanes_are_under_way_at_the_same_time() -> None:
    """Each waits until the other is there too."""
    both = Barrier(2, timeout=PATIENCE)
    told: list[object] = []
    take_turns([lane([both.wait], told), lane([both.wait], told)], 2)
    assert {0, 1} <= set(told)


def test_no_more_lanes_than_allowed() -> None:
    """The third begins when one of the first two has ended."""
    both = Barrier(2, timeout=PATIENCE)
    told: list[object] = []
    take_turns([lane([both.wait], told, "a"), lane([both.wait], told, "b"), lane([], told, "c")], 2)
    ends = [place for place, one in enumerate(told) if one in ("a ends", "b ends")]
    assert told.index("c begins") > min(ends)


@pytest.mark.parametrize("at_once", [1, 2, 7])
def test_every_lane_keeps_its_order(at_once: int) -> None:
    """However many are at work, a lane hears of its steps one after another, each before the next."""
    under_way: dict[str, int] = {}
    heard: dict[str, list[int]] = {}

    def counted(name: str) -> Lane[int]:
        for number in range(5):

            def step(number: int = number) -> int:
                under_way[name] = under_way.get(name, 0) + 1
                assert under_way[name] == 1
                under_way[name] -= 1
                return number

            heard.setdefault(name, []).append((yield step))

    take_turns([counted(name) for name in "abcdef"], at_once)
    assert heard == {name: [0, 1, 2, 3, 4] for name in "abcdef"}


def test_only_steps_leave_the_callers_thread() -> None:
    """And those of one lane stay in one thread, which has ended when all is done."""
    threads: list[Thread] = []
    mine: list[Thread] = []

    def watched() -> Lane[Thread]:
        for _ in range(3):
            threads.append((yield current_thread))
            mine.append(current_thread())

    take_turns([watched()], 2)
    assert mine == [main_thread()] * 3
    assert len(set(threads)) == 1
    assert threads[0] is not main_thread()
    assert not threads[0].is_alive()


def test_one_at_a_time_takes_no_thread() -> None:
    """As if each step were called where it is yielded."""
    told: list[object] = []
    take_turns([lane([current_thread], told, "a"), lane([current_thread], told, "b")], 1)
    assert told == ["a begins", main_thread(), "a ends", "b begins", main_thread(), "b ends"]


@pytest.mark.parametrize("at_once", [1, 2])
def test_what_a_step_raises_its_lane_may_mend(at_once: int) -> None:
    """It is raised where the step was yielded; the lane goes on, and so do the others."""

    def broken() -> object:
        raise ZeroDivisionError("oops")

    def mending(told: list[object]) -> Lane[object]:
        try:
            yield broken
        except ZeroDivisionError as error:
            told.append(str(error))
        told.append((yield lambda: "mended"))

    told: list[object] = []
    take_turns([mending(told), lane([lambda: "fine"], told, "b")], at_once)
    assert {"oops", "mended", "fine"} <= set(told)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_a_lane_raises_ends_all_at_once(error: type[BaseException]) -> None:
    """Nobody waits for a step that is under way; its lane is closed where it stands."""
    free, left = Event(), Event()

    def stuck() -> Lane[bool]:
        try:
            yield lambda: free.wait(PATIENCE)
        finally:
            left.set()

    def failing() -> Lane[bool]:
        yield lambda: True
        raise error

    with pytest.raises(error):
        take_turns([stuck(), failing()], 2)
    assert left.is_set()
    assert not free.is_set()
    free.set()


def test_ctrl_c_ends_the_process_while_a_host_is_silent() -> None:
    """A step that never ends holds nobody up."""
    program = (
        "import threading\n"
        "from earnest.at_once import take_turns\n"
        "def lane():\n"
        "    yield lambda: print('asked', flush=True)\n"
        "    yield threading.Event().wait\n"
        "take_turns([lane(), lane()], 2)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "asked\n"
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert "KeyboardInterrupt" in said
