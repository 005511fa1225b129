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
//  3. A fault that a test planned may answer first (package fault). Then handle asks
//     the judge. Request (judge.go) is the order of the checks: the bucket's CORS
//     rules (cors.go), a page of another site (page.go), addresses that COS does not
//     serve (address.go).
//  4. Then follows who asks: identify (identify.go) finds the claim
//     ([signer.ParseClaim]) and the key pair (package keyring), and checks time,
//     strict rules (strict.go) and signature ([signer.Verify]). Then the bucket, and
//     the referer and the caller's rights: PermitCall (package call, rights.go) has
//     package authz decide by the policies and the ACL.
//  5. Run (package ops, headers.go) refuses headers that cosemu does not have, and
//     calls the row's handler: putObject (objects.go). readMetadata (metadata.go)
//     reads the headers that are kept, package body checks the lengths and hashes,
//     and stage copies the body into [storage.Staged]. Commit makes all of it the
//     object, or nothing. The handler returns a reply and writes nothing.
//  6. Back in serveAPI, an error becomes a reply (Refusal in call.go), with the
//     status and message of package coserr. crossOrigin adds the CORS headers.
//     WhyRefused (package explain, refusal.go) explains a refusal: it hands the
//     request to package diagnose, and the findings go into header and journal.
//  7. answer (reply.go) alone writes to the client. Record (package record,
//     record.go) completes the entry in package journal and writes the log line.
//
// # An explain, from file to file
//
// The control API (package control, explain.go) and the command ask about requests
// that are not sent. Explain (package explain, explain.go) reads the question
// (question.go, package paste). Suppose (package judge, arrive.go) makes a call of it
// as Arrive does, and Supposed (judge.go) judges it in the order of step 4. Refusal
// (package ops, headers.go) says what the operation would refuse without a body, and
// WhyRefused explains as in step 6.
//
// # A refused policy, from file to file
//
// In step 4 PermitCall (package call, rights.go) says what the call is about: the
// resource, the action, and functions that look up ACL, policies and referer list.
// Decide (package authz, decide.go) asks them in order. Its decision names the
// statement that denied, or the closest one. In step 6 refusal.go takes the decision
// out of the call's outcome, and words the finding by it.
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
