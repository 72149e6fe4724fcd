"""What stands around a person's words: banners above, footers, disclaimers and contacts below.

Regular expressions, no logic; the ten languages of :mod:`assistant.reading.marks`.
"""

from __future__ import annotations

import re

LONGEST_LINE = 300
"""Characters of a line that are looked at."""
SENTENCE = re.compile(r"[.!?…]\W*$")

# --- banners that a mail gateway puts on top ---

BANNER_SURE = re.compile(
    r"\W{0,6}(?:you don['’]t often get e-?mail from\b|some people who received this message don['’]t often"
    r"|sie erhalten nicht (?:häufig|oft) e-?mails von|(?:vous n['’]obtenez pas|vous ne recevez pas) souvent"
    r"|no suele recibir correos?|non si riceve spesso|u ontvangt niet vaak e-?mail|você não costuma receber"
    r"|nie otrzymujesz często|du får inte ofta e-?post|du får ikke ofte mails?"
    r"|this (?:e-?mail|message) (?:originated|came|comes|was sent|is) from (?:outside|an external|a sender outside)"
    r"|diese (?:e-?mail|nachricht) (?:kommt|stammt|wurde) .{0,30}\b(?:extern|außerhalb)"
    r"|(?:ce message|cet? e-?mail|ce courriel) (?:provient|vient|a été envoyé) .{0,40}(?:extern|extérieur)"
    r"|este (?:mensaje|correo) .{0,40}(?:extern|fuera))",
    re.IGNORECASE,
)
"""What no client writes."""
BANNER_OPENS = re.compile(
    r"\W{0,6}(?:\[?\W?(?:external|extern[eoa]?|esterno|zewnętrzn\w+|ekstern)\b(?: (?:e-?mail|sender|message|mail|absender|correo))?\s*\]?"
    r"|(?:caution|warning|attention|achtung|vorsicht|warnung|avertissement|atención|advertencia|precaución|precaucion"
    r"|attenzione|let op|waarschuwing|atenção|aviso|uwaga|varning|obs|advarsel|notice|be careful)\s?[:!\]])",
    re.IGNORECASE,
)
"""What clients write as well ("Attention: the file is wrong"); more must speak for a banner."""
BANNER_FROM = re.compile(
    r"\b(?:outside|external|extern\w*|extérieur\w*|fuera|fora|esterno|buiten|zewnątrz|zewnętrzn\w*|außerhalb|utanför|uden for|ekstern)\b",
    re.IGNORECASE,
)
BANNER_GOES_ON = re.compile(
    r"links? (?:and|or) attachments?|\boriginat\w+|did not come from|(?:do not|don['’]t|never|avoid) (?:click|open|reply)|unless you (?:recogni[sz]e|know|trust|are sure|expect)|learn why this is important"
    r"|outside (?:of )?(?:the|your|our) (?:organi[sz]ation|company|network)|know the content is safe|report (?:it|this|suspicious)|phishing"
    r"|(?:klicken|öffnen) sie|links? (?:oder|und) anhänge|absender (?:kennen|vertrauen)|erfahren sie, warum"
    r"|ne cliquez|n['’]ouvrez|pièces? jointes?|expéditeur|découvrez pourquoi|no haga clic|no abra|archivos adjuntos|remitente|por qué es"
    r"|non (?:cliccare|aprire)|mittente|klik niet|open geen|afzender|não clique|remetente|nie klikaj|nadawc|klicka inte|avsändare|klik ikke|afsender",
    re.IGNORECASE,
)
BANNER_PREFIX = re.compile(
    r"\s*[\[(](?:external|extern[eoa]?|ext|esterno)(?: (?:e-?mail|sender))?[\])]:?\s*",
    re.IGNORECASE,
)

PERSONAL = re.compile(
    r"(?:^|\s)(?:I|I['’](?:m|ve|d|ll)|[Mm]y|[Ii]ch|[Mm]ein\w*|[Jj]e|[Jj]['’]ai|[Mm]on|[Yy]o|[Mm]i|[Ii]o|[Ii]k|[Mm]ijn|[Ee]u|[Mm]eu|[Jj]ag|[Jj]eg|[Mm]in)\s"
)
"""A person speaking of himself; no gateway does."""

# --- footers of programs ---

_DEVICE = (
    r"(?:i ?phone|i ?pad|android|samsung|galaxy|huawei|xiaomi|pixel|nokia|blackberry|smartphone|handy|mobile?\w*|mobil\w*|telefon\w*|tel[eé]fono"
    r"|t[eé]l[eé]phone|telemóvel|celular|outlook|yahoo|proton\w*|gmx|web\.de|gmail|windows|mac\b|aol|spark|superhuman|fairemail|k-9"
    r"|bluemail|thunderbird|my phone|tablet\w*|device|watch|fastmail|hey\b|tutanota|tuta|zoho|vodafone|t-mobile|orange|o2|telekom|airmail|edison|newton|canary)"
)
FOOTER = re.compile(
    r"\W{0,4}(?:(?:this (?:e-?mail|message) was )?sent (?:from|via|with|using)(?: my)?|gesendet (?:von|mit|über)|diese (?:nachricht|e-?mail) wurde"
    r"|envoyé(?: depuis| de| à partir| via| avec)|enviado (?:desde|do|de|a partir|con|via|pelo|com|através)"
    r"|inviato (?:da|dal|con|tramite)|verzonden (?:vanaf|met|via|vanuit)|verstuurd (?:vanaf|met|via|vanuit)"
    r"|wysłan[eoya] (?:z|ze|za pomocą|przy użyciu)|wiadomość wysłana z|skickat (?:från|med|via)|skickades från|sendt (?:fra|med|via))\b"
    r"[^.!?,]{0,40}\b"
    + _DEVICE
    + r"(?:[^.!?,]|[.!?](?=\S)){0,45}[.!]?(?:\s*<?https?://\S{1,200}>?)?\s*$"
    r"|\W{0,4}von (?:meinem|meiner|unterwegs)\b[^.!?,]{0,45} (?:gesendet|geschickt|verschickt|geschrieben)[.!]?\s*$"
    r"|\W{0,4}(?:get|download|télécharger|obtenir|obtenez|obtener|obtén|ottieni|scarica|obter|pobierz|hämta|hent|holen sie sich|laden sie)\b.{0,20}"
    r"\b(?:outlook|yahoo|proton\w*|gmail|aol|bluemail|spark|fairemail|thunderbird|k-9)\b.{0,12}\b(?:for|für|pour|para|per|voor|dla|för|til)\b.{0,30}(?:\s*<?https?://\S{1,200}>?)?\s*$"
    r"|\W{0,4}outlook (?:für|for|pour|para|per|voor|dla|för|til) (?:android|ios|mac)\b.{0,60}$",
    re.IGNORECASE,
)
FOOTER_ODD = re.compile(
    r"\W{0,4}(?:virus-?free\b.{0,120}|virenfrei\.? www.{0,60}|(?:garanti )?sans virus\b.{0,120}|libre de virus\b.{0,120}|privo di virus\b.{0,120}"
    r"|this email has been checked for viruses\b.{0,160}|diese e-?mail wurde (?:auf|von) .{0,20}vir.{0,120}"
    r"|(?:[^.!?]{0,40}, )?(?:please )?(?:excuse|pardon|forgive)(?: the| my| any)?(?: \w+){0,3} (?:brevity|typos?|mistakes|errors)\b[^,]{0,40}"
    r"|(?:bitte )?(?:entschuldigen sie|verzeihen sie).{0,40}(?:kürze|tippfehler)\b.{0,80}"
    r"|dictated(?: (?:but|and) not (?:read|proofread)| with (?:siri|dragon)| using (?:siri|dragon|voice)).{0,40}|(?:kurz gehalten|diktiert)\b.{0,40}"
    r"|(?:to |click (?:here )?to )(?:unsubscribe|opt out|manage (?:your )?(?:e-?mail )?preferences|update your preferences)(?:,| from| click| visit| send| reply| please| here|:|$).{0,160}"
    r"|(?:manage (?:your )?(?:e-?mail )?preferences|update your preferences|unsubscribe)(?: here| from this list|: ?\S+| \|.{0,60}| ?<\S+>| instantly)?"
    r"|(?:you(?:['’]re| are) receiving this|you received this (?:message|e-?mail))\b.{0,30} because (?:you (?:are (?:subscribed|registered|a )|have (?:signed|subscribed|opted)|signed|subscribed|opted)|of your).{0,160}|.{0,160}\bdon['’]t want to (?:hear|receive)\b.{0,60}\bunsubscribe here\b.{0,20}|.{0,160}\b(?:you can|click (?:here )?to) unsubscribe (?:here|at any time|any time)\b.{0,80}"
    r"|(?:newsletter )?abmelden(?:: ?\S+)?|hier (?:vom newsletter )?abmelden.{0,40}|se désabonner(?:: ?\S+)?|se désinscrire(?:: ?\S+)?|darse de baja(?:: ?\S+)?"
    r"|um sich abzumelden,? klicken\b.{0,120}|pour (?:vous|se) dés(?:abonner|inscrire),? (?:cliquez|répondez)\b.{0,120}|para cancelar (?:la |tu |su )?suscripción,? (?:haga|haz|pulse)\b.{0,80}"
    r"|(?:per )?(?:cancella(?:ti|rsi)|disiscriv\w+)\b.{0,80}|uitschrijven(?:: ?\S+)?|afmelden(?:: ?\S+)?)\W{0,4}$",
    re.IGNORECASE,
)
LIST_FOOTER = re.compile(r"\s*(?:_{10,}|-{10,}|={10,})\s*$")
LIST_FOOTER_NAMES = re.compile(
    r"mailing list|listinfo|mailman|groups\.google|to unsubscribe|unsubscribe from|list-?help|post to this group",
    re.IGNORECASE,
)

# --- disclaimers ---

# Stems, looked for in text in lower case: a search for words would cost more than all else here.
CONFIDENTIAL = (
    "confidential", "privileged", "vertraulich", "confidentiel", "confidencia", "riservat", "confidenzial",
    "vertrouwelijk", "poufn", "konfidentiell", "fortrolig",
)  # fmt: skip
ADDRESSEE = (
    "intended", "named above", "named addressee", "addressee", "named recipient", "sole use", "use of the individual",
    "use of the person", "empfänger", "adressat", "destinatair", "destinatari", "destinatári", "geadresseerde",
    "bestemd voor", "adresat", "przeznaczon", "mottagare", " avsedd", " avsett", "modtager", "tiltænkt", "bestemt for",
)  # fmt: skip
IN_ERROR = (
    "in error", "by mistake", "by accident", "irrtümlich", "versehentlich", "fälschlich", "par erreur", "par mégarde",
    "por error", "per errore", "abusievelijk", "ten onrechte", "per abuis", "por engano", "por erro", "omyłk", "pomyłk",
    "błędnie", "av misstag", "felaktigt", "ved en fejl", "fejlagtigt",
)  # fmt: skip
THEN = (
    "delete", "destroy", "notify", "inform the sender", "return e-mail", "return email", "prohibited", "unauthori",
    "löschen", "vernichten", "benachrichtigen", "untersagt", "nicht gestattet", "supprim", "détrui", " avert", "interdit",
    "elimin", " bórr", "notifi", "prohibid", "cancell", "vietat", " avvis", "verwijder", "verboden", "niet toegestaan",
    " apag", "proibid", " usun", "zabronion", "radera", "förbjud", " slet", "forbudt", "liab", " haft",
)  # fmt: skip
DISCLAIMER_ABOUT = re.compile(
    r"\b(?:this|the) (?:e-?mail|message|communication|transmission|mail|information)|\bits contents\b|dieser? (?:e-?mail|nachricht|mail|information)|(?:ce|cet|le présent) (?:message|e-?mail|courriel|mail)"
    r"|est[ea] (?:mensaje|correo|mensagem|e-?mail|comunicación)|(?:questo|il presente|presente) (?:messaggio|e-?mail|mail|comunicazione)|(?:dit|deze) (?:bericht|e-?mail|mail)"
    r"|(?:ta |niniejsza |tej )?wiadomoś\w+|(?:detta|denna|dette|denne) (?:meddelande|e-?post\w*|mail|e-?mail|meddelelse|besked)|(?:attached|anhäng\w+|pièces jointes|allegati|bijlage\w*)",
)
"""A disclaimer speaks of the message it stands under."""
SURE_STEMS = (
    "environment",
    "environnement",
    "umwelt",
    "ambiente",
    "milieu",
    "środowisk",
    "milj",
    " print",
    "save ",
    "registered in",
)
ACCUSING = re.compile(
    r"\b(?:i am|i['’]m|i have|i want|i was|my|you (?:sent|broke|leaked|lost|shared|published|gave)|complaint|furious|ich|mein\w*|je suis|mon|ma|mi|mío|ik ben|mijn)\b"
)
"""A person's words, in lower case: no disclaimer speaks so."""
DISCLAIMER_SURE = re.compile(
    r"(?:consider the environment|think (?:about the environment )?before (?:you )?print|save (?:paper|a tree)|denken sie an die umwelt|umwelt.{0,40}(?:ausdruck|druck)"
    r"|(?:pensez?|respectez) (?:à )?l['’]environnement|(?:piense en|cuide) el medio ?ambiente|(?:pensa|rispetta) (?:all['’])?ambiente|denk aan het milieu|pense no (?:meio )?ambiente"
    r"|(?:myśl|pomyśl|dbaj) o środowisk|tänk på miljön|tænk på miljøet|registered in england and wales)",
)
DISCLAIMER_TITLE = re.compile(
    r"\W{0,3}(?:confidentiality(?: notice| note)?|disclaimer|legal notice|privacy notice|vertraulichkeitshinweis|haftungsausschluss|rechtlicher hinweis|avis de confidentialité|aviso legal"
    r"|aviso de confidencialidade?|avviso di riservatezza|avvertenza|vertrouwelijkheid\w*|klauzula poufności|ansvarsfriskrivning|ansvarsfraskrivelse)\W{0,3}(?:$|:)",
    re.IGNORECASE,
)

# --- contacts ---

PHONE = re.compile(r"(?<![\w/.-])(?:\+|\(?0|\(\d{3}\)|\d{3}[-. ])[\d\s()./\u00a0-]{5,20}\d(?!\w)")
WEB = re.compile(
    r"(?:https?://|www\.)\S+|\b(?:[\w-]{1,63}\.){1,6}(?:com|org|net|eu|io|de|at|ch|fr|es|it|nl|be|pt|pl|se|dk|uk|us|ie|example|test|agency|studio)\b(?:/\S*)?",
    re.IGNORECASE,
)
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
POSTAL = re.compile(
    r"\b(?:[A-Z]{1,2}-)?\d{4,5}(?:[- ]?[A-Z]{2})?\s+[A-ZÄÖÜÅØÆŁŚŻ][a-zà-ž]\w+|\b\d{2}-\d{3}\s+\w+|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"
    r"|(?i:\b(?:street|st\.|road|rd\.|avenue|ave\.|lane|straße|strasse|str\.|weg|platz|rue|boulevard|calle|plaza|via|viale|piazza|straat|laan|gracht|rua|ulica|ul\.|gatan|vägen|vej|gade)\b.{0,12}\d"
    r"|\d{1,4},? (?:rue|avenue|boulevard|\w+ (?:street|road|lane|avenue))\b|\w{3,}(?:straße|strasse|str\.|weg|platz|straat|laan|gatan|vägen|vej|gade) \d)",
)
REGISTRY = re.compile(
    r"\b(?:hrb|hra|ust-?id\w*|vat(?: no| id| reg)?|siret|siren|rcs|kvk|btw|p\.? ?iva|c\.f\.|nif|cif|nip|regon|krs|cvr|org\.?\s?nr|company no|registered (?:office|in|no)|geschäftsführer\w*|sitz der gesellschaft|amtsgericht|steuernummer)\b",
    re.IGNORECASE,
)
LABELLED = re.compile(
    r"\W{0,3}(?:t|tel|tél|tlf|tfn|telefon|telefono|teléfono|telefone|téléphone|phone|ph|m|mob|mobile?|mobil|móvil|cell|cellulare|telemóvel|kom|handy|f|fax|e|e-?mail|mail|courriel|correo|w|web|website|sito|site"
    r"|office|büro|direct|durchwahl|skype|whatsapp|signal|linkedin|twitter|instagram|facebook)\s?[.:|]{1,2}\s*\S",
    re.IGNORECASE,
)
SEPARATED = re.compile(r"\s[|•·∙▪–-]\s")
PLACEHOLDER = re.compile(
    r"\s*\[(?:cid:|image|bild|logo|[^\[\]]{0,60}\blogo\b)[^\[\]]{0,100}\]\s*$", re.IGNORECASE
)
"""A picture, in the plain text that was made from HTML."""
LINKED = re.compile(r"[(<]https?://[^\s()<>]+[)>]\s*$")
ITEM = re.compile(r"^\s*(?:[-*•>]|\[?\d{1,3}[\]).:]?)\s+")
LISTED = re.compile(r"^\s*(?:[*•]\s|\(?\d{1,2}[.)]\s|[a-z]\)\s)")
"""A point of a list; no signature has one."""
FIRM = re.compile(
    r"\b(?:gmbh|ltd|limited|inc|llc|llp|plc|ag|kg|ohg|ug|e\.\s?k|e\.\s?v|s\.?a\.?r\.?l|s\.?a\.?s|s\.?a|s\.?l|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|lda|sp\. ?z ?o\. ?o|o\.o|ab|aps|a/s|co|corp)\.?\s*$",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"(?:(?:with |many |my )?(?:kind(?:est)?|best|warm(?:est)?|friendly)? ?(?:regards|wishes|greetings)|best|cheers|thanks(?: (?:again|a lot|so much|in advance|and regards))?|thank you(?: (?:again|very much|in advance))?"
    r"|many thanks|yours(?: (?:sincerely|faithfully|truly))?|sincerely(?: yours)?|all the best|take care|love|respectfully|cordially|ta|bye"
    r"|(?:mit )?(?:den )?(?:freundlich\w*|viel\w*|best\w*|herzlich\w*|lieb\w*|schön\w*|sonnig\w*) gr[uü](?:ß|ss)\w*(?: aus \w+)?|mfg|lg|vg|gr[uü](?:ß|ss)e?|hochachtungsvoll|danke(?: und gruß)?|vielen dank"
    r"|(?:bien )?(?:cordialement|amicalement|sincèrement|respectueusement)(?: vôtre)?|bien à (?:vous|toi)|meilleures salutations|salutations(?: distinguées)?|merci(?: d['’]avance| beaucoup)?|à bientôt|bonne (?:journée|soirée)"
    r"|(?:un )?(?:cordial(?:es)?|atentos?)? ?(?:saludos?)(?: cordial(?:es)?)?|(?:muy )?atentamente|gracias(?: de antemano)?|(?:muchas )?gracias|un abrazo"
    r"|(?:cordiali|distinti|cari|tanti) saluti|saluti|cordialmente|grazie(?: mille)?|un saluto|a presto"
    r"|(?:met )?(?:vriendelijke|hartelijke|beste) groet\w*|groet(?:en|jes)?|mvg|hoogachtend|bedankt|alvast bedankt"
    r"|(?:com )?(?:os )?(?:melhores )?cumprimentos|atenciosamente|abraços?|obrigad[oa]|saudações"
    r"|(?:z )?(?:poważaniem|wyrazami szacunku)|pozdrawiam(?: serdecznie)?|(?:serdeczne )?pozdrowienia|dziękuję"
    r"|(?:med )?(?:vänlig\w*|bästa|varma) hälsning\w*|hälsning\w*|mvh|tack(?: på förhand)?|vänligen"
    r"|(?:med )?(?:venlig\w*|bedste|kærlig\w*|mange) hilsn?e?r?n?|hilsen|vh|kh|tak(?: på forhånd)?|på forhånd tak)\b\s*[,.!–-]*\s*$",
    re.IGNORECASE,
)
POSTSCRIPT = re.compile(
    r"\s*(?:p\.?\s?p?\.?\s?s\.?|n\.?b\.?|p\.?d\.?|ps)(?:\s*+[:.\-–)]\s++|\s++)\S", re.IGNORECASE
)
SIGNATURE_MARK = re.compile(r"(?:--|—|–|-- -|__)\s*$")
