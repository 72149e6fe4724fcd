"""The marks that mail programs leave around what they quote and sign, as CSS selectors. No logic."""

from __future__ import annotations

QUOTES = ", ".join(
    (
        "blockquote[type=cite], blockquote[cite]",  # Apple Mail, Thunderbird, Front, eM Client
        "blockquote.gmail_quote, .gmail_attr",  # Gmail
        "[class*=yahoo_quoted], [id*=yahoo_quoted], [class*=yahoo-quoted], blockquote.iosymail",
        ".moz-cite-prefix, .moz-email-headers-table",  # Thunderbird
        ".protonmail_quote, .tutanota_quote",
        "[class*=zmail_extra]:not(blockquote), [id*=zmail_extra]",  # Zoho
        "[name=quote]",  # GMX, web.de
        ".front-blockquote, .freshdesk_quote, .history_container",  # Front, Freshdesk, Intercom and Mailbird
        ".ms-outlook-mobile-reference-message, #mail-editor-reference-message-container",
        "[name=messageReplySection], .sh-quoted-content",  # Spark, Superhuman
        "#reply-intro, .reply-intro, #replybody1 blockquote",  # Roundcube, Horde
        "#mail-app-auto-quote, #mail-app-auto-default-signature + blockquote",  # Mail.ru, Yandex
        "includetail",  # QQ
    )
)
FORWARDS = ".moz-forward-container"
TAILS = ", ".join(
    (
        "#divRplyFwdMsg, #appendonsend",  # Outlook on the web
        ".OutlookMessageHeader",  # Outlook 2003
        "#_origMsg_, #_original_msg_",  # BlackBerry
    )
)
"""From here to the end, because the quote lies beside, not inside, what announces it."""
GMAIL = "div.gmail_quote, div.gmail_quote_container"
SIGNATURES = ", ".join(
    (
        ".gmail_signature, [data-smartmail=gmail_signature], .moz-signature, #Signature, .protonmail_signature_block-user",
        "[class*=yahoo-signature], .front-signature, [name=messageSignatureSection]",
        ".sh-signature, .zmail_signature, #composer_signature, .hs_signature, .missive_signature, #x_Signature, #Zm-_Id_-Sgn",
        "#mail-app-auto-default-signature, .signature, .elementToProof#Signature, [name=signature], .hey-signature",
    )
)
FOOTERS = ".protonmail_signature_block-proton, #AppleMailSignature, #ms-outlook-mobile-signature, .ms-outlook-mobile-signature, #DAB4FAD8-2DD7-40BB-A1B8-4E2AA1F9FDF2"
