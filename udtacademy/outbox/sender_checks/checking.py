"""Check what the domain name system says about our sender, and explain it in plain words."""

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from udtacademy.db.addresses import ascii_domain
from udtacademy.outbox.sender_checks.dkim_keys import name_of, public_key_in, record_of
from udtacademy.outbox.sender_checks.records import (
    MOST_LOOKUPS,
    DmarcRecord,
    are_aligned,
    dmarc_of,
    spf_of,
)
from udtacademy.outbox.sender_checks.resolver import Resolver, UnreachableError


class Level(enum.StrEnum):
    GOOD = "good"
    NOTE = "note"  # nothing to do, or nothing that the site can know
    WARN = "warn"
    BAD = "bad"


LABELS = {
    Level.GOOD: gettext_lazy("all right"),
    Level.NOTE: gettext_lazy("note"),
    Level.WARN: gettext_lazy("should be changed"),
    Level.BAD: gettext_lazy("must be changed"),
}


@dataclass(frozen=True)
class Finding:
    """What a check found. `name`: SPF, DKIM, …; `record`: what the domain says now, or should say under `record_name`."""

    name: str
    level: Level
    text: str
    hint: str = ""
    record_name: str = ""
    record: str = ""

    @property
    def label(self) -> str:
        return str(LABELS[self.level])


@dataclass(frozen=True)
class Domains:
    """`sender`: of the From header, which people see; `returns`: of the envelope, which SPF checks. Both in ASCII."""

    sender: str
    returns: str


def our_domains() -> Domains:
    sender = domain_of(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    return Domains(sender, domain_of(settings.MAIL.bounce_address) or sender)


def domain_of(address: str) -> str:
    domain = address.rpartition("@")[2].lower()
    try:
        return ascii_domain(domain)
    except UnicodeError:
        return domain


def check_sender(resolver: Resolver) -> list[Finding]:
    """Return what there is to say about the sender, in the order in which it is explained. Takes ten seconds at most."""
    domains = our_domains()
    checks: list[Callable[[Domains, Resolver], Iterator[Finding]]] = [check_spf, check_dkim, check_dmarc, check_returns]
    findings = []
    for check in checks:
        name = check.__name__.removeprefix("check_").upper()
        try:
            findings += list(check(domains, resolver))
        except UnreachableError:
            text = _("The domain name system did not answer, so nothing is known about this.")
            findings.append(
                Finding(str(RETURNS) if check is check_returns else name, Level.NOTE, text, hint=_("Try again later."))
            )
    return findings


RETURNS = gettext_lazy("Returned mail")


def check_spf(domains: Domains, resolver: Resolver) -> Iterator[Finding]:
    """Yield whether the domain names the servers that may send for it."""
    spf, domain = spf_of(domains.returns, resolver), domains.returns
    record = "\n".join(spf.texts)
    if not spf.texts:
        yield Finding(
            "SPF",
            Level.WARN,
            _("%(domain)s does not say which servers may send its emails.") % {"domain": domain},
            _("Publish a TXT record that names your mail server. Its operator tells you what to include."),
            domain,
            "v=spf1 include:… -all",
        )
    elif len(spf.texts) > 1:
        text = _("%(domain)s has several SPF records, so receivers ignore all of them.") % {"domain": domain}
        yield Finding("SPF", Level.BAD, text, _("Join them in one."), domain, record)
    elif spf.n_lookups > MOST_LOOKUPS:
        text = _("The SPF record asks for more than ten other names, so receivers take it for broken.")
        yield Finding("SPF", Level.BAD, text, _("Remove what you no longer send with."), domain, record)
    elif spf.ending == "+":
        text = _("The SPF record allows every server in the world to send as %(domain)s.") % {"domain": domain}
        yield Finding("SPF", Level.BAD, text, _("End it with -all."), domain, record)
    elif spf.ending in {"", "?"}:
        text = _("The SPF record does not say what to do with emails from other servers.")
        yield Finding("SPF", Level.WARN, text, _("End it with -all, or with ~all while you try."), domain, record)
    else:
        text = _("%(domain)s says which servers may send its emails.") % {"domain": domain}
        hint = _(
            "Whether your mail server is among them shows in the headers of an email that you receive: “spf=pass”."
        )
        yield Finding("SPF", Level.GOOD, text, hint, domain, record)


def check_dkim(_domains: Domains, resolver: Resolver) -> Iterator[Finding]:
    """Yield whether receivers find the key with which the site signs."""
    key = settings.MAIL.dkim
    if key is None:
        text = _("The site does not sign emails. Your mail server may do it.")
        hint = _(
            "Look into the headers of an email that you receive: “dkim=pass” with your domain is right. If nobody signs, let your mail"
            " server do it, or set DKIM_DOMAIN, DKIM_SELECTOR and DKIM_PRIVATE_KEY."
        )
        yield Finding("DKIM", Level.NOTE, text, hint)
        return
    name, record = name_of(key), record_of(key)
    published = resolver.txt(name)
    keys = [public_key_in(text) for text in published]
    if public_key_in(record) in keys:
        yield Finding(
            "DKIM", Level.GOOD, _("The site signs emails, and its key is published."), "", name, "\n".join(published)
        )
    elif any(keys):
        text = _("The published key is not the one that the site signs with, so its signatures are invalid.")
        yield Finding("DKIM", Level.BAD, text, _("Publish this TXT record instead."), name, record)
    else:
        text = _("The site signs emails, but its key is not published, so nobody can check them.")
        yield Finding("DKIM", Level.BAD, text, _("Publish this TXT record."), name, record)


def check_dmarc(domains: Domains, resolver: Resolver) -> Iterator[Finding]:
    """Yield whether what SPF and DKIM show counts for the address that people see, and what happens if it does not."""
    dmarc = dmarc_of(domains.sender, resolver)
    if dmarc is None:
        yield Finding(
            "DMARC",
            Level.WARN,
            _("%(domain)s does not say what to do with emails that only pretend to be from it.")
            % {"domain": domains.sender},
            _("Publish this TXT record, read the reports for some weeks, then change none to quarantine or reject."),
            f"_dmarc.{domains.sender}",
            f"v=DMARC1; p=none; rua=mailto:postmaster@{domains.sender}",
        )
    elif dmarc.policy not in {"none", "quarantine", "reject"}:
        text, hint = (
            _("The DMARC record has no valid policy, so receivers ignore it."),
            _("Begin it with v=DMARC1; p=none."),
        )
        yield Finding("DMARC", Level.BAD, text, hint, f"_dmarc.{dmarc.domain}", dmarc.text)
    else:
        yield policy_finding(dmarc)
    yield alignment_finding(domains, dmarc)


def policy_finding(dmarc: DmarcRecord) -> Finding:
    texts = {
        "none": _("Emails that only pretend to be from you are delivered all the same, and reported."),
        "quarantine": _("Emails that only pretend to be from you are treated as spam."),
        "reject": _("Emails that only pretend to be from you are refused."),
    }
    hint = (
        _("Once the reports show no email of yours, change none to quarantine or reject.")
        if dmarc.policy == "none"
        else ""
    )
    level = Level.NOTE if hint else Level.GOOD
    return Finding("DMARC", level, texts[dmarc.policy], hint, f"_dmarc.{dmarc.domain}", dmarc.text)


def alignment_finding(domains: Domains, dmarc: DmarcRecord | None) -> Finding:
    """Return whether the domains that SPF and DKIM speak of are that of the sender."""
    above, tags = (dmarc.domain, dmarc.tags) if dmarc else (domains.sender, {})
    key, name = settings.MAIL.dkim, _("Alignment")
    by_spf = are_aligned(domains.returns, domains.sender, above=above, is_strict=tags.get("aspf") == "s")
    by_dkim = key is not None and are_aligned(
        key.domain, domains.sender, above=above, is_strict=tags.get("adkim") == "s"
    )
    values = {"sender": domains.sender, "returns": domains.returns, "signer": key.domain if key else ""}
    if by_spf and (by_dkim or key is None):
        text = _("Emails come from %(sender)s and return to %(returns)s, so SPF counts for the sender.")
        return Finding(name, Level.GOOD, text % values)
    if by_dkim:
        text = _("Emails return to %(returns)s, so SPF does not count for the sender %(sender)s; the signature does.")
        return Finding(name, Level.GOOD, text % values)
    if by_spf:
        text = _("The site signs for %(signer)s, which does not count for the sender %(sender)s; SPF does.")
        return Finding(name, Level.WARN, text % values, _("Set DKIM_DOMAIN to the sender’s domain."))
    text = _("Emails return to %(returns)s, so SPF does not count for the sender %(sender)s.")
    hint = _("Set BOUNCE_ADDRESS to an address below the sender’s domain, or sign emails with that domain.")
    is_open = key is None  # the mail server may sign
    return Finding(name, Level.WARN if is_open else Level.BAD, text % values, hint)


def check_returns(domains: Domains, resolver: Resolver) -> Iterator[Finding]:
    """Yield whether what comes back can arrive, and whether the site reads it."""
    mail = settings.MAIL
    if not resolver.has_mail_server(domains.returns):
        text = _("%(domain)s takes no mail, so what comes back is lost.") % {"domain": domains.returns}
        yield Finding(
            str(RETURNS), Level.BAD, text, _("Publish an MX record, or set BOUNCE_ADDRESS to another domain.")
        )
    elif mail.mailbox is None and mail.webhook is None:
        text = _("The site does not read what comes back, so nobody notices addresses that do not work.")
        yield Finding(str(RETURNS), Level.WARN, text, _("Set BOUNCE_MAILBOX, or EMAIL_WEBHOOK for a mail provider."))
    else:
        yield Finding(str(RETURNS), Level.GOOD, _("The site reads what comes back."))
