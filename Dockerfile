# syntax=docker/dockerfile:1
FROM python:3.13.9-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements/production.txt requirements/
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/production.txt
COPY . .
# Hashed and compressed static files are part of the image. The values only let the settings load; nothing keeps them.
RUN SECRET_KEY=build DATABASE_URL=postgresql:///build REDIS_URL=redis://build EMAIL_URL=dummy:// \
    /venv/bin/python manage.py collectstatic --no-input
# Installing is over: what only installs stays behind.
RUN /venv/bin/pip uninstall --yes pip && /venv/bin/python -m compileall -q udtacademy programme attendance

FROM python:3.13.9-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home academy && install --directory --owner=academy --mode=0700 /files
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER academy
EXPOSE 8000
ENTRYPOINT ["bin/start"]
CMD ["web"]
