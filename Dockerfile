# syntax=docker/dockerfile:1
# Any image with Node 24 will do as the base, for example one that your registry mirrors.
ARG BASE=node:24-slim
# What the operator runs on. It needs neither npm nor a shell: a distroless image with Node 24 will do.
ARG RUNTIME=${BASE}

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
# esbuild ships its binary inside a package of its own, so no install script is needed for it. Source maps stay out: they
# are as large as the code, and used by nobody here, since the first error with them would cost 150 MB.
RUN node scripts/bundle.ts --no-source-maps

FROM ${RUNTIME}
ARG VERSION=0.0.0
LABEL org.opencontainers.image.title="leadplatform-operator" \
      org.opencontainers.image.description="Moves a lead platform along its ladder, and sizes each component on the way." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
WORKDIR /app
COPY --from=build /build/dist/ /build/LICENSE ./
# Distroless images have Node there, and not on their PATH.
# One arena of malloc for all threads: each of its own keeps what it has freed. Whatever is not small is mapped by itself and
# given back at once: the compiler's and the collector's scratch space would else lie between things that stay.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=16384 \
    MALLOC_TRIM_THRESHOLD_=65536 \
    PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:/nodejs/bin
USER 65532:65532
EXPOSE 8080 8081
# No shell in between: SIGTERM reaches Node, which drains. The heap grows by a fifth between two collections, for some CPU;
# --optimize-for-size would give the space for new objects back at each of them, and all that is in flight would grow old.
# Without Node's snapshot the thread of the watchdog, and the main one, make what they need: 7 MB less, for 45 ms of a start.
ENTRYPOINT ["node", "--heap-growing-percent=20", "--max-semi-space-size=4", "--v8-pool-size=1", "--no-node-snapshot", "/app/leadplatform.mjs"]
CMD ["run"]
