"""Questions of farming: ask for the crop or animal where it is missing, then let the service answer."""

import re
from typing import Any, Dict, List, Optional, Text, Tuple

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import effects
from actions.dialogue import Event, act, draft_fields, known, say
from actions.heard import Heard, names
from bot.topics import TOPIC_OF_INTENT

PEST_WORDS = re.compile(r"虫|螨|蚜|虱|螟|蛾|蚧|蝇|蝽|蓟马|蜘蛛|蜗牛|蛞蝓|鼻涕|老鼠|天牛|象甲|跳甲|蛆|蚁|螺")
CROP_PARTS = re.compile(r"叶|苗|根|茎|秆|杆|枝|花|芽|穗|藤|蔓|心|树皮|植株")
FRUIT_PARTS = re.compile(r"果|瓜|籽|荚")
ANIMAL_SIGNS = re.compile(
    r"拉稀|拉肚|拉血|拉白|拉绿|屙|痾|不吃食|不吃潲|不吃料|不吃东西|不食|咳|喘|发烧|发热|瘸|跛|胀肚|胀气|呕|疫苗|驱虫|配种|发情|怀孕|产仔|下蛋|断奶|喂"
)
FISH_SIGNS = re.compile(r"浮头|烂鳃|水霉|翻塘|塘")
SYMPTOM = re.compile(
    r"黄|枯|烂|卷|蔫|焉|萎|斑|白|黑|红|紫|裂|落|掉|死|霉|洞|眼|疤|皱|缩|焦|干|流胶|徒长|不长|不发|不结|不开|不出|空"
)
GENERIC_LENGTH = 8  # 什么时候施肥好: a question so short is about nothing in particular

# Offered when nothing in the question says more; canonical names of nlu_data/objects.tsv.
CROPS = ("水稻", "玉米", "柑橘", "辣椒", "番茄")
FRUITS = ("柑橘", "桃", "葡萄", "番茄", "西瓜")
ANIMALS = ("生猪", "牛", "羊", "鸡", "鸭")
FISH = ("草鱼", "鲫鱼", "鲤鱼", "小龙虾", "河蟹")
MAX_OBJECTS = 5
MAX_ASKED = 2  # then answer without knowing the crop

ABOUT_ONE_OBJECT = (
    "ask_control", "ask_symptom", "ask_weed", "ask_fertilise", "ask_water", "ask_sowing", "ask_cultivation",
    "ask_harvest_storage", "ask_breeding", "ask_feeding", "ask_animal_health",
)  # fmt: skip
ABOUT_THE_LAST = ("ask_control", "ask_pesticide_use")  # what to spray, and when, is about the pest last talked of
GOING_ON = (*ABOUT_ONE_OBJECT, "ask_pesticide_use")
SLOT_OF_EFFECT = {"text": "question", "object": "object", "topic": "topic", "problem": "problem"}
FOLLOWS = re.compile(r"^(那么|那个|那|咁|还有|另外|然后)[，, ]?")
ASKS_MORE = re.compile(r"药|肥|水|打|施|浇|喂|治|防|办法|法子|几次|多久|什么时候|用量|传染|卖|吃")
NO_OBJECT = re.compile(r"^(都不是|其他|其它|别的|没有|无|不知道|不晓得|不清楚|跳过|随便|都有|很多种)$")
FIELDS = ["text", "topic", "problem"]


def topic_of(heard: Heard) -> str:
    """The topic of the contract; pests and diseases, plants and animals share their intents."""
    problem, subject = heard.problem, heard.subject
    if heard.intent == "inform" and problem:
        return str(problem["kind"]) or "病害"
    if heard.intent in ("ask_control", "ask_symptom") and problem and problem["kind"] == "疫病防控":
        return "疫病防控"
    if heard.intent == "ask_control":
        if subject and subject["kind"] in ("animal", "aquatic", "insect"):
            return "疫病防控"
        if problem and problem["kind"] in ("病害", "虫害", "草害"):
            return str(problem["kind"])
        return "虫害" if PEST_WORDS.search(heard.text) else "病害"
    return TOPIC_OF_INTENT.get(heard.intent, "其他")


def object_of(heard: Heard) -> Optional[str]:
    """The crop or animal, named or implied by a pest that lives on nothing else."""
    if heard.object:
        return heard.object
    problem = heard.problem
    if problem and problem.get("sure") and len(problem.get("belongs_to") or ()) == 1:
        return str(problem["belongs_to"][0])
    return None


def problem_of(heard: Heard) -> Optional[str]:
    problem = heard.problem
    return str(problem["value"]) if problem and problem.get("sure", True) else None


def lacks_object(heard: Heard) -> bool:
    """Would the answer depend on a crop or animal that was not named?"""
    if heard.intent not in ABOUT_ONE_OBJECT or not heard.sure or object_of(heard):
        return False
    problem = heard.problem
    if problem and (problem["kind"] in ("气象灾害", "土壤", "用药安全") or not problem.get("belongs_to")):
        return False
    if problem or len(heard.text) <= GENERIC_LENGTH:
        return True
    return tells_symptom(heard)


def tells_symptom(heard: Heard) -> bool:
    """Leaves that are yellow, an animal that does not eat."""
    part = CROP_PARTS.search(heard.text) or FRUIT_PARTS.search(heard.text)
    return bool((part and SYMPTOM.search(heard.text)) or ANIMAL_SIGNS.search(heard.text))


def fitting_objects(heard: Heard, last: Optional[str]) -> List[str]:
    """Up to five crops or animals that such a question is usually about, the last one talked of first."""
    problem = heard.problem
    telling = problem and problem["kind"] != "症状诊断"  # yellow leaves may be on anything
    common = tuple(problem.get("belongs_to") or ()) if problem and telling else ()
    if common:
        offered = common
        if last and not any(thing in names().family(last) for thing in common):
            last = None
    elif FISH_SIGNS.search(heard.text):
        offered = FISH
    elif heard.intent in ("ask_animal_health", "ask_breeding", "ask_feeding") or ANIMAL_SIGNS.search(heard.text):
        offered = ANIMALS
    else:
        offered = FRUITS if FRUIT_PARTS.search(heard.text) else CROPS
    first = (last,) if last and _same_kingdom(last, offered) else ()
    return list(dict.fromkeys((*first, *offered)))[:MAX_OBJECTS]


def _same_kingdom(name: str, offered: Tuple[str, ...]) -> bool:
    """Do not offer a pig to somebody whose leaves are yellow."""
    return _is_animal(name) == any(_is_animal(other) for other in offered)


def _is_animal(name: str) -> bool:
    thing = names().named("object", name)
    return thing is not None and thing.kind in ("animal", "aquatic", "insect")


def named_object(heard: Heard) -> Optional[str]:
    """The crop or animal that answers “which one?”; a name we do not know is taken as said. Empty: none of them."""
    if "object" in heard.picked:
        return str(heard.picked["object"])
    if heard.picked:
        return None
    if NO_OBJECT.match(heard.text) or heard.intent == "skip":
        return ""
    return heard.grown or heard.unknown_name


class ValidateQuestionForm(Action):
    """Takes a question, or the crop that was asked back; leaves alone what is neither."""

    def name(self) -> Text:
        return "validate_question_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        heard, text = Heard.from_tracker(tracker), tracker.get_slot("question_text")
        if text is None:
            return new_question(heard, *(known(tracker, what) for what in ("object", "topic", "problem")))
        name = None if heard.clearly_asks else named_object(heard)
        if name is not None:
            return complete(text, name)
        if not heard.asks:
            return more_of_it(heard, text, tracker.get_slot("question_turns") or 0) if tells_symptom(heard) else []
        if object_of(heard):
            return new_question(heard)
        return more_of_it(heard, text, tracker.get_slot("question_turns") or 0)


def new_question(
    heard: Heard, thing: Optional[str] = None, topic: Optional[str] = None, problem: Optional[str] = None
) -> List[Event]:
    """A question as it came, after one about `thing`; done if it names its crop, needs none or goes on about that."""
    events = [
        SlotSet("question_text", heard.said),
        SlotSet("question_topic", topic_of(heard)),
        SlotSet("question_problem", problem_of(heard)),
        SlotSet("question_sure", heard.sure),
        SlotSet("question_object", object_of(heard) or ""),
        SlotSet("requested_slot", None),
    ]
    if thing and goes_on(heard):
        about_the_last = heard.intent in ABOUT_THE_LAST
        full = complete_follow_up(
            heard,
            None,
            thing,
            topic if about_the_last and topic else topic_of(heard),
            problem if about_the_last else None,
        )
        return [*events, *(SlotSet(f"question_{what}", full[key]) for what, key in SLOT_OF_EFFECT.items())]
    if not lacks_object(heard):
        return events
    return [*events, SlotSet("question_object", None), SlotSet("requested_slot", "question_object")]


def goes_on(heard: Heard) -> bool:
    """什么时候打药, after a question about rice blast: so short that it can only be about that."""
    bare = not heard.entities or all(entity["entity"] == "operation" for entity in heard.entities)
    return (
        bare
        and heard.sure
        and heard.intent in GOING_ON
        and len(heard.text) <= GENERIC_LENGTH
        and not tells_symptom(heard)
    )


def complete(text: str, name: str) -> List[Event]:
    """The question with the crop that was asked back; an empty name means that none is known."""
    return [
        SlotSet("question_text", f"{name}，{text}" if name else text),
        SlotSet("question_object", name),
        SlotSet("question_sure", True),
        SlotSet("requested_slot", None),
    ]


def more_of_it(heard: Heard, text: str, times_asked: int) -> List[Event]:
    """The farmer goes on describing: add it, and ask again, but not for ever."""
    text = f"{text}，{heard.said}"
    events = [SlotSet("question_text", text)]
    if problem_of(heard):
        events.append(SlotSet("question_problem", problem_of(heard)))
    if times_asked >= MAX_ASKED:
        return events + complete(text, "")
    return [*events, SlotSet("requested_slot", "question_object")]


class ActionAskQuestionObject(Action):
    def name(self) -> Text:
        return "action_ask_question_form_question_object"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        heard = Heard.from_tracker(tracker)
        choices = [
            {"title": name, "payload": {"name": "pick", "values": {"object": name}}}
            for name in fitting_objects(heard, known(tracker, "object"))
        ]
        animals = all(_is_animal(choice["title"]) for choice in choices)
        dispatcher.utter_message(
            response="utter_ask_which_animal" if animals else "utter_ask_which_crop", buttons=choices
        )
        act(
            dispatcher,
            effects.ask("object"),
            effects.keep_draft(
                "question",
                asking="object",
                turns=(tracker.get_slot("question_turns") or 0) + 1,
                fields=draft_fields(tracker, "question", FIELDS),
            ),
        )
        return []


class ActionAnswerQuestion(Action):
    """The question is complete: the service looks it up."""

    def name(self) -> Text:
        return "action_answer_question"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        act(
            dispatcher,
            effects.answer_question(
                tracker.get_slot("question_text"),
                topic=tracker.get_slot("question_topic"),
                sure=tracker.get_slot("question_sure"),
                object=tracker.get_slot("question_object") or None,
                problem=tracker.get_slot("question_problem"),
            ),
        )
        if tracker.get_slot("question_turns"):
            act(dispatcher, effects.drop_draft("question"))
        return []


class ActionLeaveQuestion(Action):
    """The farmer wants something else than to say which crop it was about."""

    def name(self) -> Text:
        return "action_leave_question"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        act(dispatcher, effects.drop_draft("question"))
        return [SlotSet("requested_slot", None), ActiveLoop(None)]


class ActionFollowUp(Action):
    """那玉米呢, 那用什么药, 我说的是玉米: complete it from what the talk was last about."""

    def name(self) -> Text:
        return "action_follow_up"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]) -> List[Event]:
        heard = Heard.from_tracker(tracker)
        asked, thing, topic, problem = (known(tracker, what) for what in ("asked", "object", "topic", "problem"))
        new_thing, new_problem = heard.object, problem_of(heard)
        if not (asked or thing) and not (new_thing or new_problem):
            say(dispatcher, "utter_say_more")
            return []
        if heard.intent == "correct" and not (new_thing or new_problem):
            say(dispatcher, "utter_say_more")
            return []
        act(dispatcher, complete_follow_up(heard, asked, thing, topic, problem))
        return []


def complete_follow_up(
    heard: Heard, asked: Optional[str], thing: Optional[str], topic: Optional[str], problem: Optional[str]
) -> effects.Effect:
    """The follow-up as a question that stands alone."""
    meant = heard.meant("object") or heard.subject
    about, ailment = str(meant["value"]) if meant else thing, problem_of(heard) or problem
    if meant and asked and not problem_of(heard) and (heard.intent == "correct" or not ASKS_MORE.search(heard.text)):
        question = _swap(asked, thing, str(meant["value"]))
    else:
        words = heard.words_of(meant) if meant else ""
        named = "".join(part for part in (words or about, problem if not problem_of(heard) else None) if part)
        rest = FOLLOWS.sub("", heard.text)
        question = rest.replace(words, named, 1) if words and words in rest else f"{named}{rest}"
    return effects.answer_question(question, topic=topic, sure=True, object=about, problem=ailment)


def _swap(asked: str, old: Optional[str], new: str) -> str:
    """水稻纹枯病怎么防治 with 玉米 in place of 水稻."""
    for found in names().find(asked):
        if found.name.entity == "object" and found.sure and (old is None or found.name.name == old):
            return asked[: found.start] + new + asked[found.end :]
    return f"{new}，{asked}"
