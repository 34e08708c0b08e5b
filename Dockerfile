# syntax=docker/dockerfile:1
# The gate as an image: docker build -t apismoke . (docs/how-to/platforms/docker.md)
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim AS build
# The extras that are installed; `full,notify` adds what --smoke-notify needs.
ARG EXTRAS=full
WORKDIR /source
# Bytecode is compiled here, at installation: at run time the file system is read-only.
RUN python -m venv /opt/apismoke
COPY pyproject.toml README.md LICENSE ./
COPY contracts contracts
COPY pytest_apismoke pytest_apismoke
RUN /opt/apismoke/bin/pip install --no-cache-dir --compile ".[${EXTRAS}]" \
    && /opt/apismoke/bin/pip uninstall --yes pip

FROM python:${PYTHON_VERSION}-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="pytest-apismoke" \
      org.opencontainers.image.description="A smoke gate for deployed HTTP APIs" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/apismoke /opt/apismoke
# /state is for a volume with the journal, /reports for the files of --smoke-report and the like.
RUN install --directory --owner=10001 --group=10001 --mode=0700 /state /reports \
    && install --directory /gate
# CI: the home of a container ends with it, so a run without APISMOKE_STATE_DIR, which names the volume,
# writes no probe that only the journal could restore.
ENV PATH=/opt/apismoke/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    CI=true
VOLUME ["/state", "/reports"]
# apismoke.toml and contracts/ are mounted here; without them the built-in suites run.
WORKDIR /gate
# A number, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 10001:10001
# A gate ends by itself: there is nothing to ask for its health.
HEALTHCHECK NONE
# Without a shell between them, so that SIGTERM reaches the gate, which restores first. No default
# arguments: a container that is started without any ends with 5, not with 0.
ENTRYPOINT ["apismoke"]
