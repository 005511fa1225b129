// Package wire lets an [http.Server] serve what COS clients really send.
//
// net/http answers some requests by itself, before any handler: those whose
// target holds a percent sign that is no escape (`/percent%.txt`, which the
// .NET SDK sends), a raw blank or a control character, and those that are no
// HTTP. This package sits below the server, on the connections. It writes the
// first kind of target in the form that net/http takes, `%25` for the percent
// sign and `%20` for the blank, which percent-decodes to the same bytes: key and
// signature stay what they were (choice 34). And it gives the answers to the second kind
// the form of all other answers.
//
// It also turns the connection of a CONNECT into one more connection of the same
// server ([Tunnel]), and lets that one, or a whole port, speak TLS. A request in
// there meets the same handler, limits and end as one outside.
//
// To know where a request line begins it follows the framing of the requests
// (lengths and chunks) as they pass. Where a request's framing is not beyond
// doubt it stops looking at that connection: bytes of a body are never changed.
package wire
