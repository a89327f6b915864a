"""A responder at a real browser: keyboard, news, refusals, undo, phone width, no script at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from earnest import auditing
from earnest.ledger.samples import sample
from earnest.ledger.views import QueueQuery
from routing.case import State
from tests.desk import axe
from tests.desk.larkspur import NOON, Room, Said
from tests.desk.serving import CHROMIUM, served

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]


@pytest.fixture
def address(room: Room) -> Iterator[str]:
    """The desk's address."""
    with served(room.app) as address:
        yield address


def _sit(page: Page, address: str, name: str) -> Page:
    page.goto(f"{address}/you")
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Sit down").click()
    page.wait_for_url(f"{address}/")
    return page


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A responder's page on the queue; any error in the console fails the test."""
    yield from _at_work(chromium, address, width=1100)


@pytest.fixture
def wide(chromium: Browser, address: str) -> Iterator[Page]:
    """The same on a wide screen, where the case stands beside the list."""
    yield from _at_work(chromium, address, width=1366)


def _at_work(chromium: Browser, address: str, width: int) -> Iterator[Page]:
    context = chromium.new_context(base_url=address, viewport={"width": width, "height": 800})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda m: wrong.append(m.text) if m.type == "error" and "status of" not in m.text else None
    )
    yield _sit(page, address, "Priya Shah")
    context.close()
    assert wrong == []


def test_a_person_is_helped_by_keyboard_alone(room: Room, page: Page) -> None:
    """Next person, a note, resolved, undone: no mouse."""
    case_id = room.case_of("mayao").case_id
    page.keyboard.press("n")
    page.wait_for_url(f"**/cases/{case_id}")
    page.keyboard.press("c")
    page.keyboard.type("Rang her; engineer comes at 7.")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_url("**/")
    expect(page.get_by_text("Maya Okafor: resolved.")).to_be_visible()
    assert room.ledger.case(case_id).case.state is State.RESOLVED
    page.keyboard.press("u")
    page.wait_for_url(f"**/cases/{case_id}")
    assert room.ledger.case(case_id).case.state is State.ASSIGNED
    assert room.ledger.case(case_id).events[-2].note == "Rang her; engineer comes at 7."


def test_ten_people_are_helped_by_keyboard_alone(room: Room, page: Page) -> None:
    """Next, answer, resolved, ten times, each with the answer checked on the way."""
    room.hear(
        Said(f"8{n}", f"neighbour{n}", f"Larkspur has been down since {n} o'clock, when is it back?", n, 2)
        for n in range(1, 8)
    )
    for _ in range(10):
        page.keyboard.press("n")
        page.wait_for_url("**/cases/*")
        page.keyboard.press("r")
        page.keyboard.type("It is the street cabinet; we will have it back by 22:00.")
        expect(page.locator("#copy")).to_have_attribute("aria-disabled", "false")
        page.keyboard.press("Escape")
        page.keyboard.press("e")
        page.wait_for_url("**/")
    done = room.ledger.queue(QueueQuery(closed=True)).rows
    assert len([row for row in done if row.state is State.RESOLVED]) == 10


def test_j_and_k_move_the_focus_and_enter_opens(room: Room, page: Page) -> None:
    """What is focused is what opens."""
    second = room.ledger.queue().rows[1]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{second.case_id}")


def _draw(room: Room) -> None:
    """A sample of the afternoon, so that the page Audit has something to read."""
    auditing.draw(room.ledger.database, since=NOON.replace(day=1), until=NOON, size=50, seed=1, who="Ada")


def test_a_sample_is_read_by_one_key_a_post(room: Room, page: Page) -> None:
    """c, x and s judge, u takes back; the next post comes by itself, and a key held down judges only one."""
    _draw(room)
    page.keyboard.press("g")
    page.keyboard.press("u")
    head = page.locator("#post-head")

    def shows(number: int) -> None:
        expect(head).to_contain_text(f"Post {number} of 7")
        expect(page.locator("#help-open")).to_be_visible()  # from here on keys act

    for at, key in enumerate(("c", "x", "s"), 1):
        shows(at)
        page.keyboard.press(key)
    shows(4)
    expect(head).to_be_focused()
    page.keyboard.press("u")
    shows(3)
    held = (
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'c', bubbles: true, repeat: true}))"
    )
    assert page.evaluate(f"{held}; document.getElementById('judge').dataset.sent ?? 'not sent'") == "not sent"
    view = sample(room.ledger.database)
    assert view is not None
    told = [sum(getattr(one, kind) for one in view.strata) for kind in ("complaints", "none", "unsure")]
    assert told == [1, 1, 0]


def test_snooze_and_dismiss_by_keyboard(room: Room, page: Page) -> None:
    """h opens the sleep, x the reasons; each ends with Enter."""
    first, second = room.ledger.queue().rows[:2]
    page.goto(f"/cases/{first.case_id}")
    page.keyboard.press("h")
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    assert room.ledger.case(first.case_id).case.state is State.SNOOZED
    page.goto(f"/cases/{second.case_id}")
    page.keyboard.press("x")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Dismiss").press("Enter")
    page.wait_for_url("**/")
    assert room.ledger.case(second.case_id).case.closed_reason == "praise"


def test_g_then_a_letter_goes(page: Page) -> None:
    """The ways of the desk by two keys, and help by one."""
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/dismissed")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_single_keys_can_be_changed_and_switched_off(page: Page) -> None:
    """WCAG 2.1.4: whoever dictates or shakes is not surprised."""
    page.goto("/you")
    page.get_by_label("this list").fill("y")
    page.get_by_role("button", name="Keep these keys").click()
    page.wait_for_load_state()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    page.keyboard.press("y")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Single keys act").uncheck()
    page.get_by_role("button", name="Sit down").click()
    page.wait_for_url("**/")
    page.keyboard.press("y")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_the_palette_goes_anywhere(page: Page) -> None:
    """Ctrl+K, a few letters, Enter."""
    page.keyboard.press("Control+k")
    page.keyboard.type("sourc")
    page.keyboard.press("Enter")
    page.wait_for_url("**/status")
    page.keyboard.press("Control+k")
    page.keyboard.type("pendant")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=pendant")


def test_news_arrive_without_moving_anything(room: Room, page: Page) -> None:
    """A pill says how many; rows and focus stay where they are until one asks."""
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.href")
    place = page.locator("#list").bounding_box()
    page.wait_for_timeout(300)
    room.hear([Said("901", "leo_b", "Larkspur has been down all day, no word from anyone", 1, 3, "Leo Berg")])
    pill = page.get_by_role("link", name="1 new")
    expect(pill).to_be_visible(timeout=8000)
    expect(page.locator("#spoken")).to_have_text("1 new person is waiting.")
    assert page.evaluate("document.activeElement.href") == focused
    assert page.locator("#list").bounding_box() == place
    expect(page.get_by_text("Leo Berg")).to_have_count(0)
    pill.click()
    expect(page.get_by_role("link", name="Leo Berg")).to_be_visible()


def test_two_collide_and_neither_loses_words(room: Room, page: Page, chromium: Browser, address: str) -> None:
    """The slower of two sees what happened, with note and answer still typed."""
    case_id = room.case_of("mayao").case_id
    page.goto(f"/cases/{case_id}")
    page.get_by_label("A note for colleagues").fill("I rang her.")
    page.get_by_label("Your answer to Maya Okafor").fill("Hi Maya, an engineer comes at 7 tomorrow.")
    context = chromium.new_context(base_url=address)
    tom = _sit(context.new_page(), address, "Tom Reed")
    tom.goto(f"/cases/{case_id}")
    tom.get_by_label("A note for colleagues").fill("Depot: van broke down.")
    tom.get_by_role("button", name="Keep the note").last.click()
    tom.wait_for_load_state()
    page.get_by_role("button", name="Resolved").click()
    expect(page.get_by_role("alert")).to_contain_text("Tom Reed noted")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("A note for colleagues")).to_have_value("I rang her.")
    expect(page.get_by_label("Your answer to Maya Okafor")).to_have_value(
        "Hi Maya, an engineer comes at 7 tomorrow."
    )
    context.close()


def test_an_answer_that_sells_cannot_be_copied(room: Room, page: Page) -> None:
    """The check speaks while one writes; a coupon stops the copy, an honest answer does not."""
    page.goto(f"/cases/{room.case_of('mayao').case_id}")
    reply = page.get_by_label("Your answer to Maya Okafor")
    copy = page.get_by_role("button", name="Copy and open the post")
    reply.fill("Sorry Maya! Use code SORRY10 for 10% off.")
    expect(page.locator("#findings")).to_contain_text("coupon", ignore_case=True)
    expect(copy).to_have_attribute("aria-disabled", "true")
    reply.fill("Hi Maya, that is three visits too many. I have booked the first slot tomorrow at 7.")
    expect(copy).to_have_attribute("aria-disabled", "false")
    page.reload()
    expect(reply).to_have_value(
        "Hi Maya, that is three visits too many. I have booked the first slot tomorrow at 7."
    )


def test_why_this_priority_on_focus_and_escape(page: Page) -> None:
    """The card opens by keyboard and closes without moving the focus."""
    button = page.get_by_role("button", name="Priority").first
    card = page.get_by_role("tooltip").first
    button.focus()
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(button).to_be_focused()


def test_the_case_stands_beside_the_list(room: Room, wide: Page) -> None:
    """Chosen by key or click; the list keeps its place and focus, and the address leads back and forth."""
    first, second = room.ledger.queue().rows[:2]
    place, beside = wide.locator("#list").bounding_box(), wide.locator("#beside")
    focused = "document.activeElement.closest('.row')?.dataset.case"
    wide.keyboard.press("j")
    expect(beside.get_by_role("heading", level=1)).to_have_text(first.name)
    wide.wait_for_url(f"**/?case={first.case_id}")
    assert wide.evaluate(focused) == str(first.case_id)
    wide.keyboard.press("j")
    expect(beside.get_by_role("heading", level=1)).to_have_text(second.name)
    assert wide.locator("#list").bounding_box() == place
    wide.keyboard.press("Enter")
    expect(beside.get_by_role("heading", level=1)).to_be_focused()
    wide.keyboard.press("Escape")
    assert wide.evaluate(focused) == str(second.case_id)
    wide.locator("#list .to-case").first.click()
    expect(beside.get_by_role("heading", level=1)).to_have_text(first.name)
    wide.go_back()
    expect(beside.get_by_role("heading", level=1)).to_have_text(second.name)
    wide.go_back()
    expect(beside.get_by_text("Choose a person")).to_be_visible()
    wide.go_forward()
    wide.reload()
    expect(beside.get_by_role("heading", level=1)).to_have_text(second.name)
    wide.set_viewport_size({"width": 900, "height": 800})
    wide.reload()
    wide.wait_for_url(f"**/cases/{second.case_id}")


def test_work_beside_the_list_leaves_the_list_alone(room: Room, wide: Page) -> None:
    """Resolved, undone, refused with the words kept, the next person: rows stay and say how it stands."""
    case_id = room.case_of("mayao").case_id
    row = wide.locator(f'#list [data-case="{case_id}"]')
    wide.keyboard.press("n")
    expect(row.locator(".row-standing")).to_have_text("with Priya Shah")
    wide.keyboard.press("e")
    expect(wide.locator("#beside").get_by_text("Maya Okafor: resolved.")).to_be_visible()
    expect(row.locator(".row-standing")).to_contain_text("resolved")
    wide.keyboard.press("u")
    expect(row.locator(".row-standing")).to_have_text("with Priya Shah")
    assert room.ledger.case(case_id).case.state is State.ASSIGNED
    room.ledger.note(case_id, responder="Tom Reed", note="Depot rang.")
    wide.get_by_label("A note for colleagues").fill("I rang her.")
    wide.get_by_role("button", name="Resolved").first.click()
    expect(wide.get_by_role("alert")).to_contain_text("Tom Reed noted")
    expect(wide.get_by_label("A note for colleagues")).to_have_value("I rang her.")
    assert wide.url.endswith(f"/?case={case_id}")
    wide.locator("#list .to-case").nth(1).click()
    expect(wide.get_by_label("A note for colleagues")).to_have_value("")
    wide.locator("#list .to-case").first.click()
    expect(wide.get_by_label("A note for colleagues")).to_have_value("I rang her.")


def test_one_step_for_many_by_keyboard(room: Room, wide: Page) -> None:
    """x chooses, shift takes the range, b leads to the bar; each has its result, u takes all back."""
    rows = room.ledger.queue().rows
    bar = wide.locator("#bulk")
    expect(bar).to_be_hidden()
    wide.keyboard.press("j")
    wide.keyboard.press("x")
    expect(bar).to_contain_text("1 chosen")
    boxes = wide.locator('#list input[name="pick"]')
    boxes.nth(2).click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 chosen")
    room.ledger.note(rows[1].case_id, responder="Tom Reed", note="Depot rang.")
    wide.keyboard.press("b")
    wide.keyboard.press("Enter")
    outcomes = wide.locator("#outcomes")
    expect(outcomes.get_by_role("heading", level=1)).to_have_text("2 of 3 taken")
    expect(outcomes).to_contain_text("note by Tom Reed")
    expect(bar).to_be_hidden()
    expect(wide.locator(".row-standing").first).to_have_text("with Priya Shah")
    wide.keyboard.press("u")
    expect(outcomes.get_by_role("heading", level=1)).to_have_text("2 taken back")
    assert {row.state for row in room.ledger.queue().rows} == {State.NEW}


PAGES = (
    "/",
    "/?case=1",
    "/cases/1",
    "/search?q=larkspur",
    "/dismissed",
    "/status",
    "/coverage",
    "/people/1",
    "/why/x/601",
    "/audit",
    "/you",
)


def test_a_phone_never_scrolls_sideways(room: Room, chromium: Browser, address: str) -> None:
    """390 pixels are enough for every page."""
    _draw(room)
    context = chromium.new_context(base_url=address, viewport={"width": 390, "height": 844})
    page = context.new_page()
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    context.close()


def test_axe_finds_nothing(room: Room, chromium: Browser, address: str) -> None:
    """No violation of WCAG 2.2 A and AA, nor of good practice, on any page, light and dark."""
    _draw(room)
    context = chromium.new_context(
        base_url=address, bypass_csp=True, reduced_motion="reduce", viewport={"width": 1280, "height": 720}
    )
    page = _sit(context.new_page(), address, "Priya Shah")
    for path in PAGES:
        page.goto(path)
        axe.finds_nothing(page, path)
    page.set_viewport_size({"width": 1100, "height": 720})  # what became of many has a page of its own there
    page.goto("/")
    for box in page.locator('input[name="pick"]').all()[:2]:
        box.check()
    changed = int(page.locator('input[name="pick"]').first.input_value().split(".")[0])
    room.ledger.note(changed, responder="Tom Reed", note="Depot rang.")
    page.locator("#bulk").get_by_role("button", name="Resolved").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 2 resolved")
    axe.finds_nothing(page, "what became of many")
    context.close()


def test_everything_works_without_script(room: Room, chromium: Browser, address: str) -> None:
    """Reading, taking, checking an answer and resolving are plain pages and forms."""
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = _sit(context.new_page(), address, "Priya Shah")
    page.get_by_role("button", name="Next person").click()
    page.get_by_label("Your answer to Maya Okafor").fill("Use code SORRY10.")
    page.get_by_role("button", name="Check it").click()
    expect(page.locator("#findings")).to_contain_text("coupon", ignore_case=True)
    expect(page.get_by_label("Your answer to Maya Okafor")).to_have_value("Use code SORRY10.")
    page.get_by_role("button", name="Resolved").click()
    expect(page.get_by_text("Maya Okafor: resolved.")).to_be_visible()
    for box in page.locator('input[name="pick"]').all()[:2]:
        box.check()
    page.locator("#bulk").get_by_role("button", name="Resolved").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 resolved")
    page.get_by_role("button", name="Undo all 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 taken back")
    context.close()


def test_nothing_shifts_while_a_page_loads(chromium: Browser, address: str) -> None:
    """Cumulative layout shift is zero on the queue and on a case."""
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    page.add_init_script(
        "window.shift = 0; const add = list => list.getEntries().forEach(e => window.shift += e.value);"
        "new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true})"
    )
    for path in ("/", "/cases/1", "/?case=1"):
        page.goto(path)
        page.wait_for_timeout(300)
        assert page.evaluate("window.shift") == 0
    context.close()
