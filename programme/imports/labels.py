"""The labels of columns in lists of people and cities, in the languages that meeting reports are read in.

They are compared in lower-case Latin letters without accents and punctuation (`rules/plain_words.py`).
"""

import enum
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from programme.rules.plain_words import plain_words

LONGEST_LABEL = 60


class Column(enum.StrEnum):
    """What a column may hold."""

    CITY = "city"
    COUNTRY = "country"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    JOB_TITLE = "job_title"
    QUOTA = "quota"
    COORDINATOR = "coordinator"
    COORDINATOR_EMAIL = "coordinator_email"
    DOMAINS = "email_domains"


WORDS: dict[Column, str] = {
    Column.CITY: """
        city / town / municipality / city name / name of city / name of the city / team / delegation / ciudad / municipio
        localidad / ayuntamiento / ciutat / municipi / ajuntament / cidade / município / câmara municipal / ville / commune
        municipalité / stadt / gemeinde / kommune / città / comune / miasto / gmina / stad / gemeente / plaats / город
        муниципалитет / by / kommun / ort / město / mesto / obec / kaupunki / kunta / linn / vald / város / település
        oraș / municipiu / localitate / grad / općina / občina / πόλη / δήμος / hiria / udala / miestas / pilsēta
        місто / громада / şehir / belediye / concello / cathair / belt""",
    Column.COUNTRY: """
        country / country code / code of country / iso / iso code / country iso / state / nation / país / código de país
        código del país / codi de país / código do país / pays / code pays / code du pays / land / ländercode
        länderkürzel / landcode / paese / codice paese / nazione / kraj / kod kraju / страна / код страны / landskod
        landekode / země / krajina / štát / kód země / kód krajiny / maa / maakoodi / riik / ország / országkód / țară
        cod țară / država / zemlja / χώρα / κωδικός χώρας / herrialdea / šalis / valsts / країна / ülke / tír / pajjiż""",
    Column.NAME: """
        name / full name / participant / participant name / person / name and surname / first and last name / nombre
        nombre completo / nombre y apellidos / apellidos y nombre / participante / nom / nom complet / nom i cognoms
        cognoms i nom / nome / nome completo / nome e cognome / cognome e nome / nome e sobrenome / nome e apelido
        partecipante / nom et prénom / prénom et nom / nom, prénom / vollständiger name / vor- und nachname / teilnehmer
        teilnehmerin / name, vorname / vorname nachname / imię i nazwisko / nazwisko i imię / uczestnik / naam
        volledige naam / voor- en achternaam / deelnemer / имя / полное имя / имя и фамилия / фамилия и имя / фио
        namn / fullständigt namn / navn / fulde navn / fullt navn / jméno / celé jméno / jméno a příjmení / meno
        meno a priezvisko / nimi / täisnimi / koko nimi / név / teljes név / nume / nume complet / nume și prenume
        ime i prezime / ime in priimek / όνομα / ονοματεπώνυμο / izena / izen-abizenak / vardas / vārds / ім'я
        повне ім'я / піб / ad soyad / nome e apelidos / ainm / isem""",
    Column.FIRST_NAME: """
        first name / given name / forename / firstname / first names / nombre de pila / nombres / prénom / prénoms
        vorname / vornamen / primeiro nome / nome próprio / nom de pila / nome di battesimo / nome proprio / imię / imiona
        voornaam / voornamen / křestní jméno / krstné meno / förnamn / fornavn / etunimi / eesnimi / keresztnév / utónév
        prenume / ad / céadainm""",
    Column.LAST_NAME: """
        last name / lastname / last names / surname / surnames / family name / apellidos / apellido / primer apellido
        cognoms / cognom / cognome / cognomi / nom de famille / nachname / familienname / zuname / sobrenome / sobrenomes
        apelido / apelidos / último nome / nazwisko / achternaam / familienaam / příjmení / priezvisko / efternamn
        efternavn / etternavn / sukunimi / perekonnanimi / perenimi / vezetéknév / családnév / nume de familie / prezime
        priimek / επώνυμο / επίθετο / pavardė / uzvārds / abizena / abizenak / soyad / soyadı / прізвище / фамилия
        sloinne / kunjom""",
    Column.EMAIL: """
        email / e-mail / mail / email address / e-mail address / address / work email / correo / correo electrónico
        dirección de correo / dirección de correo electrónico / correu / correu electrònic / adreça electrònica
        adreça de correu electrònic / endereço de e-mail / endereço eletrónico / adresse e-mail / adresse électronique
        adresse mail / courriel / e-mail-adresse / mailadresse / indirizzo e-mail / indirizzo email / posta elettronica
        indirizzo di posta elettronica / adres e-mail / e-mailadres / mailadres / почта / электронная почта
        адрес электронной почты / e-post / e-postadress / e-postadresse / mejl / mejladress / e-mailadresse
        e-mailová adresa / emailová adresa / sähköposti / sähköpostiosoite / e-posti aadress / e-kiri / e-mail cím
        e-mail-cím / adresă de e-mail / e-mail adresa / e-pošta / e-poštni naslov / elektronički naslov
        ηλεκτρονικό ταχυδρομείο / διεύθυνση email / helbide elektronikoa / posta elektronikoa / el. paštas
        el. pašto adresas / e-pasts / e-pasta adrese / електронна пошта / електронна адреса / e-posta / e-posta adresi
        enderezo electrónico / ríomhphost / indirizz elettroniku""",
    Column.JOB_TITLE: """
        title / job title / job / position / role / function / post / profession / cargo / puesto / puesto de trabajo
        función / càrrec / lloc de treball / posto / função / profissão / poste / fonction / titre / intitulé du poste
        funktion / position / stelle / berufsbezeichnung / stellenbezeichnung / titel / qualifica / ruolo / funzione
        incarico / mansione / stanowisko / funkcja / functie / functietitel / должность / befattning / titel och befattning
        stilling / stillingsbetegnelse / pozice / funkce / pozícia / funkcia / tehtävänimike / nimike / ametinimetus
        amet / beosztás / munkakör / funcție / funcția / titlu / radno mjesto / funkcija / delovno mesto / θέση
        τίτλος / ιδιότητα / kargua / lanpostua / pareigos / amats / посада / görev / unvan / ünvan / post de traballo
        teideal / titlu tal-kariga""",
    Column.QUOTA: """
        quota / number of people / people / places / seats / max people / maximum / how many / cuota / cupo / plazas
        número de personas / número de plazas / quota de persones / places assignades / nombre de persones / vagas
        número de pessoas / quota de pessoas / nombre de personnes / nombre de places / contingent / effectif / kontingent
        anzahl / anzahl personen / personen / plätze / contingente / numero di persone / posti / limit / liczba osób
        liczba miejsc / aantal / aantal personen / plaatsen / aantal plaatsen / квота / количество / количество мест
        kvot / antal / antal personer / platser / kvote / kvóta / počet / počet osob / počet osôb / kiintiö / kvoot
        kohtade arv / létszám / cotă / număr de persoane / kvota / broj osoba / število oseb / ποσόστωση / αριθμός ατόμων
        kopurua / kvotos / vietų skaičius / kvotas / vietu skaits / кількість / kota / kontenjan / cuota de persoas""",
    Column.COORDINATOR: """
        coordinator / coordinator name / name of coordinator / contact / contact person / team leader / coordinador
        coordinadora / coordinador/a / persona de contacto / contacto / responsable / persona de contacte / contacte
        coordenador / coordenadora / coordenador/a / pessoa de contacto / responsável / coordinateur / coordinatrice
        coordinateur/trice / personne de contact / référent / koordinator / koordinatorin / ansprechpartner
        ansprechperson / kontakt / kontaktperson / coordinatore / referente / persona di contatto / koordynator
        osoba kontaktowa / coördinator / contactpersoon / координатор / контактное лицо / samordnare / koordinátor
        kontaktní osoba / kontaktná osoba / koordinaattori / yhteyshenkilö / koordinaator / kontaktisik / kapcsolattartó
        coordonator / persoană de contact / kontakt osoba / koordinatorka / συντονιστής / υπεύθυνος επικοινωνίας
        koordinatzailea / koordinatorius / kontaktinis asmuo / koordinators / kontaktpersona / контактна особа
        koordinatör""",
    Column.COORDINATOR_EMAIL: """
        coordinator email / coordinator's email / email of coordinator / email of the coordinator / coordinator address
        coordinator's email address / contact email / correo del coordinador / correo de la coordinadora
        correo de contacto / correo del coordinador/a / correu del coordinador / correu de la coordinadora
        correu de contacte / e-mail do coordenador / e-mail da coordenadora / e-mail du coordinateur
        e-mail de la coordinatrice / courriel du coordinateur / e-mail de contact / e-mail koordinator
        e-mail des koordinators / e-mail der koordination / kontakt-e-mail / e-mail del coordinatore / e-mail di contatto
        e-mail del referente / e-mail koordynatora / e-mail coördinator / e-mail van coördinator / contact-e-mail
        почта координатора / samordnarens e-post / koordinatorens e-post / koordinators e-mail / e-mail koordinátora
        koordinaattorin sähköposti / koordinaatori e-post / koordinátor e-mail / e-mail coordonator
        e-mail koordinatora / email συντονιστή / koordinatzailearen posta / koordinatoriaus el. paštas
        koordinatora e-pasts / пошта координатора / koordinatör e-posta""",
    Column.DOMAINS: """
        domains / domain / email domains / email domain / mail domains / web domain / website / web site / dominios
        dominio / dominios de correo / sitio web / dominis / domini / dominis de correu / lloc web / domínios / domínio
        domínios de e-mail / domaines / domaine / domaines de messagerie / site web / domänen / domäne / e-mail-domänen
        e-mail-domains / domini e-mail / sito web / domeny / domena / domeny e-mail / domeinen / domein / e-maildomeinen
        домены / домен / domäner / domän / domæner / domæne / domener / domene / domény / doména / domeenit / domeenid
        domeen / tartományok / tartomány / domenii / domeniu / τομείς / domeinuak / domenai / domēni / домени
        alan adları / alan adı""",
}


def fold(label: str) -> str:
    return " ".join(plain_words(label))


KNOWN = {fold(word): column for column, text in WORDS.items() for word in re.split(r"\s/\s|\n", text) if fold(word)}
IN_BRACKETS = re.compile(r"[(\[*][^)\]]*[)\]]?")


def is_word_of(label: str, columns: Iterable[Column]) -> bool:
    """Return whether a label, as it stands, is one of the words for some columns."""
    return KNOWN.get(fold(label)) in set(columns)


@lru_cache(maxsize=20_000)
def column_of(label: str) -> Column | None:
    """Return what a label heads, ignoring remarks in brackets; None if we do not know it."""
    if not label or len(label) > LONGEST_LABEL or "@" in label:
        return None
    return KNOWN.get(fold(label)) or KNOWN.get(fold(IN_BRACKETS.sub(" ", label)))


def columns_of(labels: Sequence[str], instead: Iterable[tuple[Column, Column]]) -> dict[Column, int]:
    """Return the index of each known column, the first of several.

    `instead`: pairs of columns; the first means the second if there is no other for that.
    """
    columns: dict[Column, int] = {}
    for index, label in enumerate(labels):
        if column := column_of(label):
            columns.setdefault(column, index)
    for column, meant in instead:
        if column in columns and meant not in columns:
            columns[meant] = columns.pop(column)
    return columns
