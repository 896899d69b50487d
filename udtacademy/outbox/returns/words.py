"""What mail servers write, in English, German, French, Spanish and Italian. Patterns over text on one line, without regard to case.

Anybody may send such text, so no pattern repeats what may be of any length: each step is bounded.
"""

import re


def either(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


NO_SUCH_ADDRESS = either(
    # the mailbox
    r"(?:user|recipient|mailbox|account|address|addressee|alias)\b.{1,60}?(?:is |was )?(?:unknown|not found|not known|invalid)\b",
    r"\b(?:unknown|invalid|no such|non-?existent|undeliverable) (?:local |e-?mail |virtual |or invalid )?"
    r"(?:user|recipient|mailbox|account|address|addressee|alias|part|person|name|domain|host)\b",
    r"(?:user|recipient|mailbox|account|address|domain|person)\b.{0,60}?(?:does not|doesn['’]t|do not) (?:seem to )?exist",
    r"no mailbox here by that name|not (?:a|our) (?:known |valid |local )?(?:user|customer|mailbox|recipient)\b|not listed in",
    r"(?:mailbox|account|address|user)\b.{0,40}?(?:disabled|inactive|closed|deleted|deactivated|discontinued|no longer)",
    r"no longer (?:valid|active|on|at|accepts?|employed|available)|has moved|wasn['’]t found at|couldn['’]t be found|could not be found",
    r"recip(?:ient)?notfound|baddestinationmailbox|mailbox (?:lookup failed|not found)|user doesn['’]t have a .{1,30} account",
    # the domain
    r"(?:host|domain|mail server)(?: or domain)?(?: name)? (?:was )?(?:not found|unknown)|unrouteable|nxdomain|null ?mx|no such domain",
    r"couldn['’]t find any host|all relevant mx records point to non-existent hosts|does not accept mail \(nullmx\)|bad destination (?:host|mailbox)",
    # German
    r"(?:empfänger|benutzer|nutzer|adresse|e-?mail-?adresse|postfach|mailbox|domain)\b.{0,80}?"
    r"(?:unbekannt|existiert (?:dort )?nicht|nicht gefunden|nicht vorhanden|ungültig|deaktiviert|gelöscht|nicht (?:mehr )?verfügbar)",
    r"unbekannte[rs]? (?:empfänger|benutzer|nutzer|adresse)|kein(?:en)? (?:solche[rns]? )?(?:benutzer|postfach|empfänger)",
    # French
    r"(?:utilisateur|destinataire|adresse|compte|bo[iî]te|domaine)\b.{0,80}?"
    r"(?:inconnu|introuvable|n['’]existe (?:pas|plus)|n['’]a pas été trouvé|invalide|inexistant|désactivé)",
    # Spanish
    r"(?:usuario|destinatario|direcci[oó]n|cuenta|buz[oó]n|dominio)\b.{0,80}?"
    r"(?:desconocid|no existe|inexistente|no (?:se )?(?:ha |pudo |ha podido )?(?:encontr|localiz)|no es válid|no válid|deshabilitad)",
    r"no se (?:ha |pudo |ha podido )?encontr\w* (?:la |el )?(?:usuario|destinatario|dirección|cuenta|buzón)",
    # Italian
    r"(?:utente|destinatario|indirizzo|casella|account|dominio)\b.{0,80}?"
    r"(?:sconosciut|inesistente|non esiste|non (?:è |è stat[oa] )?trovat|non valid|disattivat|disabilitat)",
    r"(?:impossibile|non è stato possibile) trovare",
)

FULL = either(
    r"(?:mailbox|inbox|account|mail drop|user)\b.{0,40}?(?:is |was )?(?:full|over ?quota|exceeded)|mailbox ?full|over ?quota",
    r"quota.{0,30}(?:exceed|reached|full)|exceed.{0,40}(?:quota|storage|mailbox size)|out of (?:storage|disk)|insufficient (?:system |disk )?storage",
    r"(?:postfach|mailbox|speicher\w*|kontingent)\b.{0,60}?(?:voll|überschritten|erschöpft|überfüllt)",
    r"(?:bo[iî]te|quota|espace)\b.{0,60}?(?:pleine?\b|satur|dépass)",
    r"(?:buz[oó]n|cuota|cuenta|espacio)\b.{0,60}?(?:llen[oa]|excedid|superad|agotad)",
    r"(?:casella|spazio|quota)\b.{0,60}?(?:pien[oa]|esaurit|superat|eccedut)",
)

POLICY = either(
    r"spam|blocked|black ?list|block ?list|listed (?:in|by|at) |reputation|unsolicited|virus|malware|phish|content rejected",
    r"polic(?:y|ies)|dmarc|\bspf\b|dkim|not authori[sz]ed|authentication (?:is )?required|unauthenticated|access denied|relay(?:ing)?\b|banned",
    r"too (?:large|big)|message size|size limit|sender (?:address )?(?:rejected|refused|denied|blocked|verify)|rate limit|too many",
    r"helo|client host|reverse dns|\brdns\b|\bptr\b|your (?:ip|host|server)|verification failed for",
    r"abgelehnt.{0,40}(?:richtlinie|inhalt)|richtlinie|gesperrt|politique|indésirable|directiva|correo no deseado|no autorizad|criteri|indesiderat",
)

TEMPORARY = either(
    r"temporar|try(?:ing)? (?:it )?again|later|timed? ?out|connection (?:refused|lost|reset|dropped)|retry time|greylist|deferred|expired",
    r"too busy|service (?:is )?unavailable|loop|hops|network (?:is )?unreachable|no route to host|for (?:more than )?\d+ (?:hours|days)",
    r"vorübergehend|später|zeitüberschreitung|temporaire|plus tard|délai|más tarde|tiempo de espera|temporane|più tardi|tempo scaduto",
)

UNAVAILABLE = either(
    r"mailbox (?:is )?unavailable|requested action not taken|recipient (?:address )?rejected|address rejected"
)

DELAY = either(
    r"(?:delivery|message|mail).{0,60}?(?:is |was |has been |been )?delayed|delay(?:ed)? (?:mail|delivery)|warning: (?:message|could not send)",
    r"(?:will|shall|we['’]ll) (?:be retried|keep trying|continue to try|retry|try again)|not yet been delivered|has not been delivered yet",
    r"no action is required on your part|you do not need to re-?send|this is a warning message only|delivery incomplete",
    r"verzögert|verzögerung|noch nicht zugestellt|weitere zustellversuche|retardé|pas encore été (?:remis|livré)|nouvelles tentatives",
    r"retrasad|todavía no se ha entregado|aún no se ha (?:podido )?entreg|ritardat|in ritardo|non è ancora stat[oa] consegnat",
)

FAILURE_SUBJECT = either(
    r"^\W*(?:undeliver(?:ed|able)|non[- ]?deliverable|returned (?:mail|email|to sender)|return receipt: failed|mail(?: system)? error|failure notice)",
    r"^\W*(?:mail|message|e-?mail)? ?(?:delivery|transaction)\b.{0,30}(?:fail|error|problem|unsuccessful|status|notification|report)",
    r"^\W*(?:mail|message|e-?mail) (?:could not be |was not |not )delivered|^\W*delivery has failed|^\W*could ?n[o'’]t (?:be )?deliver|^\W*rejected",
    r"^\W*(?:unzustellbar|nicht zustellbar|fehlgeschlagene? zustellung|zustellung (?:der|ihrer)? ?.{0,30}fehlgeschlagen|mail ?delivery|fehler bei der zustellung)",
    r"^\W*(?:non remis|échec d[ee] (?:la )?(?:remise|livraison|distribution|l['’]envoi)|message non (?:remis|distribué)|non[- ]distribu|courrier non)",
    r"^\W*(?:no se puede entregar|no entregado|no se pudo entregar|mensaje no entregado|error (?:de|en la) entrega|correo (?:no entregado|devuelto))",
    r"^\W*(?:non recapitabile|mancat[oa] (?:recapito|consegna)|impossibile (?:recapitare|consegnare)|mancata|consegna .{0,20}(?:non riuscita|fallita))",
)
FAILURE = either(
    r"undeliver|could ?n[o'’]t be delivered|could not deliver|not delivered|delivery .{0,40}failed|permanent (?:error|failure|fatal)|returned to (?:sender|you)",
    r"did not reach|unable to deliver|wasn['’]t able to deliver|giving up|failed permanently|rejected your message|cannot be delivered",
    r"nicht zugestellt|unzustellbar|nicht zustellbar|fehlgeschlagen|konnte nicht|n['’]a pas (?:pu|été)|impossible de (?:remettre|livrer|distribuer)",
    r"échec|non remis|no se (?:pudo|ha podido|puede) entregar|no pudo (?:ser )?entreg|no entregado|impossibile|non (?:è stato|può essere) (?:possibile )?(?:re|con)",
)

AUTO_REPLY_SUBJECT = either(
    r"auto(?:matic|mated|-)?[ -]?(?:reply|response|answer)|out of (?:the )?office|on (?:vacation|holiday|annual leave|leave)\b|away from (?:my|the)",
    r"automatische antwort|abwesen|nicht im (?:büro|haus)|außer haus|urlaub|eingangsbestätigung",
    r"réponse automatique|absen(?:t|ce)\b|en congés?\b|message d['’]absence|accusé de réception",
    r"respuesta automática|fuera de (?:la )?oficina|ausen(?:te|cia)|de vacaciones|acuse de recibo",
    r"risposta automatica|fuori (?:sede|ufficio)|assen(?:te|za)|in ferie|conferma di ricezione",
)

# What begins the copy of the original, so that its words are not taken for the server's:
COPY_BEGINS = re.compile(
    r"^(?:"
    r"--[ -]{0,20}(?:below this line|this is a copy|original message|message header|the (?:body|header)|enclosed|forwarded|returned message|unsent message"
    r"|undelivered|the following text|ursprüngliche|message d['’]origine|mensaje original|messaggio originale)"
    r"|(?:original message headers?|ursprüngliche (?:nachrichtenkopfzeilen|nachrichtenkopfzeile)|kopfzeilen der ursprünglichen nachricht"
    r"|en-têtes (?:de message|du message) d['’]origine|encabezados (?:de mensajes? originales?|del mensaje original)"
    r"|intestazioni (?:originali )?del messaggio(?: originale)?):?\s*$"
    r"|(?:return-path|received|dkim-signature|x-received|message-id|mime-version): "
    r")",
    re.IGNORECASE | re.MULTILINE,
)
