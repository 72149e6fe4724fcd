"""The system's keyring: secrets by a service and a name. The only module that imports `keyring`.

It is an extra, and many servers have none; :func:`usable` tells. Nothing of a secret is ever in an error.
"""

from __future__ import annotations

from assistant.errors import MailboxError

EXTRA = "pip install 'inbox-assistant[keyring]'"


def installed() -> bool:
    """Whether the library is there at all."""
    try:
        import keyring  # noqa: F401 - asked for its effect
    except ImportError:
        return False
    return True


def usable() -> bool:
    """Whether there is a keyring that keeps what it is given, locked or not."""
    if not installed():
        return False
    import keyring
    from keyring.backends import fail, null

    return not isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring)


def find(service: str, name: str) -> str | None:
    """The secret of that name; None where there is none.

    Raises:
        MailboxError: where the keyring can't be asked: locked, or no session to ask it in.
    """
    import keyring
    import keyring.errors

    try:
        found = keyring.get_password(service, name)
    except keyring.errors.KeyringError as error:
        raise _unusable(error) from error
    return str(found) if found else None


def keep(service: str, name: str, secret: str) -> None:
    """Store a secret, and look whether it is there.

    Raises:
        MailboxError: where it isn't: some keyrings take only short secrets, some take none.
    """
    import keyring
    import keyring.errors

    try:
        keyring.set_password(service, name, secret)
    except keyring.errors.KeyringError as error:
        raise _unusable(error) from error
    if find(service, name) != secret:
        raise MailboxError("the keyring did not keep what it was given")


def forget(service: str, name: str) -> bool:
    """Remove a secret; whether there was one.

    Raises:
        MailboxError: where the keyring can't be asked.
    """
    import keyring
    import keyring.errors

    if find(service, name) is None:
        return False
    try:
        keyring.delete_password(service, name)
    except keyring.errors.KeyringError as error:
        raise _unusable(error) from error
    return True


def _unusable(error: Exception) -> MailboxError:
    return MailboxError(
        f"the keyring can't be used here ({type(error).__name__})",
        hint="on a server, use password_command or password_file instead",
    )
