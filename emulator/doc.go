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
//  2. serveAPI is the way of every COS request, and pipeline.go is a page to read
//     from top to bottom. arrive fills the first part of a call (package call,
//     call.go): package signer keeps the target and the headers as they were
//     sent, package addr finds bucket, key and region in host and path, the store
//     has the bucket, and the table (package ops, table.go) has the row PutObject
//     by scope, method and sub-resource.
//  3. handle is the order of the checks. rulesFor (crossorigin.go) gets the
//     bucket's CORS rules, checkPage (pages.go) refuses what a browser sends for a
//     page of another site, and checkAddress (address.go) refuses addresses that
//     COS does not serve.
//  4. judge is all that can be said without the body. identify (identify.go)
//     returns who asks: it finds the claim ([signer.ParseClaim]) and the key pair
//     (package keyring), and checks time, strict rules (bucketrules.go) and
//     signature ([signer.Verify]). Then follow the bucket, and the referer and the
//     caller's rights: PermitCall (package call, rights.go) has package authz
//     decide by the policies and the ACL.
//  5. The row's handler runs in package ops: putObject (objects.go). readMetadata
//     (metadata.go) reads the headers that are kept, package body checks the
//     lengths and hashes, and stage copies the body into [storage.Staged]. Commit
//     makes all of it the object, or nothing. The handler returns a reply and
//     writes nothing.
//  6. Back in serveAPI, an error becomes a reply (Refusal in call.go), with the
//     status and message of package coserr. crossOrigin adds the CORS headers.
//     whyRefused (judge.go) explains a refusal: explain.go hands the request to
//     package diagnose, and the findings go into header and journal.
//  7. answer (reply.go) alone writes to the client. record (record.go) completes
//     the entry in package journal and writes the log line.
//
// The control API and the command ask the same code without sending anything:
// [Emulator.Judge] (judge.go) and [Emulator.Explain] (explanation.go).
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
