# The same Debian and Python as the tests run on. Each RUN is a target of the Makefile, which tests/test_dockerfile.py
# runs from the files copied here. The second stage runs nothing: what it needs is made in the first.
FROM python:3.11-bookworm AS build
WORKDIR /source
COPY Makefile pyproject.toml LICENSE ./
COPY requirements requirements
COPY governance governance
COPY adapters adapters
COPY bot bot
COPY migrations migrations
RUN make install PREFIX=/opt/roundabout
RUN make folder DATA=/data

FROM python:3.11-slim-bookworm
COPY --from=build /opt/roundabout /opt/roundabout
# The database, and the keys of encrypted rooms: the one folder to back up.
COPY --from=build --chown=10001:10001 /data /data
ENV PATH=/opt/roundabout/bin:/usr/local/bin:/usr/bin:/bin HOME=/data PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5m --timeout=30s --start-period=1m CMD ["roundabout", "doctor"]
CMD ["roundabout", "run"]
