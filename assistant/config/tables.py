"""The tables of config.toml, checked key by key. config.example.toml explains every key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from assistant.clean import LOOPBACK, is_plain_address
from assistant.config.calling import CallingTable
from assistant.config.cases import CasesTable
from assistant.config.ruletables import ACCOUNT_RULE_KEYS

_HOST = re.compile(r"[^\s/:@]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*")
"""A name, an IPv4 or an IPv6 address."""
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_AUTHORITY = re.compile(r"https://[^\s/:@?#]+(?::\d{1,5})?")


def _correspondent(value: str) -> str:
    if not is_plain_address(f"x{value}" if value.startswith("@") else value):
        raise ValueError(f"{value!r} is no address: write name@host, or @host for a whole domain")
    return value.casefold()


def _name(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a control character; a name is one line of plain text")
    return value


def signature_text(value: str) -> str:
    """A signature, several lines of plain text.

    Raises:
        ValueError: where it holds control characters.
    """
    if any(not each.isprintable() and each not in "\n\t" for each in value):
        raise ValueError("holds a control character; a signature is lines of plain text")
    return value


def expanded(named: str) -> Path:
    """A path as its user wrote it, ``~`` and ``~user`` replaced by the home folder that is meant.

    Raises:
        ValueError: where there is no such home folder, or no file can have such a name.
    """
    if "\0" in named:
        raise ValueError("holds a NUL character; no file has such a name")
    try:
        return Path(named).expanduser()
    except RuntimeError:
        user = Path(named).parts[0]
        raise ValueError(f"there is no home folder {user}; write the whole path") from None


def _file(value: str) -> str:
    expanded(value)
    return value


Name = Annotated[str, AfterValidator(_name)]
FileName = Annotated[str, AfterValidator(_file)]
Signature = Annotated[str, AfterValidator(signature_text)]
ToneName = Literal["concerned", "disappointed", "frustrated", "angry", "hostile"]
Correspondent = Annotated[str, AfterValidator(_correspondent)]


_TAKEN = ("inbox", "drafts", "sent", "trash", "junk", "spam")
"""Folders that mean something else."""


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True, frozen=True)


class IdentityTable(Table):
    """One ``[[account.identity]]``: an address of the user's, with a name and signature of its own."""

    address: str
    aliases: tuple[str, ...] = Field(default=(), strict=False)
    name: Name = ""
    signature: Signature = ""
    signature_file: FileName = ""

    @model_validator(mode="after")
    def _together(self) -> IdentityTable:
        for each in (self.address, *self.aliases):
            if not is_plain_address(each):
                raise ValueError(f"{each!r} is no address that mail can be written from")
        if self.signature and self.signature_file:
            raise ValueError("both signature and signature_file; give one")
        return self


class DraftingTable(Table):
    """``[drafting]``, and ``[account.drafting]`` over it."""

    once_per_sender_days: int = Field(default=7, ge=0, le=365)
    max_age_days: int = Field(default=14, ge=1, le=3650)
    label_only: bool = False
    from_tone: ToneName = "concerned"
    never: tuple[Correspondent, ...] = Field(default=(), strict=False)
    drafts_per_hour: int = Field(default=20, ge=0, le=10_000)
    stop_in_flood: bool = True
    address: Literal["auto", "formal", "informal"] = "auto"
    quote: Literal["off", "below", "above"] = "off"


TONES: tuple[str, ...] = get_args(ToneName)
"""The shipped tones, mildest first."""


class NotifyTable(Table):
    """``[notify]``: who is told, outside the mailbox, and from which tone on."""

    urls: tuple[str, ...] = Field(default=(), strict=False)
    urls_file: FileName = ""
    from_tone: ToneName = "angry"

    @model_validator(mode="after")
    def _together(self) -> NotifyTable:
        if self.urls and self.urls_file:
            raise ValueError("both urls and urls_file; give one")
        return self


class Account(Table):
    """One ``[[account]]``. Every key is explained in config.example.toml."""

    ELSEWHERE: ClassVar = ACCOUNT_RULE_KEYS

    host: str = Field(min_length=1)
    user: str = Field(min_length=1)
    port: int = Field(default=993, ge=1, le=65_535)
    name: Name = ""
    addresses: tuple[str, ...] = Field(default=(), strict=False)
    password_command: tuple[str, ...] = Field(default=(), strict=False)
    password_env: str = ""
    password_file: FileName = ""
    sign_in: Literal["password", "microsoft", "google"] = "password"
    client_id: str = ""
    tenant: str = Field(default="common", pattern=r"^[A-Za-z0-9.-]+$")
    authority: str = ""
    insecure: bool = False
    ca_file: FileName = ""
    idle: bool = True
    inbox: str = "INBOX"
    drafts: str = ""
    sent: str = ""
    trash: str = ""
    mark: Literal["auto", "keyword", "flagged", "folder", "none"] = "auto"
    mark_folder: str = Field(default="Unhappy", min_length=1, max_length=200)
    signature: Signature = ""
    region: str = ""
    identity: tuple[IdentityTable, ...] = Field(default=(), strict=False)
    calling: CallingTable | None = None
    cases: CasesTable | None = None
    drafting: DraftingTable | None = None

    @field_validator("host")
    @classmethod
    def _is_host(cls, host: str) -> str:
        try:
            # The resolver's own first step; it fails on empty and overlong labels.
            good = bool(_HOST.fullmatch(host) and host.encode("idna"))
        except UnicodeError:
            good = False
        if not good:
            raise ValueError(f"{host!r} is no host name; write it alone, without port or https://")
        return host

    @field_validator("user")
    @classmethod
    def _is_user(cls, user: str) -> str:
        if user != user.strip():
            raise ValueError("begins or ends with a blank; write your user name alone")
        return user

    @field_validator("region")
    @classmethod
    def _is_region(cls, region: str) -> str:
        if not re.fullmatch(r"(?:[A-Z]{2})?", region) or region == "UK":
            wanted = (
                "GB" if region.upper() == "UK" else "a country's two capital letters, as DE or US"
            )
            raise ValueError(f"{region!r} is no region; write {wanted}")
        return region

    @field_validator("authority")
    @classmethod
    def _is_authority(cls, authority: str) -> str:
        if authority and not _AUTHORITY.fullmatch(authority):
            raise ValueError(f"{authority!r} is no address of a sign-in server; write https://host")
        return authority

    @model_validator(mode="after")
    def _together(self) -> Account:
        wrong = self._wrong_sign_in()
        if self.insecure and self.host not in LOOPBACK:
            wrong.append(
                f"insecure = true is for servers on this machine only ({', '.join(LOOPBACK)}); "
                f"remove it: {self.host} is reached with TLS"
            )
        if not self.mark_folder.isprintable() or self.mark_folder.casefold() in _TAKEN:
            wrong.append(f"mark_folder = {self.mark_folder!r} is no folder for copies")
        if self.drafts == self.inbox or self.drafts.upper() == "INBOX":
            wrong.append(f"drafts = {self.drafts!r} is the inbox; drafts would lie among new mail")
        ways = [self.password_command, self.password_env, self.password_file]
        if sum(map(bool, ways)) > 1:
            wrong.append("more than one of password_command, password_env and password_file")
        if not self.own_addresses:
            wrong.append(
                'addresses is required, because user is no address: addresses = ["you@example.com"]'
            )
        wrong += [
            f"{address!r} is no address that mail can be written from"
            for address in self.own_addresses
            if not is_plain_address(address)
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _wrong_sign_in(self) -> list[str]:
        """What doesn't go together among the keys that say how the account signs in."""
        passwords = ("password_command", "password_env", "password_file")
        if self.sign_in == "password":
            return [
                f'{key} is for sign_in = "microsoft" or "google" only'
                for key in ("client_id", "tenant", "authority")
                if key in self.model_fields_set and getattr(self, key)
            ]
        how = f'sign_in = "{self.sign_in}"'
        wrong = [f"both {how} and {key}; give one" for key in passwords if getattr(self, key)]
        if not self.client_id:
            wrong.append(f"client_id is required for {how}; docs/sign-in.md says how to get one")
        elif self.sign_in == "microsoft" and not _GUID.fullmatch(self.client_id):
            wrong.append(
                f"client_id {self.client_id!r} is none of Microsoft's: it is the application (client) "
                "ID of your app registration, 8-4-4-4-12 letters and digits"
            )
        elif self.sign_in == "google" and not re.fullmatch(
            r"[\w-]+\.apps\.googleusercontent\.com", self.client_id
        ):
            wrong.append(
                f"client_id {self.client_id!r} is none of Google's: it ends in "
                ".apps.googleusercontent.com"
            )
        if self.sign_in == "google" and "tenant" in self.model_fields_set:
            wrong.append(f"tenant is Microsoft's; remove it from {how}")
        return wrong

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """The addresses that are the user's, the main one first."""
        named = tuple(a for each in self.identity for a in (each.address, *each.aliases))
        plain = self.addresses or (() if named else _as_address(self.user))
        return tuple(dict.fromkeys((*plain, *named)))

    @property
    def mailbox_address(self) -> str:
        """What names the mailbox for ever: draft ids and the state are tied to it."""
        address = self.user if "@" in self.user else f"{self.user}@{self.host}"
        return address.casefold()


class Judging(Table):
    """``[judging]``."""

    flags_per_1000: float = Field(default=10, gt=0, le=500, strict=False)
    reader: Literal["auto", "off"] = "auto"


def _as_address(user: str) -> tuple[str, ...]:
    return (user,) if "@" in user else ()
