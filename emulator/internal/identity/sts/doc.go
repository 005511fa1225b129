// Package sts answers Tencent Cloud's security token service: temporary key
// pairs for a user (GetFederationToken) and of a role (AssumeRole), and who a
// pair belongs to (GetCallerIdentity), API version 2018-08-13. It reads both
// ways of signing that clients use, v1 (HmacSHA1, HmacSHA256) and v3
// (TC3-HMAC-SHA256), and knows no HTTP handler: a request goes in, the JSON of
// an answer comes out.
package sts
