// Package emulator is Tencent Cloud COS as an [net/http.Handler]: it judges
// signed requests as the cloud does, stores what it accepts, and answers with
// the cloud's own bytes.
//
// One request takes one way through the package, top to bottom in pipeline.go:
// read the raw target, resolve the address, look up the operation, judge the
// claim, run the operation, write the answer. Every error on that way becomes
// bytes in one function (reply.go), and every fact that no public source
// decides is a numbered choice in CHOICES.md.
//
// The handler answers for STS too (sts.go), and is a forward proxy to itself
// (proxy.go), so that programs which know only the cloud's https hosts find it.
// It forwards nothing to anybody else.
package emulator
