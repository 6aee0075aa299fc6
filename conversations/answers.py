"""An article as a farmer reads it."""

from conversations import phrases
from knowledge.articles import Article

WARNINGS = {
    "pesticide": phrases.ON_PESTICIDES,
    "veterinary": phrases.ON_ANIMAL_DRUGS,
    "policy": phrases.ON_POLICY,
}


def as_words(article: Article) -> str:
    """The article as one message: what to do first, then the steps, one a line, then the warnings and the label."""
    lines = [f"【{article.title}】", article.first]
    if article.look_for:
        lines.append(f"{phrases.LABEL_LOOK}：{article.look_for}")
    lines += [f"{number}. {step}" for number, step in enumerate(article.steps, start=1)]
    lines += _joined(phrases.LABEL_AVOID, article.avoid) + _joined(phrases.LABEL_ALIKE, article.look_alikes)
    if article.call_expert:
        lines.append(f"{phrases.LABEL_EXPERT}：{article.call_expert}")
    lines += [WARNINGS[flag] for flag in article.safety if flag in WARNINGS]
    unapproved = "" if article.approved_by else phrases.UNAPPROVED
    lines.append(phrases.ANSWER_LABEL.format(unapproved=unapproved))
    return "\n".join(line for line in lines if line)


def _joined(label: str, sentences: tuple[str, ...]) -> list[str]:
    """当心：…；…。 in one line, which is shorter on a phone than one line each."""
    return [f"{label}：{'；'.join(sentence.rstrip('。') for sentence in sentences)}。"] if sentences else []
