"""Filing a need: ask what is missing, one short question at a time, and file it when the farmer says so."""

from abc import ABC, abstractmethod
from dataclasses import fields, replace
from typing import Any, Dict, List, Optional, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import effects
from actions.dialogue import Event, act, heard_so_far, known, say
from actions.heard import Heard, names
from actions.need import (
    CHANGEABLE,
    ORDER,
    Need,
    answered,
    asked,
    corrected,
    next_question,
    one_step_back,
    opening,
    reopened,
    wants_object,
)
from actions.questions import complete_follow_up, object_of, problem_of, topic_of

FIELDS = [f.name for f in fields(Need)]
CHANGE = "change"  # asks which field to change
MAX_TITLE = 14
NOTHING = "—"
LONGEST_SHOWN = 80  # of the problem, in the summary; all of it is filed
UNIT_OF_KIND = {"animal": "头", "insect": "箱", "mushroom": "个棚"}  # all else by 亩
COUNTED = tuple(UNIT_OF_KIND)


def read(tracker: Tracker) -> Need:
    return Need.read({name: tracker.get_slot(f"need_{name}") for name in FIELDS})


def write(need: Need, asking: Optional[str]) -> List[Event]:
    """The need as slots, and what is asked next; None ends the form."""
    values = {**dict.fromkeys(FIELDS), **need.as_fields()}
    return [
        *(SlotSet(f"need_{name}", value) for name, value in values.items()),
        SlotSet("requested_slot", f"need_{asking}" if asking else None),
    ]


def asking_now(tracker: Tracker) -> Optional[str]:
    slot = tracker.get_slot("requested_slot") or ""
    return slot[len("need_") :] if slot.startswith("need_") else None


def turn_now(tracker: Tracker) -> int:
    """The number of this turn; questions asked in between do not count."""
    return (tracker.get_slot("need_turns") or 0) + 1


def in_known_region(place: str, heard: Heard, region: Optional[str]) -> str:
    """云门村 → 乳源瑶族自治县云门村, where the service knows the county and the farmer named none."""
    if heard.picked or not region or heard.names_region or region in place:
        return place
    return f"{region}{place}"


def kind_of(need: Need) -> str:
    thing = names().named("object", need.object or "")
    return thing.kind if thing else ""


def draft(need: Need, said: List[str]) -> Dict[str, Any]:
    return {**need.as_fields(), "said": said}


class ValidateNeedForm(Action):
    """Takes what the message adds to the need; returns nothing for a message that is not about it."""

    def name(self) -> Text:
        return "validate_need_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        heard, need, asking = Heard.from_tracker(tracker), read(tracker), asking_now(tracker)
        if not tracker.get_slot("need_turns"):
            need = opening(heard)
            if need.kind == "投诉转介":
                say(dispatcher, "utter_complaint")
            return write(need, next_question(need, 1))
        if asking is None:
            return write(need, next_question(need, turn_now(tracker)))
        if asking == CHANGE:
            return self._change(heard, need)
        change = corrected(need, heard) if asking != "problem" or heard.intent == "correct" else None
        if change:
            need, again = change
            return write(
                need, again or (asking if getattr(need, asking) is None else next_question(need, turn_now(tracker)))
            )
        if asking == "confirmed" and heard.intent in ("correct", "deny"):
            return write(need, CHANGE)
        after = answered(need, asking, heard)
        if after is not None and asking == "place":
            after = replace(after, place=in_known_region(after.place or "", heard, known(tracker, "place")))
        if after is not None and asking == "scale" and (after.scale or "").isdigit():
            after = replace(after, scale=f"{after.scale}{UNIT_OF_KIND.get(kind_of(need), '亩')}")
        return write(after, next_question(after, turn_now(tracker))) if after else []

    def _change(self, heard: Heard, need: Need) -> List[Event]:
        """Which field is to be changed?"""
        if heard.picked.get("field") in CHANGEABLE:
            slot = str(heard.picked["field"])
            return write(reopened(need, slot), slot)
        change = corrected(need, replace(heard, intent="correct"))
        if change:
            need, again = change
            return write(need, again or "confirmed")
        after = answered(need, "confirmed", heard)
        return write(after, next_question(after, 0)) if after and after.confirmed else []


def ask_for(dispatcher: CollectingDispatcher, tracker: Tracker, need: Need, slot: str) -> List[Event]:
    """Put the question, and keep the draft so that nothing is lost whatever happens to the bot."""
    QUESTIONS[slot](dispatcher, tracker, need)
    need = asked(need, slot) if slot in ORDER else need
    said, turns = heard_so_far(tracker, "need"), turn_now(tracker)
    act(dispatcher, effects.ask(slot), effects.keep_draft("need", asking=slot, turns=turns, fields=draft(need, said)))
    return write(need, slot)


def ask_again(dispatcher: CollectingDispatcher, tracker: Tracker) -> List[Event]:
    """Put the open question once more; the turn does not count."""
    kept = stay(tracker)
    QUESTIONS[kept["asking"]](dispatcher, tracker, read(tracker))
    act(dispatcher, effects.ask(kept["asking"]), kept)
    return []


def stay(tracker: Tracker) -> effects.Effect:
    """The draft unchanged: this turn was not about it."""
    need, turns, said = read(tracker), tracker.get_slot("need_turns") or 0, tracker.get_slot("need_said") or []
    asking = asking_now(tracker) or next_question(need, turns + 1) or "confirmed"
    return effects.keep_draft("need", asking=asking, turns=turns, fields=draft(need, said))


def _ask_object(dispatcher: CollectingDispatcher, tracker: Tracker, need: Need) -> None:
    last = known(tracker, "object")
    say(
        dispatcher,
        "utter_ask_need_object_again" if last else "utter_ask_need_object",
        **({"known": last} if last else {}),
    )


def _ask_place(dispatcher: CollectingDispatcher, tracker: Tracker, need: Need) -> None:
    place = known(tracker, "place")
    if place and len(place) <= MAX_TITLE:
        say(dispatcher, "utter_ask_need_place_again", known=place)
    else:
        say(dispatcher, "utter_ask_need_place")


def _ask_scale(dispatcher: CollectingDispatcher, tracker: Tracker, need: Need) -> None:
    kind = kind_of(need)
    say(dispatcher, f"utter_ask_need_scale_{kind}" if kind in COUNTED else "utter_ask_need_scale")


def _ask_confirmed(dispatcher: CollectingDispatcher, tracker: Tracker, need: Need) -> None:
    say(
        dispatcher,
        "utter_ask_need_confirmed_visit" if need.visit else "utter_ask_need_confirmed",
        service=need.service_type or NOTHING,
        object=need.object_said or need.object or NOTHING,
        place=need.place or NOTHING,
        problem=shortened(need.problem or NOTHING),
        scale=need.scale or NOTHING,
        urgency=need.urgency or "一般",
    )


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _plain(response: str):  # type: ignore[no-untyped-def]
    return lambda dispatcher, tracker, need: say(dispatcher, response)


QUESTIONS = {
    "service_type": _plain("utter_ask_need_service_type"),
    "object": _ask_object,
    "place": _ask_place,
    "problem": _plain("utter_ask_need_problem"),
    "scale": _ask_scale,
    "urgency": _plain("utter_ask_need_urgency"),
    "confirmed": _ask_confirmed,
    CHANGE: _plain("utter_ask_need_change"),
}


class AskNeed(Action, ABC):
    """Asks for one slot of the need form; Rasa wants an action of its own for every slot."""

    @property
    @abstractmethod
    def slot(self) -> str:
        """Which slot."""

    def name(self) -> Text:
        return f"action_ask_need_form_need_{self.slot}"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        return ask_for(dispatcher, tracker, read(tracker), self.slot)


class ActionAskServiceType(AskNeed):
    slot = "service_type"


class ActionAskObject(AskNeed):
    slot = "object"


class ActionAskPlace(AskNeed):
    slot = "place"


class ActionAskProblem(AskNeed):
    slot = "problem"


class ActionAskScale(AskNeed):
    slot = "scale"


class ActionAskUrgency(AskNeed):
    slot = "urgency"


class ActionAskConfirmed(AskNeed):
    slot = "confirmed"


class ActionAskChange(AskNeed):
    slot = CHANGE


class ActionAskAgain(Action):
    """Back to the open question: after 继续, after small talk, or when the answer was not understood."""

    def name(self) -> Text:
        return "action_ask_again"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        return ask_again(dispatcher, tracker)


class ActionStepBack(Action):
    """返回: the question before."""

    def name(self) -> Text:
        return "action_step_back"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        need, slot = one_step_back(read(tracker))
        if asking_now(tracker) == CHANGE:
            return ask_for(dispatcher, tracker, read(tracker), "confirmed")
        if slot is None:
            say(dispatcher, "utter_first_step")
            return ask_again(dispatcher, tracker)
        return ask_for(dispatcher, tracker, need, slot)


class ActionAnswerAside(Action):
    """A question of farming in the middle of the filing: answer it, keep the draft, go on with 继续."""

    def name(self) -> Text:
        return "action_answer_aside"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        heard = Heard.from_tracker(tracker)
        act(dispatcher, _aside(tracker, heard), stay(tracker))
        say(dispatcher, "utter_go_on")
        return []


def _aside(tracker: Tracker, heard: Heard) -> effects.Effect:
    if heard.intent == "follow_up":
        last = {what: known(tracker, what) for what in ("asked", "object", "topic", "problem")}
        return complete_follow_up(heard, last["asked"], last["object"], last["topic"], last["problem"])
    return effects.answer_question(
        heard.said, topic=topic_of(heard), sure=heard.sure, object=object_of(heard), problem=problem_of(heard)
    )


class ActionStay(Action):
    """Keeps the need as it is while something else was answered."""

    def name(self) -> Text:
        return "action_stay"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        act(dispatcher, stay(tracker))
        say(dispatcher, "utter_go_on")
        return []


class ActionFileNeed(Action):
    def name(self) -> Text:
        return "action_file_need"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        need = read(tracker)
        act(
            dispatcher,
            effects.file_need(
                service_type=need.service_type or "",
                demand_kind=need.kind,
                object=(need.object or None) if wants_object(need) or need.object else None,
                place=need.place or "",
                problem=need.problem or "",
                scale=need.scale or None,
                urgency=need.urgency or "一般",
                visit=bool(need.visit),
                phone=need.phone,
                said=heard_so_far(tracker, "need"),
            ),
            effects.drop_draft("need"),
        )
        return []


class ActionGiveUpNeed(Action):
    def name(self) -> Text:
        return "action_give_up_need"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        say(dispatcher, "utter_need_given_up")
        act(dispatcher, effects.drop_draft("need"))
        return [SlotSet("requested_slot", None), ActiveLoop(None)]
