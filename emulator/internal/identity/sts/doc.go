// Package sts is Tencent Cloud's security token service, API version 2018-08-13: it
// issues temporary key pairs to a user (GetFederationToken) and for a role
// (AssumeRole), and tells whose a pair is (GetCallerIdentity).
//
// [Read] reads a request in either of the two signatures that clients use: v1
// (HmacSHA1, HmacSHA256; v1.go) and v3 (TC3-HMAC-SHA256; tc3.go). [Service.Answer]
// answers it. [Explain] says why it was refused.
package sts
