# The gateway alone, on Debian 12: built in one stage, run in a smaller one by a user who may do nothing else.
#   docker build -t rialto . && docker run --rm -p 127.0.0.1:1883:1883 -v "$PWD/my.toml:/etc/rialto/rialto.toml:ro" rialto
FROM debian:12 AS build
WORKDIR /src
COPY scripts/deps scripts/deps
RUN scripts/deps build
COPY . .
RUN cmake --preset release -DRIALTO_TESTS=OFF -DRIALTO_BENCH=OFF && cmake --build --preset release && \
    strip build/release/rialto

FROM debian:12-slim
# The libraries that the program is linked with: tests/integration/test_containers.py holds the two lists together.
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates \
      libssl3 libhiredis0.14 libpaho-mqttpp3-1 libpaho-mqtt1.3 libtomlplusplus3 \
      libqpid-proton11 librdkafka1 librocksdb7.8 libzmq5 \
      libboost-json1.81.0 libboost-url1.81.0 && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --system --home-dir /var/lib/rialto --create-home rialto
COPY --from=build /src/build/release/rialto /usr/local/bin/rialto
COPY configs/compose.toml /etc/rialto/rialto.toml
USER rialto
WORKDIR /var/lib/rialto
# MQTT, STOMP, and the web page with its WebSocket
EXPOSE 1883 61613 8080
# Where the configuration has its web listener elsewhere, give another one.
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s CMD \
    ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && grep -q ' 200 ' <&3"]
ENTRYPOINT ["rialto"]
CMD ["run", "/etc/rialto/rialto.toml"]
