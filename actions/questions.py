"""Questions of farming: complete them, then let the service answer."""

from typing import Any, Dict, List, Optional, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.effects import answer_question

TOPIC_OF_INTENT = {
    "ask_control": "病害",
    "ask_symptom": "症状诊断",
    "ask_fertilise": "施肥",
}


class ActionAnswerQuestion(Action):
    def name(self) -> Text:
        return "action_answer_question"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Dict[Text, Any]]:
        intent = tracker.latest_message["intent"]["name"]
        effect = answer_question(
            tracker.latest_message["metadata"]["said"],
            topic=TOPIC_OF_INTENT.get(intent, "其他"),
            sure=tracker.latest_message["intent"]["confidence"] > 0.3,
            object=next(tracker.get_latest_entity_values("object"), None),
            problem=next(tracker.get_latest_entity_values("problem"), None),
        )
        dispatcher.utter_message(json_message=effect)
        return []


class ActionNotUnderstood(Action):
    def name(self) -> Text:
        return "action_not_understood"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Dict[Text, Any]]:
        dispatcher.utter_message(response="utter_out_of_scope")
        return []
