"""What all actions share: saying a response of domain.yml, and keeping or dropping the draft of a form."""

from typing import Any, Dict, List, Optional

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import effects
from actions.heard import Heard

Event = Dict[str, Any]


def say(dispatcher: CollectingDispatcher, response: str, **values: str) -> None:
    """Say a response of domain.yml. Values come from farmers, so no brace or bracket of theirs reaches the template."""
    dispatcher.utter_message(response=response, **{key: _harmless(value) for key, value in values.items()})


def act(dispatcher: CollectingDispatcher, *deeds: effects.Effect) -> None:
    for deed in deeds:
        dispatcher.utter_message(json_message=deed)


def known(tracker: Tracker, what: str) -> Optional[str]:
    """What the service knows of this conversation: object, topic, problem, place, asked."""
    return tracker.get_slot(f"known_{what}")


def draft_fields(tracker: Tracker, form: str, fields: List[str]) -> Dict[str, Any]:
    """The filled slots of a form, as the service keeps them."""
    values = {field: tracker.get_slot(f"{form}_{field}") for field in fields}
    return {field: value for field, value in values.items() if value is not None}


def heard_so_far(tracker: Tracker, form: str) -> List[str]:
    """Everything said while filling the form, this message included."""
    return [line for line in (*(tracker.get_slot(f"{form}_said") or []), Heard.from_tracker(tracker).said) if line]


def _harmless(value: str) -> str:
    return value.translate(str.maketrans("{}[]", "｛｝［］"))
