"""The providers that we know: where their IMAP server is, what sign-in it wants, what it can't do.

A table and three ways to look into it; pure. None of it was tried on a live provider. Each row names
the provider's pages that say it: "read" where a copy of the page was read for this table, the rest is
general knowledge of where it stands. "Reported" is what users of other programs found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Way = Literal["app-password", "password", "microsoft", "google"]
"""How a provider lets programs in: a password made for one program, the account's own, or a browser."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What is known of one provider.

    ``domains`` are the addresses that it gives out, ``exchangers`` the ends of the names of its mail
    exchangers (MX), by which a domain of one's own is recognised. ``ways`` are the sign-ins, the one
    to prefer first. ``page`` is where an app password is made. ``mark`` is the kind of
    mark that can be seen there: "auto" lets the server's answers decide.
    """

    name: str
    host: str
    domains: tuple[str, ...] = ()
    exchangers: tuple[str, ...] = ()
    port: int = 993
    ways: tuple[Way, ...] = ("app-password",)
    page: str = ""
    mark: Literal["auto", "flagged"] = "auto"
    note: str = ""
    """What its users have to know before they try, in a sentence or two."""

    @property
    def hint(self) -> str:
        """What to do where it refuses a sign-in with a password."""
        if self.ways[0] == "microsoft":
            return (
                f"{self.name} takes no passwords over IMAP: remove the account and add it anew with "
                'sign_in = "microsoft" (docs/sign-in.md)'
            )
        made = f", made at {self.page}" if self.page else ""
        what = f"{self.name} wants an app password{made}" if self.ways[0] == "app-password" else ""
        told = ". ".join(filter(None, (what, self.note.rstrip("."))))
        return f"{told}. It is not tried again soon, so that the account is not locked"


PROVIDERS = (
    # https://support.google.com/mail/answer/7126229 (host), https://support.google.com/accounts/answer/185833
    # (app passwords want 2-step verification). Labels show, keywords don't: research of other programs' traces.
    Provider(
        "Gmail",
        "imap.gmail.com",
        domains=("gmail.com", "googlemail.com"),
        exchangers=("google.com", "googlemail.com"),
        ways=("app-password", "google"),
        page="https://myaccount.google.com/apppasswords",
        note="App passwords are there only with 2-step verification on, and an administrator may have "
        "turned them off.",
    ),
    # https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
    # (read: tokens), https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online
    # No keywords: reported (mscdex/node-imap#602).
    Provider(
        "Microsoft 365",
        "outlook.office365.com",
        exchangers=("protection.outlook.com", "mx.microsoft"),
        ways=("microsoft",),
        mark="flagged",
        note="An administrator may have turned IMAP off for the mailbox.",
    ),
    # https://support.microsoft.com/office/8361e398-8af4-4e97-b147-6c6c4ac95353 (read: host, IMAP off by default,
    # tokens only since 2024-09-16).
    Provider(
        "Outlook.com",
        "outlook.office365.com",
        domains=(
            "outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.de", "outlook.fr", "outlook.es",
            "hotmail.co.uk", "hotmail.de", "hotmail.fr", "hotmail.es", "live.co.uk", "live.de", "live.fr",
        ),
        ways=("microsoft",),
        mark="flagged",
        note="IMAP has to be turned on in its settings: Mail, Forwarding and IMAP.",
    ),
    # https://support.apple.com/102525 (host), https://support.apple.com/102654 (app-specific passwords).
    Provider(
        "iCloud",
        "imap.mail.me.com",
        domains=("icloud.com", "me.com", "mac.com"),
        exchangers=("mail.icloud.com",),
        page="https://account.apple.com (Sign-In and Security, App-Specific Passwords)",
    ),
    # https://help.yahoo.com/kb/SLN4075.html (host), https://help.yahoo.com/kb/SLN15241.html (read: app passwords).
    # No IDLE: reported.
    Provider(
        "Yahoo",
        "imap.mail.yahoo.com",
        domains=(
            "yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.es",
            "yahoo.it", "yahoo.ca", "yahoo.com.au", "yahoo.co.in",
        ),
        exchangers=("yahoodns.net",),
        page="https://login.yahoo.com/account/security",
        note="It may not tell of new mail by itself; it is asked each minute.",
    ),
    # https://help.aol.com/articles/how-do-i-use-other-email-applications-to-send-and-receive-my-aol-mail
    Provider(
        "AOL",
        "imap.aol.com",
        domains=("aol.com", "aim.com"),
        page="https://login.aol.com/account/security",
    ),
    # https://www.fastmail.com/help/technical/servernamesandports.html (read: host; app passwords only). Its web page
    # shows no keywords: reported (fastmail/JMAP-Samples#36).
    Provider(
        "Fastmail",
        "imap.fastmail.com",
        domains=("fastmail.com", "fastmail.fm", "messagingengine.com"),
        exchangers=("messagingengine.com",),
        page="https://app.fastmail.com/settings/security/apps",
        note="The app password needs access to mail (IMAP).",
    ),
    # https://www.zoho.com/mail/help/imap-access.html (read: imap. for personal, imappro. for business addresses; IMAP
    # has to be turned on), https://help.zoho.com/portal/en/kb/solo/communication/settings/articles/how-to-generate-app-specific-password
    *(
        Provider(
            name,
            f"imappro.zoho.{end}",
            exchangers=(f"zoho.{end}",),
            ways=("app-password", "password"),
            page=f"https://accounts.zoho.{end}/home#security/app_password",
            note="IMAP has to be turned on in its settings; an app password is wanted where there is a "
            "second factor.",
        )
        for name, end in (("Zoho", "com"), ("Zoho (EU)", "eu"), ("Zoho (India)", "in"))
    ),
    Provider(
        "Zoho (personal)",
        "imap.zoho.com",
        domains=("zoho.com", "zohomail.com"),
        ways=("app-password", "password"),
        page="https://accounts.zoho.com/home#security/app_password",
        note="IMAP has to be turned on in its settings; free plans may not have it.",
    ),
    # https://proton.me/support/imap-smtp-and-pop3-setup, https://proton.me/support/bridge-ssl-connection-issue. It refuses
    # a sign-in before TLS: reported (huacnlee/omamail#225). We speak TLS from the first byte only.
    Provider(
        "Proton Mail",
        "127.0.0.1",
        domains=("proton.me", "protonmail.com", "pm.me"),
        exchangers=("protonmail.ch",),
        port=1143,
        ways=("app-password",),
        note="It is reached through Proton Mail Bridge on this machine. In Bridge, set the connection mode "
        "for IMAP to SSL, export its TLS certificate and name that file as --ca-file; the password is the "
        "one that Bridge shows for the mailbox, not that of your account.",
    ),
    # https://hilfe.gmx.net/pop-imap/imap/imap-serverdaten.html, https://hilfe.gmx.net/sicherheit/2fa/anwendungsspezifisches-passwort.html
    # (read: application-specific passwords)
    Provider(
        "GMX",
        "imap.gmx.net",
        domains=("gmx.de", "gmx.net", "gmx.at", "gmx.ch"),
        ways=("password", "app-password"),
        note="POP3 and IMAP have to be turned on in its settings; with two-factor authentication on, "
        "it wants an application-specific password.",
    ),
    # https://support.gmx.com/pop-imap/imap/server.html
    Provider(
        "GMX (international)",
        "imap.gmx.com",
        domains=("gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es", "gmx.it"),
        ways=("password", "app-password"),
        note="POP3 and IMAP have to be turned on in its settings; with two-factor authentication on, "
        "it wants an application-specific password.",
    ),
    # https://hilfe.web.de/pop-imap/imap/imap-serverdaten.html
    Provider(
        "WEB.DE",
        "imap.web.de",
        domains=("web.de",),
        ways=("password", "app-password"),
        note="POP3 and IMAP have to be turned on in its settings; with two-factor authentication on, "
        "it wants an application-specific password.",
    ),
    # https://yandex.com/support/mail/mail-clients/others.html, https://yandex.com/support/passport/authorization/app-passwords.html
    # (read: app passwords)
    Provider(
        "Yandex",
        "imap.yandex.com",
        domains=("yandex.com", "yandex.ru", "ya.ru", "yandex.by", "yandex.kz"),
        exchangers=("mx.yandex.net", "mx.yandex.ru"),
        page="https://id.yandex.com/security/app-passwords",
        note="IMAP has to be turned on in its settings, Email clients.",
    ),
    # https://kb.mailbox.org/en/private/e-mail/e-mail-configuration (read)
    Provider(
        "mailbox.org",
        "imap.mailbox.org",
        domains=("mailbox.org",),
        exchangers=("mailbox.org",),
        ways=("password", "app-password"),
        note="With two-factor authentication on, it wants an application password.",
    ),
    # https://www.namecheap.com/support/knowledgebase/article.aspx/1179/2175/general-private-email-configuration-for-mail-clients-and-mobile-devices/
    Provider(
        "Namecheap Private Email",
        "mail.privateemail.com",
        exchangers=("privateemail.com",),
        ways=("password",),
    ),
)  # fmt: skip


def by_domain(domain: str) -> Provider | None:
    """The provider that gives out addresses of this domain."""
    return next((each for each in PROVIDERS if domain.casefold() in each.domains), None)


def by_exchanger(exchanger: str) -> Provider | None:
    """The provider that a mail exchanger (the name in an MX record) belongs to."""
    name = f".{exchanger.casefold().rstrip('.')}"
    return next(
        (each for each in PROVIDERS if any(name.endswith(f".{end}") for end in each.exchangers)),
        None,
    )


def by_host(host: str) -> Provider | None:
    """The provider whose IMAP server this is; a server on this machine may be anybody's."""
    if host == "127.0.0.1":
        return None
    return next((each for each in PROVIDERS if each.host == host.casefold()), None)
