# The service alone. PostgreSQL, Redis or Valkey, the keys and the members' identity provider
# come with the environment (app/platform/settings.py); `alembic upgrade head` in the same
# image prepares the database. Packages: requirements-image.lock, which is requirements.lock
# without the embedded servers and the development tools.

FROM python:3.11-slim AS packages
COPY requirements-image.lock .
RUN python -m venv /opt/packages \
    && /opt/packages/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary=:all: -r requirements-image.lock

FROM python:3.11-slim
RUN useradd --system --no-create-home --uid 10001 service
COPY --from=packages /opt/packages /opt/packages
WORKDIR /srv/five-gift-packs
COPY alembic.ini openapi.json ./
COPY alembic alembic
COPY app app
COPY docs/for-apps.md docs/for-stores.md docs/
ENV PATH=/opt/packages/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER service
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# As app/embedded/web_worker.py serves; one process a container, more by more containers.
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000", \
    "--loop", "uvloop", "--http", "httptools", "--ws", "none", "--lifespan", "on", \
    "--no-access-log", "--no-server-header", "--log-level", "warning", "--backlog", "4096", \
    "--timeout-keep-alive", "15", "--timeout-graceful-shutdown", "8"]
