# cosemu as an image: one static binary and an empty data folder.
#
#   docker build -t cosemu .
#   docker run --rm -p 127.0.0.1:9000-9001:9000-9001 cosemu
#
# Settings are environment variables: -e COSEMU_REGION=ap-beijing. Everything
# is kept in /data, the CA too, whose certificate clients get at
# http://127.0.0.1:9001/ca.pem; -e COSEMU_DATA= keeps it in memory instead.
# The proxy serves https on port 9000; for a port that speaks TLS itself:
# -e COSEMU_TLS_LISTEN=0.0.0.0:9443 -p 127.0.0.1:9443:9443

FROM golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X github.com/cosemu/cosemu/cmd/internal/cli.version=${VERSION}" \
      -o /out/cosemu ./cmd/cosemu \
 && go run ./cmd/internal/notices ./cmd/cosemu >/out/LICENCES.txt \
 && mkdir /out/data

FROM scratch
COPY --from=build /out/cosemu /cosemu
COPY --from=build /out/LICENCES.txt /LICENCES.txt
COPY LICENSE /LICENSE
# A volume takes its owner from the folder that it is first mounted over.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# docker stop kills after 10 seconds. COSEMU_GRACE is shorter, so the server ends first.
ENV COSEMU_LISTEN=0.0.0.0:9000 \
    COSEMU_CONSOLE=0.0.0.0:9001 \
    COSEMU_DATA=/data \
    COSEMU_GRACE=8s
VOLUME /data
EXPOSE 9000 9001
# One asks every two seconds, since --start-interval would stop builders that do
# not know it: Docker before 25, Podman 4.
HEALTHCHECK --interval=2s --timeout=5s --start-period=10s --retries=3 \
  CMD ["/cosemu", "healthcheck"]
ENTRYPOINT ["/cosemu"]
