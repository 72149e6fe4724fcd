"""How mail programs announce an older message, in ten languages. Regular expressions, no logic.

English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Swedish, Danish. Everything
here is matched against single lines that were capped before, and holds no nested repetition.
"""

from __future__ import annotations

import re

LONGEST_LINE = 400
"""Characters; a longer line is nobody's announcement."""


def _words(*languages: str) -> str:
    return "|".join(languages)


# --- "On Monday, Kim wrote:" ---

WROTE = re.compile(
    r"\b(?:"
    + _words(
        r"wrote|writes",
        r"schrieb|geschrieben|schreibt",
        r"a écrit|écrivit",
        r"escribió|escribio",
        r"ha scritto|scrisse",
        r"schreef|geschreven",
        r"escreveu",
        r"napisała?(?:\(a\))?|pisze",
        r"skrev|har skrevet",
    )
    + r")\b",
    re.IGNORECASE,
)
OPENS = re.compile(
    r"(?:on|at|am|le|el|il|in data|op|em|a|às|no dia|w dniu|dnia|den|d\.|in message)\b|quoting\b|zitat von\b"
    r"|\d|(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|pon|wt|śr|czw|pt|sob|niedz|nd)[a-z]{0,6}\.?,? ",
    re.IGNORECASE,
)
"""What an announcement without an address begins with."""
QUOTING = re.compile(
    r"(?:quoting|zitat von|citando|citando a|citazione di|citat (?:från|fra|av)|citerar|en réponse à|cytowanie|citeren) .{1,200}:$"
    r"|wiadomość napisana przez .{1,200}:$",
    re.IGNORECASE,
)
DATED = re.compile(
    r"(?=.{0,160}\d[:.]\d\d)[^<>]{0,120}<[^<>\s]+@[^<>\s]+>\s*(?:\[[^\[\]]{4,40}\]|\([^()]{4,40}\))?\s*:$"
)
"""``11.01.2026, 20:41, "Kim" <kim@example.org>:`` (Yandex, FairEmail, mutt), in every language."""
ARROWS = re.compile(r">>> .{3,200} >>>\s*$")
"""GroupWise: ``>>> Kim Studio <kim@example.org> 26.01.2026 11:15 >>>``, the quote below unmarked."""
OLD_GMAIL = re.compile(
    r"\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC|\S{1,6} )?.{0,150}<[^<>\s]+@[^<>\s]+>\s*:$"
)
"""``2015-03-02 10:12 GMT+01:00 Kim <kim@example.org>:``, in every language."""
WHEN_OR_WHO = re.compile(r"\d{4}\b|\d{1,2}[:.h]\d\d|\S@\S|\d{1,2}[./-]\d{1,2}")
"""A mail program names a year, a day, a clock time or an address; people seldom do."""
WROTE_ON = re.compile(
    r".{1,60}\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisała?(?:\(a\))?|skrev)"
    r"\s(?:on|am|at|le|el|il|op|em|w dniu|dnia|den)\b.{3,80}:$",
    re.IGNORECASE,
)
"""``Kim Studio schrieb am Mo., 3. Nov. 2025, 10:12:``"""
SPEAKING = re.compile(
    r"\b(?:i|I|we|you|your|me|us|my|our|he|she|they|colleague"
    r"|ich|wir|mir|uns|sie|Sie|Ihnen|Ihre?n?|euch|dir|kollegin?|kollege"
    r"|je|j'ai|nous|vous|votre|vos|yo|usted|ustedes|nos|io|lei|ci|vi ho"
    r"|ik|wij|jullie|uw|mij|eu|você|vocês|jag|mig|ni|du|oss|jeg|os|ja|mi|nam|[Pp]aństw[oa]|er|ert|jeres|vosso|vossa|Herr|Frau|Monsieur|Madame|meneer|mevrouw|signor|señora?)\b",
)
"""Pronouns: "On Monday I wrote to you:" is the writer speaking, not a mail program."""
ADDRESS = re.compile(r"<[^<>]*>|\[mailto:[^\]]*\]|\"[^\"]*\"|\S+@\S+")

# --- "From: … Sent: … To: … Subject: …" ---

FROM_LABEL = r"from|von|de|da|van|od|från|fra|expéditeur|mittente|afzender|absender"
LABEL = re.compile(
    r"[>\s]*[*_]{0,2}(?:(?P<sender>"
    + FROM_LABEL
    + r")|(?P<subject>subject|betreff|objet|asunto|oggetto|onderwerp|assunto|temat|ämne|emne)"
    + r"|(?P<when>sent|date|gesendet|datum|envoyé(?: le)?|enviado(?: el| em)?|enviada em|fecha|inviato|data"
    + r"|verzonden|wysłano|wyslano|skickat|sendt|dato)"
    + r"|(?:to|cc|bcc|reply-to|importance|attachments|an|kopie|à|a|copie|para|responder a|per|aan|do|dw|udw"
    + r"|till|til|kopia|kopi|prioritet|wichtigkeit|priorität|antwort an|destinataire|rispondi a))"
    + r"\s?:[*_]{0,2}(?=\s|$|[\w\"'<+])(?P<value>.*)$",
    re.IGNORECASE,
)
RULE_LINE = re.compile(r"[\s]*[_\-=*]{8,}\s*$")

# --- lines of dashes with a name ---

ORIGINAL = re.compile(
    r"[\s>]*[-_=*—]{2,}\s*(?:"
    + _words(
        r"original(?: (?:message|e?-?mail|appointment))?|reply message|in reply to",
        r"ursprüngliche (?:nachricht|mail)|original-?nachricht|originalnachricht",
        r"message d['’]origine|message original|message initial|mail original|courriel original",
        r"mensaje original",
        r"messaggio originale|messaggio di origine",
        r"oorspronkelijk bericht|origineel bericht",
        r"mensagem original",
        r"oryginalna wiadomość|wiadomość oryginalna|wiadomosc oryginalna",
        r"ursprungligt meddelande|originalmeddelande|original ?meddelande",
        r"oprindelig (?:meddelelse|besked|e-?mail)|original meddelelse|oprindelig",
        r"původní zpráva|исходное сообщение|原始邮件",
    )
    + r")\s*[-_=*—]{2,}\s*$",
    re.IGNORECASE,
)
ORIGINAL_BARE = re.compile(
    r"\s*(?:original message|ursprüngliche nachricht|message d['’]origine|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original)\s*$",
    re.IGNORECASE,
)
"""BlackBerry's, without dashes; a header block must follow."""
FORWARDED = re.compile(
    r"[\s>]*(?:[-_=*—]{2,}\s*(?:"
    + _words(
        r"forwarded (?:message|by|e?-?mail)\b.{0,80}",
        r"weitergeleitete (?:nachricht|mail)|anfang der weitergeleiteten e?-?mail",
        r"message (?:transféré|transmis|réexpédié)|courriel transféré|mail transféré",
        r"mensaje reenviado|correo reenviado",
        r"messaggio inoltrato",
        r"doorgestuurd bericht|doorgestuurde e?-?mail",
        r"mensagem (?:encaminhada|reencaminhada)",
        r"przekazana wiadomość|wiadomość przekazana|treść przekazanej wiadomości|przekazywana wiadomość",
        r"vidarebefordrat (?:meddelande|mail|brev)",
        r"videresendt (?:meddelelse|besked|mail|e-mail)",
    )
    + r")\s*[-_=*—]{2,}|(?:"
    + _words(
        r"begin forwarded message",
        r"anfang der weitergeleiteten (?:nachricht|e-mail)",
        r"début du message (?:réexpédié|transféré)",
        r"inicio del mensaje reenviado",
        r"inizio (?:del )?messaggio inoltrato",
        r"begin doorgestuurd bericht",
        r"início da mensagem (?:encaminhada|reencaminhada)",
        r"początek przekaz\w+ wiadomości",
        r"vidarebefordrat brev|vidarebefordrat meddelande|börja? vidarebefordrat meddelande",
        r"(?:start på )?videresendt (?:besked|meddelelse|mail)",
    )
    + r")\s?:)\s*$",
    re.IGNORECASE,
)
FORWARDS = re.compile(
    r"\s*(?:fwd?|wg|tr|rv|i|fs|doorst|enc|pd|vb|vs|vl|vidarebefordrat|videresendt|weitergeleitet)\s*:",
    re.IGNORECASE,
)
"""The subject of a message that is passed on."""
IN_COLOUR = re.compile(
    r"\b(?:in|en|em|i|på|med|auf|w kolorze|na)\s+(?:\w+\s+)?(?:red|blue|green|purple|orange|colou?r|rot|blau|grün|rouge|bleu|vert|couleur|rojo|azul|verde|rosso|blu"
    r"|rood|blauw|groen|vermelho|cor|czerwon\w+|niebiesk\w+|zielon\w+|rött|röd|blått|grönt|rødt|blåt)\b",
    re.IGNORECASE,
)
"""Where the writer says that the answers stand in the quote, in colour."""
_REPLY_ABOVE = re.compile(
    r"[\s>#\-=_*—~]*+(?:(?:please |bitte )?(?:type|write|enter)?(?: your)? ?(?:reply|replies|response)\b.{0,20}\babove (?:this|the) line"
    r"|(?:bitte )?(?:(?:schreiben|geben) sie )?(?:ihre )?antwort(?:en)? (?:bitte )?(?:oberhalb|über) dieser (?:zeile|linie)"
    r"|(?:bitte )?(?:oberhalb|über) dieser (?:zeile|linie) antworten"
    r"|(?:veuillez |merci de )?(?:saisir|taper|écrire|répondre|inscrire)?\s?.{0,20}(?:réponse|répondre)?.{0,12}au-dessus de cette ligne"
    r"|(?:por favor,? )?(?:escriba|responda|conteste)?\s?.{0,20}(?:respuesta)?.{0,12}(?:por )?encima de esta línea"
    r"|(?:scriv|rispond)\w+ .{0,24}sopra (?:a )?questa (?:riga|linea)"
    r"|.{0,24}antwoord.{0,12} boven deze (?:regel|lijn)|.{0,24}resposta.{0,16}acima desta linha"
    r"|.{0,24}odpowiedź.{0,16}powyżej tej linii|.{0,24}svar.{0,16}(?:ovanför|över|over) denn?e? (?:rad(?:en)?|linje))"
    r"\b.{0,40}$",
    re.IGNORECASE,
)


_CLOCK = re.compile(r"\d{1,2}[:.h]\d\d")
_DAY = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}")


def sure_attribution(text: str) -> bool:
    """Whether an attribution is a program's, though no line below it is marked as quoted.

    People announce quotations, too ("On 3 March 2026 Robin wrote:"); a program gives the address,
    or both the day and the time.
    """
    return "@" in text or bool(_CLOCK.search(text) and _DAY.search(text))


_ABOVE = (
    "above", "über", "oberhalb", "au-dessus", "encima", "sopra", "boven", "acima", "powyżej", "ovanför", "över", "over",
)  # fmt: skip


def reply_above(line: str) -> bool:
    """Whether a line is a help desk's "reply above this line"."""
    small = line.casefold()
    return any(word in small for word in _ABOVE) and bool(_REPLY_ABOVE.match(line))


ENDS = (":", "wrote", "schrieb", "écrit", "escribió", "scritto")


def attribution(text: str) -> bool:
    """Whether a line (unwrapped before) is a mail program's "On Monday, Kim wrote:"."""
    ruled = text.lstrip().startswith("--")  # Zoho: ---- On Wed, … wrote ----
    text = text.strip(" \t\u00a0*_-")
    if len(text) > LONGEST_LINE or not (ruled or text.endswith(ENDS)):
        return False
    if OLD_GMAIL.match(text) or QUOTING.match(text) or DATED.match(text):
        return True
    if not WROTE.search(text) or not WHEN_OR_WHO.search(text):
        return False
    bare = ADDRESS.sub(" ", text)
    if SPEAKING.search(bare):
        return False
    return bool("@" in text or OPENS.match(text) or WROTE_ON.fullmatch(text))
