"""Why a message gets no verdict, or no draft. Pure.

Three questions, kept apart: who wrote it (:func:`written_by`), is it a person's mail to us at all
(:func:`not_judged`; its header is asked first, by :class:`ByHeader`), and if it reads as dissatisfied, may a holding
reply be laid in Drafts (:func:`no_draft`)? Whatever the last answers, an unhappy client is marked.

How a newsletter, a list's post and a web form are told apart: a newsletter names a way out
(List-Unsubscribe) or the service that sent it, and answers nobody; a list takes posts (List-Post)
and is not one of ours; a form is mailed by a known form service, or by our own address to
ourselves, with the client in Reply-To.
"""

from assistant.screening.drafts import (
    ANSWERED_IN_SENT,
    STOPPED,
    no_draft,
    not_addressed,
    not_wanted,
    too_many,
)
from assistant.screening.mail import ByHeader, by_header, not_judged
from assistant.screening.senders import written_by

__all__ = [
    "ANSWERED_IN_SENT",
    "STOPPED",
    "ByHeader",
    "by_header",
    "no_draft",
    "not_addressed",
    "not_judged",
    "not_wanted",
    "too_many",
    "written_by",
]
