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
      org.opencontainers.image.description="Moves a lead platform along its ladder, and sizes each part on the way." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
WORKDIR /app
COPY --from=build /build/dist/ /build/LICENSE ./
# Distroless images have Node there, and not on their PATH.
ENV NODE_ENV=production \
    PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:/nodejs/bin
USER 65532:65532
EXPOSE 8080
# No shell in between: SIGTERM reaches Node, which drains. The two flags have garbage collected sooner, for some CPU.
ENTRYPOINT ["node", "--optimize-for-size", "--max-semi-space-size=16", "/app/leadplatform.mjs"]
CMD ["run"]
