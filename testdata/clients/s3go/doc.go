// Package clients runs aws-sdk-go-v2 and minio-go with a running cosemu. Both are unchanged and sign
// the S3 way.
//
// Start it by ../run, which sets the environment variables; see ../README.md.
package clients
