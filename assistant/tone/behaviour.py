"""What thread and history say beside the words: facts -> hits. Pure; and how warm a greeting is."""

from __future__ import annotations

import re

from assistant.model import Behaviour, BehaviourRule, Hit

FORMAL, WARM = 1, 2
_GREETING = re.compile(
    r"\s*(?:(?P<formal>dear (?:sirs?|madam|mr|mrs|ms|dr|prof|all|team|sir or madam)\b|to whom|good (?:day|morning|"
    r"afternoon)|sehr geehrte|guten tag|madame|monsieur|estimad|muy señor|bonjour (?:madame|monsieur))"
    r"|(?P<warm>dear |hi\b|hey|hello|hiya|hallo|liebe|moin|servus|hola|querid|buenas|bonjour|salut|coucou|cher)"
    r"|(?P<name>[^\W\d_]+[,!]\s*\n))",
    re.IGNORECASE,
)


def warmth(own_words: str) -> int:
    """How warmly a text greets: 2 by first name or "Hi", 1 formally, 0 not at all."""
    found = _GREETING.match(own_words[:200])
    if found is None:
        return 0
    return FORMAL if found["formal"] else WARM


def hits(behaviour: Behaviour, rules: tuple[BehaviourRule, ...]) -> tuple[Hit, ...]:
    """A hit for each fact of which a rule asks no more than there is: the one that asks for most."""
    holding: dict[str, BehaviourRule] = {}
    usual = dict(behaviour.usual)
    for rule in sorted(rules, key=lambda rule: rule.at_least):
        if getattr(behaviour, rule.fact) >= rule.at_least:
            holding[rule.fact] = rule
    return tuple(
        Hit(
            rule=rule.id,
            points=rule.points,
            quote="",
            where="thread",
            span=(0, 0),
            tone=rule.tone,
            cues=rule.cues,
            describe=rule.describe.replace("{n}", str(getattr(behaviour, fact))).replace(
                "{usual}", usual.get(fact, "")
            ),
        )
        for fact, rule in holding.items()
    )
