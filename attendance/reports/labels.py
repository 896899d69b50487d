"""The words at the heads of columns, and the words platforms put into cells, in the languages they are met in.

Everything is compared folded: Latin letters without accents, small, punctuation as blanks. Exact words come first; where a
label is longer than those known, a stem in it decides.
"""

import enum
import re
from functools import lru_cache

from anyascii import anyascii

FEWEST_KNOWN = 2  # column words that make a line the head of a table
LONGEST_LABEL = 60


class Column(enum.StrEnum):
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    UPN = "upn"
    JOIN = "join"
    LEAVE = "leave"
    DURATION = "duration"
    ACTION = "action"
    TIMESTAMP = "timestamp"
    GUEST = "guest"
    WAITING = "waiting"
    CONSENT = "consent"
    ROLE = "role"
    MODERATOR = "moderator"
    ATTENDED = "attended"
    REGISTERED = "registered"
    TOPIC = "topic"
    MEETING = "meeting"
    HOST = "host"
    START = "start"
    END = "end"
    COUNT = "count"
    SCORE = "score"
    CONNECTION = "connection"


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Small Latin letters and digits, single blanks between."""
    return " ".join(re.findall(r"[a-z0-9]+", anyascii(text).casefold()))


WORDS: dict[Column, str] = {
    Column.NAME: """
        name / full name / user name / display name / participant / participant name / attendee / attendee name
        nombre / nombre completo / nombre y apellidos / participante / usuario / nom / nom complet / nom i cognoms
        nome / nome completo / nome e cognome / nome utente / partecipante / vollständiger name / teilnehmer
        imię i nazwisko / nazwa / pełna nazwa / nazwa użytkownika / uczestnik / naam / volledige naam / deelnemer
        имя / полное имя / participant s name / nom et prénom / nom de l'utilisateur / nom du participant""",
    Column.FIRST_NAME: """
        first name / given name / nombre de pila / prénom / vorname / primeiro nome / imię / voornaam / имя пользователя""",
    Column.LAST_NAME: """
        last name / surname / family name / apellidos / apellido / cognoms / cognom / cognome / nom de famille / nachname
        sobrenome / apelido / nazwisko / achternaam / фамилия""",
    Column.EMAIL: """
        email / e-mail / mail / email address / e-mail address / user email / attendee email / correo / correo electrónico
        e-mail del usuario / correo electrónico del usuario / dirección de correo electrónico / correu / correu electrònic
        adreça electrònica / adreça de correu electrònic / e-mail do usuário / endereço de e-mail / adresse e-mail
        adresse électronique / courriel / e-mail de l'utilisateur / e-mail-adresse / benutzer-e-mail / indirizzo e-mail
        e-mail utente / indirizzo email / adres e-mail / e-mail użytkownika / e-mailadres / e-mail van gebruiker
        электронная почта / адрес электронной почты""",
    Column.UPN: """
        participant id (upn) / participant id / upn / identyfikator uczestnika (upn) / id de participante (upn)
        id del participante (upn) / id do participante (upn) / id participant (upn) / id du participant (upn)
        teilnehmer-id (upn) / id partecipante (upn) / id deelnemer (upn) / deelnemer-id (upn) / user id""",
    Column.JOIN: """
        join / join time / joined / time joined / first join / first join time / joined at / hora para unirse
        hora de entrada / hora de unión / primera unión / primera incorporación / hora de ingreso / hora d'entrada
        hora d'unió / primera entrada / ingressar na hora / hora de ingresso / primeiro ingresso / primeira entrada
        heure d'arrivée / heure de connexion / première connexion / première participation / première arrivée / arrivée
        ora di ingresso / ora di accesso / ora di partecipazione / prima partecipazione / primo accesso / entrata
        beitrittszeit / beitrittszeitpunkt / beitrittsuhrzeit / erster beitritt / beitritt / zeitpunkt des beitritts
        czas dołączenia / godzina dołączenia / pierwsze dołączenie / dołączenie / deelnametijd / tijdstip van deelname
        eerste deelname / deelnemen / toegetreden / tijd van deelname / время входа / entrada / entree""",
    Column.LEAVE: """
        leave / leave time / left / exit / exited / time exited / time left / last leave / last leave time / left at
        hora para salir / hora de salida / última salida / salida / hora de sortida / última sortida / sortida
        hora de saída / última saída / saída / heure de départ / heure de sortie / dernière sortie / dernier départ / départ
        ora di uscita / ultima uscita / uscita / uscita alle / verlassenszeit / austrittszeit / letzter austritt
        zuletzt verlassen / verlassen um / austritt / zeitpunkt des verlassens / czas opuszczenia / godzina opuszczenia
        ostatnie wyjście / wyjście / godzina wyjścia / vertrektijd / laatst verlaten / laatste vertrek / vertrek
        tijdstip van vertrek / время выхода""",
    Column.DURATION: """
        duration / duration (minutes) / total duration (minutes) / in-meeting duration / meeting duration / minutes
        time in session (minutes) / attendance duration / duración / duración (minutos) / duración total (minutos)
        duración en la reunión / minutos / durada / durada (minuts) / durada total (minuts) / minuts / duração
        duração (minutos) / duração total (minutos) / duração na reunião / durée / durée (minutes) / durée totale (minutes)
        durée en réunion / durata / durata (minuti) / durata totale (minuti) / durata nella riunione / minuti / dauer
        dauer (minuten) / gesamtdauer (minuten) / dauer in der besprechung / minuten / czas trwania / czas trwania (minuty)
        całkowity czas trwania (minuty) / czas udziału w spotkaniu / minuty / duur / duur (minuten) / totale duur (minuten)
        duur in vergadering / длительность (минуты) / продолжительность (минуты) / online time""",
    Column.ACTION: """
        user action / action / acción del usuario / acción / acció de l'usuari / acció / ação do usuário / ação / atividade
        action de l'utilisateur / azione utente / azione / benutzeraktion / aktion / aktywność / akcja użytkownika / akcja
        gebruikersactie / actie / actividad / activitat / activité / attività / aktivität / activiteit""",
    Column.TIMESTAMP: """
        timestamp / time stamp / date and time / marca de tiempo / marca de hora / fecha y hora / marca de temps
        data i hora / data e hora / carimbo de data/hora / horodateur / horodatage / date et heure / data e ora
        indicatore data e ora / timestamp ora / zeitstempel / datum und uhrzeit / sygnatura czasowa / znacznik czasu
        data i godzina / tijdstempel / datum en tijd / tijd""",
    Column.GUEST: """
        guest / is guest / invitado / convidat / convidado / invité / ospite / gast / gość / гость""",
    Column.WAITING: """
        in waiting room / en la sala de espera / en sala de espera / a la sala d'espera / na sala de espera
        en salle d'attente / dans la salle d'attente / in sala d'attesa / im warteraum / im wartezimmer / w poczekalni
        in wachtkamer / in de wachtkamer / in wachtruimte / в зале ожидания""",
    Column.CONSENT: """
        recording consent / recording disclaimer response / consentimiento de grabación / consentement d'enregistrement
        consenso alla registrazione / risposta alla dichiarazione di non responsabilità della registrazione
        respuesta a la exención de responsabilidad de grabación / consentimento de gravação""",
    Column.ROLE: "role / rol / rôle / ruolo / rolle / rola / função / funció / роль",
    Column.MODERATOR: "moderator / moderador / modérateur / moderatore / is moderator",
    Column.ATTENDED: "attended / asistió / a participé / compareceu / ha partecipato / teilgenommen / has attended",
    Column.REGISTERED: "registration time / approval status / fecha de registro / source name / country/region name",
    Column.TOPIC: "topic / meeting name / meeting title / tema / sujet / argomento / thema / temat / onderwerp",
    Column.MEETING: "meeting id / webinar id / id / id de reunión / id de la reunión / id riunione / meeting-id",
    Column.HOST: "host / host name / organizer / anfitrión / anfitrião / animateur / ospitante",
    Column.START: """
        start time / actual start time / meeting start time / hora de inicio / heure de début / ora di inizio / startzeit
        godzina rozpoczęcia / starttijd / hora de início / hora d'inici / creation time""",
    Column.END: """
        end time / meeting end time / hora de finalización / heure de fin / ora di fine / endzeit / godzina zakończenia
        eindtijd / hora de término / hora de fin / hora de finalització""",
    Column.COUNT: "participants / participantes / partecipanti / teilnehmer gesamt / total users / unique viewers",
    Column.SCORE: "activity score / talk time / webcam time / messages / poll votes / raise hands / emojis / reactions",
    Column.CONNECTION: "connection type / registrant id",
}
STEMS: tuple[tuple[Column, str], ...] = (
    (Column.UPN, r"\bupn\b"),
    (
        Column.WAITING,
        r"waiting room|sala de espera|sala d espera|sala d attesa|salle d attente|wacht(kamer|ruimte)|warteraum",
    ),
    (Column.CONSENT, r"recording|grabacion|gravacao|enregistrement|registrazione|aufzeichnung|nagra"),
    (Column.EMAIL, r"e mail|\bemail|correo|correu|courriel"),
    (Column.DURATION, r"\bdura|\bduree|\bdauer|\bduur|czas (trwania|udzialu)"),
    (Column.JOIN, r"\bjoin|\bingres|\bunirse|\bbeitritt|\bdolacz|\bdeelname|\barrivee\b"),
    (Column.LEAVE, r"\bleave|\bsalida|\bsaida|\bsortida|\buscita|\bverlass|\bopuszcz|\bvertrek|\bdepart\b"),
    (Column.NAME, r"\b(\w{3,}) .*\1"),  # "Name (Original Name)" in whatever language
)
KNOWN = {fold(word): column for column, words in WORDS.items() for word in re.split(r"\s/\s|\n", words) if fold(word)}
STEM_OF = tuple((column, re.compile(stem)) for column, stem in STEMS)
OF_THE_USER = re.compile(r"\b(user|usuari\w*|utilis\w*|utente|uzytkownik\w*|gebruiker\w*|benutzer\w*)\b")


@lru_cache(maxsize=20_000)
def column_of(label: str) -> Column | None:
    """Which column a label is the head of; None when the word is none we know."""
    if not label or len(label) > LONGEST_LABEL or "@" in label:
        return None
    folded = fold(label)
    if folded in KNOWN:
        return KNOWN[folded]
    if is_original_name(label):
        return Column.NAME
    return next((column for column, stem in STEM_OF if column is not Column.NAME and stem.search(folded)), None)


def is_original_name(label: str) -> bool:
    """Whether a label is Zoom's for names: a word, and the same word again in brackets, in whatever language."""
    head, bracket, tail = label.partition("(")
    words = [it for it in fold(head).split() if len(it) > 2]
    return bool(bracket and words and len(label) <= LONGEST_LABEL and any(it in fold(tail) for it in words))


def words(*texts: str) -> frozenset[str]:
    return frozenset(fold(it) for text in texts for it in text.split("/"))


YES = words("yes / si / sí / sim / oui / ja / tak / true / 1 / да / y")
ORGANISERS = words(
    "Organizer / Co-organizer / Organiser / Organizador / Organisateur / Organizzatore / Organisator / Organizator / Organitzador / Host",
    "Anfitrión / Anfitrião / Hôte / Ospitante / Gastgeber / Gospodarz / Panelist / Cohost / Co-host / Организатор",
)
ROBOTS = re.compile(
    r"\b(read ai|fireflies|otter ?(ai|pilot)|otter s notes|tl dv|tldv|sembly|avoma|meetgeek|supernormal|circleback|airgram|"
    r"(fathom|fellow|granola|krisp|notta|jamie|bluedot|gong|chorus) (ai|io|app|bot|notes?|assistant)|"
    r"note ?taker|notetaking|notes? taking (bot|assistant)|meeting (notes|assistant|bot|recorder)|ai (notes|assistant|companion)|"
    r"recording bot|transcri(ption|ber) bot)\b|^otter$"
)
ROBOT_DOMAINS = (
    "fireflies.ai",
    "otter.ai",
    "read.ai",
    "tldv.io",
    "fathom.video",
    "sembly.ai",
    "avoma.com",
    "meetgeek.ai",
)


@lru_cache(maxsize=50_000)
def is_robot(name: str, email: str = "") -> bool:
    domain = email.casefold().rpartition("@")[2]
    return domain in ROBOT_DOMAINS or bool(ROBOTS.search(fold(name)))


def is_yes(text: str) -> bool:
    return fold(text) in YES
