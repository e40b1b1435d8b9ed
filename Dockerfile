FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --create-home --home-dir /srv/cryoclinic --shell /usr/sbin/nologin cryoclinic
WORKDIR /srv/cryoclinic

# Dependencies first: they change less often than the code.
COPY requirements/base.txt requirements/base.txt
RUN pip install --require-hashes -r requirements/base.txt

COPY --chown=cryoclinic:cryoclinic . .
USER cryoclinic

EXPOSE 8000
CMD ["gunicorn", "cryoclinic.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--threads", "4", "--worker-tmp-dir", "/dev/shm"]
