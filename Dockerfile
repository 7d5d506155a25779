# The service alone. PostgreSQL, Redis or Valkey, the keys and the members' identity provider
# come with the environment (docs/operations.md); `alembic upgrade head` in the same image
# prepares the database. Packages: requirements-image.lock, which is requirements.lock without
# the embedded servers and the development tools. `python3 .ci/image` builds and tries it.

FROM python:3.11-slim AS packages
COPY requirements-image.lock /
# Without a pip of its own: nothing is installed into the image later on.
RUN python -m venv --without-pip /opt/packages \
    && pip --python /opt/packages/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary=:all: -r /requirements-image.lock

FROM python:3.11-slim
RUN groupadd --gid 10001 service \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin service
COPY --from=packages /opt/packages /opt/packages
WORKDIR /srv/five-gift-packs
COPY alembic.ini ./
COPY alembic alembic
COPY app app
COPY docs/for-apps.md docs/for-stores.md docs/
COPY tools/verify_draw.py tools/
ENV ENVIRONMENT=production \
    PATH=/opt/packages/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    FORWARDED_ALLOW_IPS=
# By number: only of a number can an orchestrator tell that it is not root's.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# Never by way of a proxy, whatever the environment names for calls to the outside.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", \
    "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:8000/healthz', timeout=4)"]
# One process a container, more by more containers.
CMD ["python", "-m", "app.serving", "0.0.0.0", "8000"]
# Last, because it changes with every build: the layers above stay in the cache.
ARG GIT_COMMIT=
ENV GIT_COMMIT=$GIT_COMMIT
