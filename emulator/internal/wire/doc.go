// Package wire lets an [http.Server] serve the requests that COS clients send.
//
// net/http refuses some requests before any handler sees them. Some have a target with a percent
// sign that is no escape (`/percent%.txt`, from the .NET SDK), a raw space or a control character.
// Others are not HTTP. This package works on the connections below the server. It repairs the
// targets, with `%25` for the percent sign and `%20` for the space. They decode to the same bytes,
// so key and signature do not change (choice 34). And it gives all other refusals the form of COS
// errors.
//
// It also turns the connection of a CONNECT request into another connection of the same server
// ([Tunnel]), and serves TLS in a tunnel or at a port. The same handler, limits and shutdown apply
// there.
//
// To find the request lines, it follows the framing of requests: lengths and chunks. Where the
// framing is not certain, it stops looking at the connection, so that bytes of a body never change.
package wire
