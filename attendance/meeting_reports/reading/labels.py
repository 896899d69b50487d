"""The labels of columns, in the languages seen so far.

Everything is compared folded: lower-case Latin letters without accents, with blanks for punctuation. Exact words come
first; in a label longer than those we know a stem decides.
"""

import enum
import re
from collections.abc import Iterable
from functools import lru_cache

from anyascii import anyascii

from attendance.meeting_reports.reading import zones

FEWEST_KNOWN = 2  # known labels that make a row a head
LONGEST_LABEL = 60
QUESTION_MARKS = ("?", "？", "؟")


class Column(enum.StrEnum):
    """What a column may hold."""

    NAME = "name"
    FIRST_NAME = "first_name"
    MIDDLE_NAME = "middle_name"
    LAST_NAME = "last_name"
    SECOND_LAST_NAME = "second_last_name"
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
    OTHER = "other"  # known, but not used


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Return a text as lower-case Latin letters and digits, with single blanks between words."""
    return " ".join(re.findall(r"[a-z0-9]+", anyascii(text).casefold()))


WORDS: dict[Column, str] = {
    Column.NAME: """
        name / full name / user name / display name / participant / participant name / attendee / attendee name
        nombre / nombre completo / nombre y apellidos / participante / usuario / nom / nom complet / nom i cognoms
        nome / nome completo / nome e cognome / nome utente / partecipante / vollständiger name / teilnehmer
        imię i nazwisko / nazwa / pełna nazwa / nazwa użytkownika / uczestnik / naam / volledige naam / deelnemer
        имя / полное имя / имя пользователя / participant s name / nom et prénom / nom, prénom / nom de l'utilisateur
        nom du participant / names / namn / navn / jméno / meno / ime / név / nume / ім'я / име / όνομα / izena / vardas
        vārds / 이름 / 氏名 / 名前 / 姓名 / full names / name and surname / first and last name / last name, first name
        surname, first name / last, first / apellidos y nombre / apellidos, nombre / apellido, nombre / nombre y apellido
        cognoms i nom / cognoms, nom / cognome e nome / cognome, nome / sobrenome, nome / nome e sobrenome / apelido e nome
        nom et prénoms / vor- und nachname / name, vorname / nachname, vorname / vorname, nachname / vorname nachname
        nazwisko i imię / jméno a příjmení / příjmení a jméno / meno a priezvisko / fullständigt namn / förnamn och efternamn
        voor- en achternaam / naam deelnemer / фамилия и имя / имя и фамилия / фио / ime i prezime / ime in priimek
        nume și prenume / nume complet / celé jméno / fulde navn / fullt navn / teljes név""",
    Column.FIRST_NAME: """
        first name / given name / forename / firstname / first names / nombre de pila / primer nombre / nombres / prénom
        prénoms / prenom / prenoms / vorname / vornamen / rufname / primeiro nome / nome próprio / nom de pila / nom propi
        nome di battesimo / nome proprio / imię / imiona / pierwsze imię / voornaam / voornamen / křestní jméno
        krstné meno / förnamn / fornavn / etunimi / eesnimi / keresztnév / utónév / prenume / όνομα χρήστη / 名 / 名字""",
    Column.MIDDLE_NAME: """
        middle name / middle names / middle initial / second name / segundo nombre / segon nom / deuxième prénom
        nome do meio / secondo nome / zweiter vorname / drugie imię / tussenvoegsel / druhé jméno / mellannamn / mellemnavn
        mellomnavn / отчество""",
    Column.LAST_NAME: """
        last name / lastname / last names / surname / surnames / family name / apellidos / apellido / primer apellido
        apellido 1 / apellido paterno / cognoms / cognom / primer cognom / cognome / cognomi / nom de famille / nom d'usage
        nachname / familienname / zuname / sobrenome / sobrenomes / apelido / apelidos / último nome / nazwisko / achternaam
        familienaam / příjmení / priezvisko / efternamn / efternavn / etternavn / sukunimi / perekonnanimi / vezetéknév
        családnév / nume de familie / prezime / priimek / επώνυμο / επίθετο / pavardė / uzvārds / abizena / abizenak
        soyadı / прізвище / фамилия / 성 / 姓 / 姓氏""",
    Column.SECOND_LAST_NAME: """
        second last name / second surname / segundo apellido / apellido 2 / apellido materno / segon cognom""",
    Column.EMAIL: """
        email / e-mail / mail / email address / e-mail address / user email / attendee email / correo / correo electrónico
        e-mail del usuario / correo electrónico del usuario / dirección de correo electrónico / correu / correu electrònic
        adreça electrònica / adreça de correu electrònic / e-mail do usuário / endereço de e-mail / adresse e-mail
        adresse électronique / courriel / e-mail de l'utilisateur / e-mail-adresse / benutzer-e-mail / indirizzo e-mail
        e-mail utente / indirizzo email / adres e-mail / e-mail użytkownika / e-mailadres / e-mail van gebruiker
        электронная почта / адрес электронной почты / indirizzo di posta elettronica / posta elettronica / e-post
        e-postadress / e-mailová adresa / emailová adresa / почта / e-mailadresse / 사용자 이메일 / 이메일 / ユーザーのメール
        ユーザーのメールアドレス / メールアドレス / メール / 用户电子邮件 / 用户邮箱 / 电子邮件 / 电子邮箱""",
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
        eerste deelname / deelnemen / toegetreden / tijd van deelname / время входа / entrada / entree / время подключения
        hora a la que se unió / hora a la que te uniste / se unió a las / horário de entrada / hora do ingresso
        hora de inscripción en la reunión / hora en què s'hi ha unit / heure de participation / arrival time / entry time
        参加時刻 / 参加時間 / 加入时间 / 参加时间 / 참가 시간 / time of entry / ora in cui ha partecipato / accedió / entrou às""",
    Column.LEAVE: """
        leave / leave time / left / exit / exited / time exited / time left / last leave / last leave time / left at
        hora para salir / hora de salida / última salida / salida / hora de sortida / última sortida / sortida
        hora de saída / última saída / saída / heure de départ / heure de sortie / dernière sortie / dernier départ / départ
        ora di uscita / ultima uscita / uscita / uscita alle / verlassenszeit / austrittszeit / letzter austritt
        zuletzt verlassen / verlassen um / austritt / zeitpunkt des verlassens / czas opuszczenia / godzina opuszczenia
        ostatnie wyjście / wyjście / godzina wyjścia / vertrektijd / laatst verlaten / laatste vertrek / vertrek
        tijdstip van vertrek / время выхода / время отключения / hora a la que abandonó la reunión
        hora a la que abandonaste la reunión / abandonó la reunión / horário de saída / hora en què ha sortit
        退出時刻 / 退出時間 / 离开时间 / 나간 시간 / heure de fin de participation / last seen / exit time / time of exit / ora di abbandono / salió a las""",
    Column.DURATION: """
        duration / duration (minutes) / total duration (minutes) / in-meeting duration / meeting duration / minutes
        time in session (minutes) / attendance duration / duración / duración (minutos) / duración total (minutos)
        duración en la reunión / minutos / durada / durada (minuts) / durada total (minuts) / minuts / duração
        duração (minutos) / duração total (minutos) / duração na reunião / durée / durée (minutes) / durée totale (minutes)
        durée en réunion / durata / durata (minuti) / durata totale (minuti) / durata nella riunione / minuti / dauer
        dauer (minuten) / gesamtdauer (minuten) / dauer in der besprechung / minuten / czas trwania / czas trwania (minuty)
        całkowity czas trwania (minuty) / czas udziału w spotkaniu / minuty / duur / duur (minuten) / totale duur (minuten)
        duur in vergadering / длительность (минуты) / продолжительность (минуты) / online time
        tempo em sessão (minutos) / tiempo en la sesión (minutos) / temps a la sessió (minuts)
        temps passé dans la session (minutes) / tempo nella sessione (minuti) / zeit in der sitzung (minuten)
        時間(分) / 期間(分) / 所要時間(分) / 持续时间(分钟) / 时长(分钟) / 기간(분) / czas w sesji (minuty) / tijd in sessie (minuten) / время в сеансе (минуты)""",
    Column.ACTION: """
        user action / action / acción del usuario / acción / acció de l'usuari / acció / ação do usuário / ação / atividade
        action de l'utilisateur / azione utente / azione / benutzeraktion / aktion / aktywność / akcja użytkownika / akcja
        gebruikersactie / actie / actividad / activitat / activité / attività / aktivität / activiteit""",
    Column.TIMESTAMP: """
        timestamp / time stamp / event timestamp / event time / date and time / marca de tiempo / marca de hora / fecha y hora / marca de temps
        data i hora / data e hora / carimbo de data/hora / horodateur / horodatage / date et heure / data e ora
        indicatore data e ora / timestamp ora / zeitstempel / datum und uhrzeit / sygnatura czasowa / znacznik czasu
        data i godzina / tijdstempel / datum en tijd / tijd""",
    Column.GUEST: """
        guest / is guest / invitado / convidat / convidado / invité / ospite / gast / gość / гость / 게스트 / ゲスト
        访客 / 嘉宾""",
    Column.WAITING: """
        in waiting room / en la sala de espera / en sala de espera / a la sala d'espera / na sala de espera
        en salle d'attente / dans la salle d'attente / in sala d'attesa / im warteraum / im wartezimmer / w poczekalni
        in wachtkamer / in de wachtkamer / in wachtruimte / в зале ожидания
        待機室 / 待機中 / 等候室 / 在等候室中 / 대기실 / 대기실에 있음""",
    Column.CONSENT: """
        recording consent / recording disclaimer response / consentimiento de grabación / consentement d'enregistrement
        consenso alla registrazione / risposta alla dichiarazione di non responsabilità della registrazione
        respuesta a la exención de responsabilidad de grabación / consentimento de gravação""",
    Column.ROLE: "role / rol / rôle / ruolo / rolle / rola / função / papel / funció / roll / rooli / роль",
    Column.MODERATOR: "moderator / moderador / modérateur / moderatore / is moderator",
    Column.ATTENDED: """
        attended / asistió / a participé / compareceu / participou / ha partecipato / teilgenommen / has attended
        ha assistit / hat teilgenommen / uczestniczył / uczestniczył(a) / deelgenomen / heeft deelgenomen / участвовал
        zúčastnil se / deltog / присутствовал""",
    Column.REGISTERED: """
        registration time / registration status / approval status / fecha de registro / hora de inscripción
        hora de registro / estado de aprobación / horário de inscrição / horário de registro / status da aprovação
        status de aprovação / heure d'inscription / statut d'approbation / ora di registrazione / ora di iscrizione
        stato di approvazione / hora d'inscripció / estat d'aprovació / registrierungszeit / genehmigungsstatus
        czas rejestracji / status zatwierdzenia / registratietijd / goedkeuringsstatus / registration date
        registration date/time / source name / время регистрации / статус утверждения / creation time / created at
        created / join date""",
    Column.OTHER: """
        country/region name / country/region / country / region / nombre del país/región / país/región / país
        nome do país/da região / nome do país/região / pays/région / nom du pays/de la région / pays / nom del país/regió
        nome paese/area geografica / paese/area geografica / paese / land/region / name des landes/der region / land
        nazwa kraju/regionu / kraj/region / kraj / naam van land/regio / land/regio / страна/регион / is guest
        department / departamento / département / abteilung / dipartimento / dział / afdeling / group / grupo / groupe
        gruppe / gruppo / grupa / groep / source / type / phone / teléfono / telefone / téléphone / telefon / telefono
        telefoon / city / ciudad / cidade / ville / stadt / città / miasto / stad / organization / organisation
        organización / organização / organizzazione / company / job title / useragent / user agent / session id / webcam time
        device / total participant minutes / has zoom rooms / # of checks / no / nr / comments / details""",
    Column.TOPIC: "topic / meeting name / meeting title / tema / tópico / sujet / argomento / thema / temat / onderwerp",
    Column.MEETING: """
        meeting id / webinar id / id / id de reunión / id de la reunión / id riunione / meeting-id / id do webinar
        id del seminario web / id du webinaire / id webinar / webinar-id / id da reunião""",
    Column.HOST: "host / host name / organizer / anfitrión / anfitrião / animateur / ospitante",
    Column.START: """
        start time / actual start time / meeting start time / hora de inicio / heure de début / ora di inizio / startzeit
        godzina rozpoczęcia / starttijd / hora de início / hora d'inici / hora de inicio real / hora de início real
        heure de début réelle / ora di inizio effettiva / tatsächliche startzeit / actual start date/time""",
    Column.END: """
        end time / meeting end time / hora de finalización / heure de fin / ora di fine / endzeit / godzina zakończenia
        eindtijd / hora de término / hora de fin / hora de finalització""",
    Column.COUNT: "participants / participantes / partecipanti / teilnehmer gesamt / total users / unique viewers",
    Column.SCORE: "activity score / talk time / webcam time / messages / poll votes / raise hands / emojis / reactions",
    Column.CONNECTION: "connection type / registrant id",
}
STEMS: tuple[tuple[Column, str], ...] = (
    (Column.UPN, r"\bupn\b"),
    (Column.REGISTERED, r"\b(registr|registered|rejestr|inscri|iscri)"),
    (
        Column.WAITING,
        r"waiting room|sala de espera|sala d espera|sala d attesa|salle d attente|wacht(kamer|ruimte)|warteraum",
    ),
    (Column.CONSENT, r"recording|grabacion|gravacao|enregistrement|registrazione|aufzeichnung|nagra"),
    (Column.EMAIL, r"e mail|\bemail|correo|correu|courriel|posta elettronica"),
    (Column.DURATION, r"\bdura|\bduree|\bdauer|\bduur|czas (trwania|udzialu)"),
    (Column.JOIN, r"\bjoin|\bingres|\bunirse|\bbeitritt|\bdolacz|\bdeelname|\barrivee\b"),
    (Column.LEAVE, r"\bleave|\bsalida|\bsaida|\bsortida|\buscita|\bverlass|\bopuszcz|\bvertrek|\bdepart\b"),
    (Column.NAME, r"\b(\w{3,}) .*\1"),  # "Name (Original Name)" in whatever language
)
KNOWN = {fold(word): column for column, text in WORDS.items() for word in re.split(r"\s/\s|\n", text) if fold(word)}
STEM_OF = tuple((column, re.compile(stem)) for column, stem in STEMS)
OF_THE_USER = re.compile(r"\b(user|usuari\w*|utilis\w*|utente|uzytkownik\w*|gebruiker\w*|benutzer\w*)\b")
IN_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]?")


@lru_cache(maxsize=20_000)
def column_of(label: str) -> Column | None:
    """Return the column that a label heads; None if we do not know it, and for questions of polls."""
    if not label or len(label) > LONGEST_LABEL or "@" in label or label.endswith(QUESTION_MARKS):
        return None
    if column := exact_column_of(label):
        return column
    folded = fold(zones.without_zone(label))
    return next((column for column, stem in STEM_OF if column is not Column.NAME and stem.search(folded)), None)


@lru_cache(maxsize=20_000)
def exact_column_of(label: str) -> Column | None:
    """Return the column of a label that is known as a whole, ignoring units, zone and remarks in brackets."""
    if len(label) > LONGEST_LABEL:
        return None
    if column := KNOWN.get(fold(label)):
        return column
    if is_original_name(label):
        return Column.NAME
    plain = zones.without_zone(label)
    if re.search(r"\bupn\b", fold(plain)):
        return Column.UPN
    return KNOWN.get(fold(plain)) or KNOWN.get(fold(IN_BRACKETS.sub(" ", plain)))


def is_bare_name(label: str) -> bool:
    """Return whether a label is just the word "name": it may then mean first or last name, if the other has a column of its
    own.
    """
    return fold(IN_BRACKETS.sub(" ", label)) in BARE_NAMES and not is_original_name(label)


def is_original_name(label: str) -> bool:
    """Return whether a label is Zoom's for names: a word, and the same word again in brackets, in any language."""
    head, bracket, tail = label.partition("(")
    head_words = [it for it in fold(head).split() if len(it) > 2]
    return bool(bracket and head_words and len(label) <= LONGEST_LABEL and any(it in fold(tail) for it in head_words))


def folded_words(*texts: str) -> frozenset[str]:
    """Return the words of texts that separate them by slashes, folded."""
    return frozenset(fold(it) for text in texts for it in text.split("/"))


BARE_NAMES = folded_words(
    "name / names / nombre / nom / nome / имя / naam / namn / navn / jméno / meno / ime / név / nume / ім'я / име / όνομα",
    "izena / vardas / vārds / 이름 / imię / nimi / first",
)


def n_heads(cells: Iterable[str]) -> int:
    """Return how many cells are known labels; 0 if they are too few to make the line a head."""
    n_known = sum(column_of(cell) is not None for cell in cells)
    return n_known if n_known >= FEWEST_KNOWN else 0
