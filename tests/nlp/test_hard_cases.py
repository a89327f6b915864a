"""Posts that fool models: sarcasm, negation, praise that sounds angry, complaints without a bad word.

All are in words of our own (hard_cases.csv). What the model still gets wrong is listed in KNOWN_MISSES; a
miss that is mended fails here until its line is taken off the list, and so does a new one.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from nlp.complaints import ComplaintModel
from nlp.mention import Severity

TABLE = Path(__file__).parent / "hard_cases.csv"
CASES = [
    (row["kind"], row["label"] == "1", row["text"])
    for row in csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())
]
KNOWN_MISSES: frozenset[str] = frozenset(
    {
        "Oh brilliant @LarkspurHelp another evening staring at a spinning wheel. Money well spent.",
        "Thanks for nothing, Larkspur",
        "So glad I took the day off for an engineer who never showed up",
        "Slow clap for Larkspur, down again on cup final night 👏👏",
        "Wow Larkspur your hold music is lovely. I know all of it by heart now.",
        "Fantastic. Hub 4 dead on arrival. Happy birthday to me.",
        "Nothing wrong with the Hub 4 it just needed a restart",
        "I have not had one good evening of streaming since I joined you",
        "shut up Larkspur TV has every season of it 😭😭",
        "@LarkspurHelp it is day six",
        "Fourth hub in a year. @Larkspur",
        "@Larkspur I was told this was included",
        "@LarkspurHelp 2mbps. I pay for 500.",
        "Had my doubts about the Hub 4 but wow, no drops since I plugged it in",
        "OMG I'm screaming the engineer sorted it in FIVE MINUTES",
        "This thing is stupid fast what the hell",
        "@LarkspurHelp still waiting",
        "Love paying for a service I can't use. Cheers @Larkspur",
    }
)


@pytest.fixture(scope="module")
def model() -> ComplaintModel:
    """The shipped model, reading every post with both stages, as mentions are judged."""
    return ComplaintModel.load(mode="thorough", of_mentions=True)


@pytest.fixture(scope="module")
def said(model: ComplaintModel) -> dict[str, float]:
    """The probability of every case."""
    texts = [text for _, _, text in CASES]
    verdicts = model.predict(texts, why=False)
    return {text: verdict.probability for text, verdict in zip(texts, verdicts, strict=True)}


def test_there_are_sixty_cases_or_more() -> None:
    """A short table proves little."""
    assert len({text for _, _, text in CASES}) == len(CASES) >= 60


def test_known_misses_are_cases() -> None:
    """A miss that is not in the table would never be seen mended."""
    assert {text for _, _, text in CASES} >= KNOWN_MISSES


@pytest.mark.parametrize(("kind", "complaint", "text"), CASES, ids=[text[:40] for _, _, text in CASES])
def test_a_hard_case(kind: str, complaint: bool, text: str, said: dict[str, float]) -> None:
    """Each case is judged right at probability .5, or is a known miss; near .5 either may be."""
    if abs(said[text] - 0.5) < 0.05:  # processors round the encoder's sums a little differently
        return
    right = (said[text] >= 0.5) == complaint
    assert right != (text in KNOWN_MISSES), f"{kind}: {said[text]:.2f}"


def test_what_is_called_a_complaint_has_a_level(model: ComplaintModel) -> None:
    """Severity is none exactly under the operating point, on hard posts too."""
    for verdict in model.predict([text for _, _, text in CASES], why=False):
        assert (verdict.severity > Severity.NONE) == (verdict.probability >= model.threshold)
