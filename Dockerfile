# syntax=docker/dockerfile:1
# The image of each deployable is a target of its own: cell, router, global-control-plane, sandbox-gateway.
#   docker build --target cell -t commerce/cell .
# A container runs as an ordinary user and writes to /data and /tmp alone, so its root may be read-only.
# Servers run from their sources, as everywhere else; only pages are built.

FROM node:24.21.0-alpine AS node

# What decides about packages, alone, so that a change of sources does not install them again.
FROM node AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY cell/package.json cell/
COPY router/package.json router/
COPY global-control-plane/package.json global-control-plane/
COPY fleet/package.json fleet/
COPY fleet/bin fleet/bin/
COPY load-tests/package.json load-tests/
COPY chaos/package.json chaos/
COPY platform/contracts/package.json platform/contracts/
COPY platform/engines/package.json platform/engines/
COPY platform/service/package.json platform/service/
COPY platform/ui/package.json platform/ui/

FROM manifests AS sites
RUN npm ci --include=dev --ignore-scripts
COPY platform platform/
COPY cell cell/
COPY global-control-plane global-control-plane/
COPY fleet fleet/
RUN node fleet/src/web-build/main.ts

# Packages of one deployable. The engines that run inside a development fleet stay out, as do the components
# that are in the bundles of the pages already.
FROM manifests AS cell-packages
RUN npm ci --omit=dev --ignore-scripts --workspace=@commerce/cell
COPY platform/prune-packages.sh platform/
RUN sh platform/prune-packages.sh

FROM manifests AS router-packages
RUN npm ci --omit=dev --ignore-scripts --workspace=@commerce/router
COPY platform/prune-packages.sh platform/
RUN sh platform/prune-packages.sh

FROM manifests AS global-control-plane-packages
RUN npm ci --omit=dev --ignore-scripts --workspace=@commerce/control-plane
COPY platform/prune-packages.sh platform/
RUN sh platform/prune-packages.sh

FROM manifests AS sandbox-gateway-packages
RUN npm ci --omit=dev --ignore-scripts --workspace=@commerce/fleet
COPY platform/prune-packages.sh platform/
RUN sh platform/prune-packages.sh

# Node without npm: nothing is installed in a container, and what is not there has no holes.
FROM alpine:3.22 AS runtime
RUN apk add --no-cache libstdc++ ca-certificates \
  && addgroup -g 1000 commerce \
  && adduser -D -H -u 1000 -G commerce commerce \
  && install -d -o 1000 -g 1000 /data
COPY --from=node /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
COPY package.json ./
COPY platform/contracts platform/contracts/
COPY platform/engines platform/engines/
COPY platform/service platform/service/
VOLUME /data
USER 1000:1000
EXPOSE 8080

FROM runtime AS cell
COPY --from=cell-packages /app/node_modules node_modules/
COPY --from=cell-packages /app/platform/service/node_modules platform/service/node_modules/
COPY cell/package.json cell/
COPY cell/src cell/src/
COPY cell/storefront cell/storefront/
COPY --from=sites /app/cell/storefront/dist cell/storefront/dist/
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s CMD wget -qO /dev/null "http://127.0.0.1:$PORT/health/ready"
CMD ["node", "cell/src/main.ts"]

FROM runtime AS router
ENV ADMIN_PORT=8081 DATA_PLANE=node
COPY --from=router-packages /app/node_modules node_modules/
COPY --from=router-packages /app/platform/service/node_modules platform/service/node_modules/
COPY router router/
EXPOSE 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s CMD wget -qO /dev/null "http://127.0.0.1:$ADMIN_PORT/health/ready"
CMD ["node", "router/src/main.ts"]

FROM runtime AS global-control-plane
COPY --from=global-control-plane-packages /app/node_modules node_modules/
COPY --from=global-control-plane-packages /app/platform/service/node_modules platform/service/node_modules/
COPY --from=global-control-plane-packages /app/global-control-plane/node_modules global-control-plane/node_modules/
COPY global-control-plane/package.json global-control-plane/
COPY global-control-plane/src global-control-plane/src/
COPY global-control-plane/console global-control-plane/console/
COPY --from=sites /app/global-control-plane/console/dist global-control-plane/console/dist/
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s CMD wget -qO /dev/null "http://127.0.0.1:$PORT/health/ready"
CMD ["node", "global-control-plane/src/main.ts"]

FROM runtime AS sandbox-gateway
COPY --from=sandbox-gateway-packages /app/node_modules node_modules/
COPY --from=sandbox-gateway-packages /app/platform/service/node_modules platform/service/node_modules/
COPY fleet/package.json fleet/
COPY fleet/src fleet/src/
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD wget -qO /dev/null "http://127.0.0.1:$PORT/health/ready"
CMD ["node", "fleet/src/sandbox-gateway/main.ts"]
