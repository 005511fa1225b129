// Package emulator is Tencent Cloud COS as an [net/http.Handler]. It judges
// signed requests as the cloud does, stores what it accepts, and answers with
// the cloud's own bytes.
//
// # One signed PUT, from file to file
//
//	PUT /hello.txt HTTP/1.1
//	Host: test-1250000000.cos.ap-guangzhou.myqcloud.com
//	Authorization: q-sign-algorithm=sha1&q-ak=…&q-signature=…
//
// Such a request passes these steps:
//
//  1. Package wire reads the connection below net/http, so that targets which
//     net/http would refuse arrive too. In [Emulator.ServeHTTP] package early
//     lets an answer leave before the body came, and the router (newRouter in
//     emulator.go) chooses: CONNECT (proxy.go), STS (sts.go), or serveAPI
//     (pipeline.go).
//  2. serveAPI is the way of every COS request, on one page. Arrive (package judge,
//     arrive.go) fills the first part of a call (package call, call.go): package
//     signer keeps the target and the headers as they were sent, package addr
//     finds bucket, key and region in host and path, the store has the bucket, and
//     the table (package ops, table.go) has the row PutObject by scope, method and
//     sub-resource.
//  3. handle asks the judge first. Request (judge.go) is the order of the
//     checks: the bucket's CORS rules (cors.go), a page of another site (page.go),
//     addresses that COS does not serve (address.go).
//  4. Then follows who asks: identify (identify.go) finds the claim
//     ([signer.ParseClaim]) and the key pair (package keyring), and checks time,
//     strict rules (strict.go) and signature ([signer.Verify]). Then the bucket, and
//     the referer and the caller's rights: PermitCall (package call, rights.go) has
//     package authz decide by the policies and the ACL.
//  5. The row's handler runs in package ops: putObject (objects.go). readMetadata
//     (metadata.go) reads the headers that are kept, package body checks the
//     lengths and hashes, and stage copies the body into [storage.Staged]. Commit
//     makes all of it the object, or nothing. The handler returns a reply and
//     writes nothing.
//  6. Back in serveAPI, an error becomes a reply (Refusal in call.go), with the
//     status and message of package coserr. crossOrigin adds the CORS headers.
//     WhyRefused (package explain, judge.go) explains a refusal: refusal.go hands
//     the request to package diagnose, and the findings go into header and journal.
//  7. answer (reply.go) alone writes to the client. Record (package record,
//     record.go) completes the entry in package journal and writes the log line.
//
// The control API and the command ask the same code without sending anything:
// package explain asks the judge about what did not arrive (its explain.go).
//
// # Other ways in
//
// The handler answers for STS too (sts.go), and is a forward proxy to itself
// (proxy.go), so that programs which know only the cloud's https hosts find it.
// It forwards nothing to anybody else.
//
// # Sources
//
// Each fact about COS names the page that it comes from (FIDELITY.md lists
// them). A fact that no public source decides is a numbered choice in
// CHOICES.md, and the code names the number.
package emulator
