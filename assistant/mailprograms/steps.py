"""For mail programs that show no IMAP keyword: what works there, step by step.

From public material (Google's, Apple's and Microsoft's help pages, issues of other IMAP programs),
and said so in each text: none of these could be tried by us.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.mailprograms.tags import OF_CASE, Tag

_UNVERIFIED = "Not verified by us: this is from public documentation, and menus change."


def gmail(tags: Sequence[Tag]) -> str:
    """Labels, by the same names as the keywords."""
    tones = [tag for tag in tags if tag.heat != OF_CASE]
    search = " OR ".join(f"label:{tag.keyword}" for tag in tones)
    return f"""\
Gmail shows no IMAP keywords, on the web or on a phone. It shows labels.
{_UNVERIFIED}

1. In config.toml, in the [[account]] on Gmail: mark = "auto", which it is where
   nothing else is given. A message then gets a label:
{_listed(tones)}
2. Colours, on the web: point at a label in the list on the left, open its menu
   (three dots), and choose a label colour. A label is there once a message has it.
3. All of them at once, typed into the search field:
     {search}
4. What you tell of a case (docs/cases.md) is a label, too, one that you make and
   put on a message of it:
{_listed([tag for tag in tags if tag.heat == OF_CASE])}

Or the star: mark = "flagged", and is:starred in the search field.

In Thunderbird and neomutt, Gmail's labels are folders; their tags need
mark = "keyword".
"""


def _listed(tags: Sequence[Tag]) -> str:
    """Each label with what it means."""
    width = max((len(tag.keyword) for tag in tags), default=0)
    return "\n".join(f"     {tag.keyword:<{width}}  {tag.word}" for tag in tags)


def apple_mail() -> str:
    """The flag, or a folder."""
    return f"""\
Apple Mail, on a Mac, iPhone or iPad, shows no IMAP keywords. It shows flags and
folders.
{_UNVERIFIED}

A flag on the message:
1. In config.toml, in the [[account]]: mark = "flagged". It is the same flag for
   every tone.
2. On a Mac, flagged mail is in the list on the left, under Flagged. For that of
   one account: Mailbox > New Smart Mailbox, with the conditions "Message is
   flagged" and "Account".
3. On iPhone and iPad: Mailboxes > Edit, and tick Flagged.

A folder instead, with a copy of each unhappy message: mark = "folder"
(config.example.toml tells how it is named). The message itself stays where it is.
"""


def outlook() -> str:
    """The follow-up flag, or a folder."""
    return f"""\
Outlook shows no IMAP keywords, and Microsoft's servers keep none; its colour
categories are not part of IMAP. It shows flags and folders.
{_UNVERIFIED}

A flag on the message:
1. In config.toml, in the [[account]]: mark = "flagged". It is the same flag for
   every tone.
2. Above the list of messages: Filter > Flagged.
3. All of them at once, in the classic Outlook for Windows: Folder > New Search
   Folder > Mail flagged for follow up.

A folder instead, with a copy of each unhappy message: mark = "folder"
(config.example.toml tells how it is named). Right-click it and choose Add to
Favorites. The message itself stays where it is.
"""
