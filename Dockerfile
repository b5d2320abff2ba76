# The base image is pinned to the digest of its multi-platform index. To move to a newer Node, change the
# tag, the digest (`docker buildx imagetools inspect node:<tag>`) and the devDependency `node` together.

# The production dependencies, apart from the image that runs.
FROM node:26.10.0-bookworm-slim@sha256:662933cf47f013bc8e4beb31a6116448427a82057ba7c42c97e4c5ba766504c2 AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

# The documents and the page of the playground. Built with the development packages, which the image
# does not hold.
FROM node:26.10.0-bookworm-slim@sha256:662933cf47f013bc8e4beb31a6116448427a82057ba7c42c97e4c5ba766504c2 AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY clients/web ./clients/web
RUN npm ci --ignore-scripts
COPY playground ./playground
RUN npm run build:playground
COPY docs ./docs
COPY schema.graphql ./
RUN npm run docs

FROM node:26.10.0-bookworm-slim@sha256:662933cf47f013bc8e4beb31a6116448427a82057ba7c42c97e4c5ba766504c2
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    DATA_DIR=/data \
    NODE_COMPILE_CACHE=/app/compiled
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE THIRD_PARTY_NOTICES ./
COPY bin ./bin
COPY src ./src
RUN ln -s /app/bin/atlas-gateway.cjs /usr/local/bin/atlas-gateway
COPY --from=pages /app/build/docs ./build/docs
COPY --from=pages /app/build/playground ./build/playground
# The commit of the source: `docker build --build-arg COMMIT=$(git rev-parse HEAD)`. /health tells it.
ARG COMMIT=
ARG VERSION=1.0.0-rc.1
ARG CREATED=
RUN printf '%s\n' "$COMMIT" > COMMIT
LABEL org.opencontainers.image.title="Atlas Gateway" \
      org.opencontainers.image.description="A typed GraphQL gateway with live status over the Atlas document-verification APIs" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.licenses="LicenseRef-Proprietary"
# What outlives the process; whoever mounts another volume here gives it to this user.
RUN mkdir /data compiled && chown node:node /data compiled
VOLUME /data
USER node
# Started once, with its sandbox: what that compiles no container has to, even where none may write.
RUN SANDBOX=1 DATA_DIR=:memory: METRICS_PORT=0 timeout --preserve-status 10 node --disable-sigusr1 --max-semi-space-size=64 src/main.js
EXPOSE 4000
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that SIGTERM reaches it and sockets are drained.
CMD ["node", "--disable-sigusr1", "--max-semi-space-size=64", "src/main.js"]
