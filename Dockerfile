# The gateway alone, on Debian 12. Built in one stage, run in a smaller one.
FROM debian:12 AS build
WORKDIR /src
COPY scripts/deps scripts/deps
RUN scripts/deps build
COPY . .
RUN cmake --preset release -DRIALTO_TESTS=OFF -DRIALTO_BENCH=OFF && cmake --build --preset release && \
    strip build/release/rialto

FROM debian:12-slim
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates \
      libssl3 zlib1g libhiredis0.14 libpaho-mqttpp3-1 libpaho-mqtt1.3 libtomlplusplus3 \
      libboost-json1.81.0 libboost-url1.81.0 && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --system --home-dir /var/lib/rialto --create-home rialto
COPY --from=build /src/build/release/rialto /usr/local/bin/rialto
COPY configs/compose.toml /etc/rialto/rialto.toml
USER rialto
# MQTT, STOMP, and the web page with its WebSocket
EXPOSE 1883 61613 8080
ENTRYPOINT ["rialto"]
CMD ["run", "/etc/rialto/rialto.toml"]
