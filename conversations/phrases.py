"""Everything the service itself says to a farmer. The bot's words are in `domain.yml`, articles speak for themselves."""

from datetime import datetime
from zoneinfo import ZoneInfo

PRIVACY_VERSION = "2026-11"
_CHINA = ZoneInfo("Asia/Shanghai")

GREETING = (
    "您好，这里是农问，种养上的事都可以问。\n"
    "① 问技术：直接说，比如“水稻纹枯病怎么防治”，也可以发照片、发语音。\n"
    "② 要服务：说“我要申请专家下乡”，一步步登记，给您编号，随时说“我的需求”查进度。\n"
    "③ 找专家：回“0”或说“转人工”。"
)
PRIVACY_NOTICE = (
    "我们只保存您发来的话、照片、语音和您说的地点，用来答复和办理，会给处理的专家和协调员看，不外传。\n"
    "聊天记录保存180天，办结的工单和需求保存3年后去掉个人信息。\n"
    f"不想留了，随时说“删除我的信息”。（告知书{PRIVACY_VERSION}版）"
)
WELCOME_BACK = "欢迎回来。您之前登记的需求都在，说“我的需求”可以查。"
VILLAGE_NOTED = "已记下您在{place}，以后登记需求不用再说地点。"
SCANNED = "已识别村码。有问题直接说，登记需求说“我要申请专家下乡”，找专家回“0”。"

PHOTO_HELD = (
    "照片收到了。请再说一句：是什么作物或牲畜、哪里不对劲、多久了。\n"
    "最好再拍整株、病处近照、叶背各一张。想直接让专家看，回“0”。"
)
VOICE_TO_EXPERT = "语音收到了，我还听不懂话，已转给专家听，编号{number}，前面还有{before}个。{when}\n打字问我能马上答。人有危险请直接打120，急事请打{phone}。"
VOICE_ADDED = "语音收到了，已补充到工单{number}。"
HEARD = "我听到的是：“{text}”"
PHOTO_ADDED = "照片收到了，已补充到工单{number}，专家会看到。"
TEXT_ADDED = "已补充到工单{number}，专家会看到。"
PLACE_NOTED = "位置收到了，已记下您在{place}。"
PLACE_UNCLEAR = "位置收到了，但看不出是哪个县。请打字说一下县和镇，比如“乳源大桥镇”。"
LINK_NOT_READ = "链接我打不开。请直接把问题打字说出来，或者发照片。"
UNSUPPORTED = "这种消息我看不了。请打字说问题，或者发照片、语音。"
ONLY_FACES = "请用文字说说什么作物、出了什么问题，也可以发照片。找专家回“0”。"
MEDIA_LOST = "您发的照片或语音没能取到，请再发一次。"
MEDIA_LOST_IN_CASE = "（农户发来的照片或语音没能取到，已请他再发一次）"

PLEASE_WAIT = "这会儿机器人忙不过来，正在为您处理，一两分钟内答复您。"
BOT_IS_DOWN = (
    "机器人暂时答不了，您的问题没有丢，已转给专家，编号{number}，前面还有{before}个。{when}有急事请打{phone}。"
)
LAST_RESORT = "对不起，这条消息没处理好，已转给专家看，编号{number}，前面还有{before}个。{when}有急事请打{phone}。"
SORRY = "对不起，这条消息没处理好，请换个说法再说一次。急事请打{phone}。"
PLACEHOLDER = "正在查，请稍等。过几秒回复“1”查看答复。"
MORE_WAITS = "（还有内容，回复“更多”继续看）"
NOTHING_WAITS = "暂时没有新的答复。有问题直接说。"
FETCH_WORDS = frozenset(
    {"更多", "查看", "查看答复", "答复", "继续", "1", "我的答复", "?", "？", "好", "好的", "在吗", "收到"}
)

CASE_OPENED = "已转给专家，编号{number}，前面还有{before}个。{when}您可以继续发照片和补充情况。"
CASE_OPENED_ASK = "已转给专家，编号{number}，前面还有{before}个。{when}\n请把问题说一下：什么作物或牲畜、哪里不对劲、多大面积、打过什么药，最好发三张照片（整株、病处近照、叶背）。"
CASE_ALREADY = "您的问题{number}正在专家那里（{state}），不用重复转。有补充直接发。"
NOBODY_NOW = "这会儿没有专家值班，{start}起有人看，最晚{time}前答复。"
NOBODY_AT_ALL = "眼下没有对口的专家值班，已交给协调员找人，最晚{time}前给您回话。"
RING = "急事请打{phone}。"
STILL_WAITING = "对不起，您的问题{number}还没人答上，我们正在催。急事请打{phone}。"
STILL_ASKED = "{expert}还在等您补充：{text}\n直接回复就行；不用了就不必理会。"
NO_REPLY_CLOSED = "工单{number}等了七天没有您的补充，先办结了。还要问，直接说就行。"
NO_ANSWER_TO_EXPERT = "这个问题我没有把握，不乱说。"
FIRST_ANSWER_BY = "专家最晚{time}前答复。"
EXPERT_HERE = "{expert}接了您的问题{number}，有情况直接说，他会看到。"
EXPERT_ASKS = "【{expert}问您】\n{text}"
EXPERT_ANSWERS = "【专家答复】{expert}\n{text}"
LISTEN = "请听下面的语音。"
LOOK = "请看下面的照片。"
REST_AT = "（{what}点这里看：{link} ）"  # the blank ends the address
WHOLE_TEXT = "全文"
THE_PHOTOS = "照片"
THE_RECORDINGS = "语音"
IS_IT_SOLVED = "问题解决了吗？\n1 解决了\n2 还没有"
YES_SOLVED = "解决了"
NOT_YET_SOLVED = "还没有"
SOLVED = "太好了，工单{number}已办结。这次答复您满意吗？"
RATINGS = {3: "满意", 2: "一般", 1: "不满意"}
RATED = "谢谢您的评价。有新问题随时说。"
NOT_SOLVED = "知道了，已告诉专家还没解决，工单{number}继续处理。请说说现在的情况，最好发照片。"
NOT_SOLVED_TO_OTHERS = "知道了。工单{number}另外请人来看。请说说现在的情况，最好发照片。"
NOT_SOLVED_AGAIN = "知道了。工单{number}已请上一级专家来看。请说说现在的情况，最好发照片。"
REOPENED = "工单{number}重新打开了，{who}请说说现在的情况，最好发照片。{when}"
THE_SAME_EXPERT = "先请上次答复您的专家看。"
CASE_SPLIT = "您说的另一件事单独记成工单{number}，两件分别答复。"
CASE_HAS_ENDED = "工单{number}已经办结。有新问题直接说，机器人马上答。"
CASE_CLOSED = "专家已办结工单{number}。有新问题直接说，机器人马上答。"
CASE_CANCELLED = "工单{number}已取消：{reason}。有问题可以重新说。"
CASE_REOPENED = "工单{number}已重新打开，专家会再看。"
CASE_MERGED = "您的问题已并到工单{number}一起答复。"
CASE_TO_NEXT_LEVEL = "您的问题{number}已转给上一级专家，请再等等。"
CASE_TO_OTHERS = "您的问题{number}另外请人来看，请再等等。"

NEED_FILED = "登记好了，编号{number}。{when}随时说“我的需求”查进度，说“取消需求”可以撤回。"
NEED_RETURNED = "需求{number}：协调员想问您——{question}\n请直接回复，会补充进去。"
NEED_REPLY_ADDED = "已补充到需求{number}，协调员会接着办。要是这句话是另外的问题，回“1”我来答。"
ANOTHER_QUESTION = "这是另外的问题"
NEED_ACCEPTED = "需求{number}已受理，正在安排人。"
NEED_REJECTED = "需求{number}没能受理：{reason}"
NEED_MERGED = "需求{number}和{into}是同一件事，已合并，以{into}为准。"
NEED_DISPATCHED = "需求{number}已派给专家，接单后会联系您。"
NEED_CLOSED = "需求{number}已办结：{result}"
NEED_CANCELLED = "需求{number}已取消。需要时可以重新登记。"
NEED_CANCELLED_BY_STAFF = "需求{number}已由协调员取消：{reason}"
NO_REASON_GIVEN = "重复或有误"
NO_NEEDS = "您还没有登记过需求。要登记就说“我要申请专家下乡”。"
MY_NEEDS = "您的需求："
MY_CASES = "您问专家的问题："
COORDINATOR_ASKED = "（协调员问：{question}）"
CANCEL_WHICH = "要取消哪一个？"
NOTHING_TO_CANCEL = "您没有正在办的需求。"
QUESTION_CANCELLED = "问题{number}已撤回。有新问题随时说。"
TAKEN_ALREADY = "专家刚接了您的问题{number}。不用了就直接告诉他。"
WITHDRAWN = "农户自己撤回"
NOT_YOUR_NEED = "没找到这个编号的需求，说“我的需求”可以看您登记过的。"
REVIEW_BY = "协调员会在{time}前看。"

FORGET_CONFIRM = (
    "确定要删除您的个人信息吗？称呼、电话、地点、没办完的登记和没用上的照片会马上删除，聊天记录15个工作日内删除。"
)
FORGET_YES = "确定删除"
FORGET_NO = "不删了"
FORGOTTEN = "已删除您的称呼、电话、地点和没办完的登记，聊天记录将在15个工作日内删除，受理号{number}。"
NOT_FORGOTTEN = "好的，没有删除。"
BOUND = "已绑定。以后有工单会在这里通知您。"
NOT_BOUND = "绑定码不对，或者已经过期。请在工作台的“通知”页重新获取。"

PERSON_OR_BACK = "{person} 转人工  {back} 返回"
OR_SAY = "也可以直接回：{titles}"
WHICH_ONE = "您问的是哪一个？"
ALSO_ASKED = "您还问了下面这个，回“1”接着答："
MEANT_ANOTHER = "您问的不是这个？要是下面的，回数字就发给您："
NONE_OF_THESE = "都不是，问专家"
NOT_OURS = "这个我答不了。我只懂种养和惠农的事，比如“辣椒死苗怎么办”“怎么申请专家下乡”。找人回“0”。"
ANSWER_LABEL = "（机器人回答，仅供参考{unapproved}。没解决回“0”找专家）"
UNAPPROVED = "，未经本地专家审定"
LABEL_LOOK = "看什么"
SHOW_ME = "光听说认不准，要看实物。请拍三张照片发来：整株（整只）、近照、有特点的地方。发完回复“0”，专家看了告诉您。"
LABEL_AVOID = "当心"
LABEL_ALIKE = "容易看错"
LABEL_EXPERT = "找专家"
LABEL_JUDGEMENT = "判断"
LABEL_BASIS = "依据"
LABEL_STEPS = "怎么做"
LABEL_DO_NOT = "不要做"
LABEL_LOOK_AGAIN = "什么时候再看"
CERTAINTIES = {"sure": "很有把握", "likely": "多半是", "unsure": "还不能确定"}
ON_PESTICIDES = "用药前先看标签：登记作物、用量、安全间隔期都按标签，戴好口罩手套。"
ON_ANIMAL_DRUGS = "用药请兽医当面看过再开方，按休药期来。"
ON_POLICY = "以当地主管部门解释为准。"


def clock_time(at: datetime, now: datetime) -> str:
    """今天18:30, 明天9:00, 11月23日9:00: a time as people say it, in China."""
    local, today = at.astimezone(_CHINA), now.astimezone(_CHINA).date()
    days = (local.date() - today).days
    day = {0: "今天", 1: "明天"}.get(days, f"{local.month}月{local.day}日")
    return f"{day}{local.hour}:{local.minute:02d}"


def listed(names: tuple[str, ...]) -> str:
    """全文, 全文和照片, 全文、照片和语音."""
    return "和".join(part for part in ("、".join(names[:-1]), names[-1]) if part)


# What an expert puts in with one tap: the name of each, how the button is called, what the farmer reads.
STARTER_REPLIES = {
    "photos": ("要三张照片", "请再拍三张照片：整株、病处近照、叶背。"),
    "area": ("问面积", "多大面积？大概多少株发病？"),
    "drugs": ("问用药", "最近打过什么药、施过什么肥？什么时候？"),
}
# What replies kept ready may leave open, as it is written in them, and what is said where it is not known.
REPLY_VARIABLES = {"called": "称呼", "object": "作物", "place": "地点", "number": "编号", "me": "我"}
REPLY_UNKNOWN = {"called": "老乡", "object": "种的养的", "place": "您那里", "number": "", "me": "我"}
