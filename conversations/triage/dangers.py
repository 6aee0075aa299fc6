"""What triage finds: a danger, what it is about, and whether it infects people."""

from dataclasses import dataclass
from enum import StrEnum


class Danger(StrEnum):
    POISONING = "poisoning"
    ACCIDENT = "accident"
    SELF_HARM = "self_harm"
    ANIMAL_DISEASE = "animal_disease"
    QUARANTINE_PEST = "quarantine_pest"
    HARMFUL = "harmful"
    BANNED_PESTICIDE = "banned_pesticide"


@dataclass(frozen=True)
class Alarm:
    """A danger recognised. `about` is the disease, pest, pesticide or kind of harm."""

    danger: Danger
    about: str = ""
    may_infect_people: bool = False
