# The daemon in a container: docs/docker.md. Two stages, so that no compiler, cache or checkout is in the image.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
# What is installed beside the program: "reader" is the small language model. See pyproject.toml.
ARG EXTRAS=reader
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY assistant assistant
COPY rules rules
# Byte code is made here: at run time nothing can be written beside the program.
RUN python -m venv /opt/inbox-assistant \
    && /opt/inbox-assistant/bin/python -m pip install --no-cache-dir --disable-pip-version-check --compile ".${EXTRAS:+[$EXTRAS]}" \
    && /opt/inbox-assistant/bin/python -m pip uninstall --yes --no-cache-dir pip setuptools

FROM ${PYTHON}
# Fixed numbers: files that are mounted (secrets, a bind-mounted state) must belong to this user.
RUN groupadd --gid 10001 inbox-assistant \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/inbox-assistant \
        --shell /usr/sbin/nologin inbox-assistant \
    && install -d -m 0700 -o 10001 -g 10001 /var/lib/inbox-assistant \
    && install -d -m 0755 /etc/inbox-assistant
COPY --from=build /opt/inbox-assistant /opt/inbox-assistant
# Secrets are mounted into one folder, which the runtime guards as systemd guards its credentials: there,
# `password_file = "mail-robin"` names a secret, whatever mode the runtime gave the file.
ENV PATH=/opt/inbox-assistant/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ASSISTANT_CONFIG=/etc/inbox-assistant/config.toml \
    STATE_DIRECTORY=/var/lib/inbox-assistant \
    CREDENTIALS_DIRECTORY=/run/secrets
WORKDIR /var/lib/inbox-assistant
VOLUME /var/lib/inbox-assistant
USER 10001:10001
# 0: every inbox is watched. 4: an account is in trouble. 9: the daemon gives no sign of life.
HEALTHCHECK --interval=2m --timeout=30s --start-period=2m --retries=3 \
    CMD ["/bin/sh", "-c", "assistant status >/dev/null"]
# The program itself is process 1: it handles SIGTERM (stops within 10 s) and SIGHUP (reads its config anew).
ENTRYPOINT ["assistant"]
CMD ["run"]
