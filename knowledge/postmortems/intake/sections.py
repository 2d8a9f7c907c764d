"""From one text to a review's sections, by its headings. Pure; nothing is lost and nothing changes its order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from knowledge.postmortems.models import Section

# How headings are worded in reviews that organisations publish. What is none of these stays where it stands: in the
# section that has begun before it.
_HEADINGS: Final[Mapping[Section, tuple[str, ...]]] = {
    Section.SUMMARY: (
        *("summary", "executive summary", "incident summary", "overview", "abstract", "tl dr", "tldr", "description"),
        *("what happened", "background", "introduction"),
    ),
    Section.IMPACT: ("impact", "customer impact", "user impact", "business impact", "scope", "who was affected"),
    Section.DETECTION: ("detection", "discovery", "how we noticed", "how it was detected", "how was it detected"),
    Section.ROOT_CAUSE: (
        *("root cause", "root causes", "root cause analysis", "rca", "cause", "causes", "trigger", "analysis"),
        *("contributing factors", "contributing causes", "why it happened", "why did it happen", "technical details"),
    ),
    Section.WENT_WELL: ("what went well", "went well", "what worked", "what helped"),
    Section.WENT_BADLY: (
        *("what went badly", "what went wrong", "what went poorly", "what did not go well", "what didn t go well"),
        *("what could have gone better", "what could be improved", "where we got lucky"),
    ),
    Section.LESSONS: (
        *("lessons", "lessons learned", "lessons learnt", "learnings", "what we learned", "takeaways", "conclusion"),
        *("action items", "actions", "next steps", "follow up", "follow ups", "follow up actions", "remediation"),
        *("corrective actions", "preventive actions", "prevention", "preventative measures", "improvements"),
        "what we are doing",
    ),
}
_SECTIONS: Final = {heading: section for section, headings in _HEADINGS.items() for heading in headings}
_HEADING: Final = re.compile(r"(#{1,6})\s+(.+?)\s*#*$")
_FENCE: Final = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_NUMBER: Final = re.compile(r"^[\divx]{1,4}[.)]\s+", re.IGNORECASE)


def sections_of(body: str) -> dict[Section, str]:
    """The text of each section that `body` has; what stands before the first known heading is the summary."""
    texts: dict[Section, list[str]] = {}
    section, fence = Section.SUMMARY, ""
    for line in body.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        heading = None if fence else _HEADING.match(line)
        known = _SECTIONS.get(_words(heading[2])) if heading else None
        if known is None:
            texts.setdefault(section, []).append(line)
            continue
        section = known
        # A second heading of the same section keeps its own words: "Root cause", then "Contributing factors".
        if any(each.strip() for each in texts.get(section, ())):
            texts[section] += ["", line]
    joined = {each: "\n".join(lines).strip() for each, lines in texts.items()}
    return {each: text for each, text in joined.items() if text}


def _words(heading: str) -> str:
    bare = _NUMBER.sub("", heading.strip("*_: "))
    return " ".join(re.findall(r"[^\W_]+", bare.lower()))
