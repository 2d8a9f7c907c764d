"""What a message says, as text and as HTML."""

from __future__ import annotations

from hub.delivery.letters import LONGEST_SUBJECT, Letter, discreet_letter


def role_letter(**more: str) -> Letter:
    words = {
        "subject": "[SEV2] PAY-142 Checkout answers 502: you are incident commander",
        "reference": "PAY-142",
        "path": "/incidents/PAY-142",
        "lead": "You are incident commander of PAY-142.",
        "headline": "Checkout answers 502",
        **more,
    }
    facts = [("Severity", "SEV2 High"), ("Where", "Checkout API, Payments"), ("Impact", "")]
    return Letter(**words, facts=facts, sections=(), badge=("SEV2", "#b8461a"))


def test_the_text_stands_alone(settings: object) -> None:
    text = role_letter(request="Open it and press Acknowledge.", because="You were given the role.").text()

    assert "You are incident commander of PAY-142." in text
    assert "[SEV2] PAY-142 Checkout answers 502" in text
    assert "Severity: SEV2 High\nWhere:    Checkout API, Payments\n" in text
    assert "Impact" not in text
    assert "/incidents/PAY-142\n" in text
    assert max(len(line) for line in text.splitlines()) <= 76


def test_the_html_has_no_tables_and_fetches_nothing() -> None:
    html = role_letter().html()

    for element in ("<table", "<img", "<script", "<link", "@import", "url("):
        assert element not in html
    assert "prefers-color-scheme: dark" in html
    assert 'href="http://127.0.0.1:8000/incidents/PAY-142"' in html


def test_what_people_write_stays_text() -> None:
    html = role_letter(headline="<script>alert(1)</script> & more", lead='A "quoted" <b>lead</b>').html()

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html
    assert "<b>" not in html


def test_a_subject_is_one_line_of_bounded_length() -> None:
    assert role_letter(subject="Checkout\r\nBcc: all@example.org\tfails ").subject_line == (
        "Checkout Bcc: all@example.org fails"
    )
    assert len(role_letter(subject="x" * 1000).subject_line) == LONGEST_SUBJECT


def test_a_discreet_letter_names_the_reference_and_the_way_there() -> None:
    letter = discreet_letter(reference="PAY-R1A2B", path="/incidents/PAY-R1A2B")

    assert letter.subject_line == "PAY-R1A2B needs you"
    assert "http://127.0.0.1:8000/incidents/PAY-R1A2B" in letter.text()
    assert "Open PAY-R1A2B" in letter.html()
