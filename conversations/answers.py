"""An article as a farmer reads it."""

from conversations import phrases
from knowledge.articles import Article

_WARNINGS = {
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
    lines += [f"{phrases.LABEL_AVOID}：{avoid}" for avoid in article.avoid]
    lines += [f"{phrases.LABEL_ALIKE}：{alike}" for alike in article.look_alikes]
    if article.call_expert:
        lines.append(f"{phrases.LABEL_EXPERT}：{article.call_expert}")
    lines += [_WARNINGS[flag] for flag in article.safety if flag in _WARNINGS]
    unapproved = "" if article.approved_by else phrases.UNAPPROVED
    lines.append(phrases.ANSWER_LABEL.format(unapproved=unapproved))
    return "\n".join(line for line in lines if line)
