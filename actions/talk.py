"""Everything that is neither a question of farming nor a need: greetings, commands, what is not ours."""

from typing import Any, Dict, List, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions import effects
from actions.dialogue import Event, act, known, say
from actions.heard import LONGEST_COMMAND, Heard
from actions.need import service_in
from actions.questions import object_of, problem_of, topic_of


class ActionReply(Action):
    """Says the one response that domain.yml has for this intent; its effect stands there as well."""

    def name(self) -> Text:
        return "action_reply"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        say(dispatcher, f"utter_{Heard.from_tracker(tracker).intent}")
        return []


class ActionHandOff(Action):
    def name(self) -> Text:
        return "action_hand_off"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        heard = Heard.from_tracker(tracker)
        filed_so_far = "；".join(tracker.get_slot("need_said") or [])
        told = heard.said if not heard.picked and len(heard.text) > LONGEST_COMMAND else None
        open_question = tracker.get_slot("question_text")
        act(dispatcher, effects.hand_off("asked", told or open_question or filed_so_far or known(tracker, "asked")))
        return []


class ActionNotSolved(Action):
    """The last answer did not help: to an expert. Without a last answer there is nothing to hand on."""

    def name(self) -> Text:
        return "action_not_solved"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        asked = known(tracker, "asked")
        if asked:
            act(dispatcher, effects.hand_off("not_solved", asked))
        else:
            say(dispatcher, "utter_say_more")
        return []


class ActionCancelNeed(Action):
    def name(self) -> Text:
        return "action_cancel_need"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        act(dispatcher, effects.cancel_need(Heard.from_tracker(tracker).need_number))
        return []


class ActionInform(Action):
    """A bare crop, pest or service, with no form open: look up the crop, or begin to file the service."""

    def name(self) -> Text:
        return "action_inform"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        heard = Heard.from_tracker(tracker)
        thing = heard.picked.get("object") or object_of(heard)
        if "service_type" in heard.picked or (not thing and not heard.picked and service_in(heard.text)):
            return [FollowupAction("need_form")]
        if not thing and not problem_of(heard):
            say(dispatcher, "utter_say_more")
            return []
        act(
            dispatcher,
            effects.answer_question(
                heard.said, topic=topic_of(heard), sure=True, object=thing, problem=problem_of(heard)
            ),
        )
        return []


class ActionNotUnderstood(Action):
    """Says that the answer to an open question was not understood; the question is then put again."""

    def name(self) -> Text:
        return "action_not_understood"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        say(dispatcher, "utter_not_understood")
        return []
