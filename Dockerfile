# An image of mend. Its user is not root, and it holds a Python for candidates, and nothing else to build with.
#
#   docker build -t mend --build-arg MEND_COMMIT="$(git rev-parse --short=12 HEAD)" .
#   docker run --rm -v "$PWD/results:/work/results" mend run --dataset starter --model sim/journeyman
#
# Isolation: with Docker's default profile `mend` reaches L1, because that profile lets no process make namespaces. There a
# system-call filter, file rules and limits hold a program; the container's own files can be seen, so keep nothing of worth in
# it. With `--security-opt seccomp=unconfined --security-opt systempaths=unconfined` it can reach L2, where the machine lets
# ordinary users make namespaces. `docker run --rm mend doctor` says what was reached and what is missing.
# The engine `wasm` is in the binary; its interpreter is built by `mend doctor --build-guest`, which takes rustc, so it is not
# in this image.

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev python3 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ARG MEND_COMMIT
RUN MEND_COMMIT=$MEND_COMMIT cargo build --release --locked -p mendbench

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 mend \
    && install -d -o mend -g mend /work
COPY --from=build /src/target/release/mend /usr/local/bin/mend
USER mend
WORKDIR /work
ENTRYPOINT ["mend"]
CMD ["doctor"]
