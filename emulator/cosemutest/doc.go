// Package cosemutest runs Tencent Cloud COS inside a Go test: one call starts
// an emulator in memory on a free port of this machine, and the test's end
// stops it.
//
//	func TestUpload(t *testing.T) {
//		cos := cosemutest.New(t)
//		url := cos.Presign(http.MethodPut, "photos/cat.jpg", time.Hour, "Content-Type", "image/jpeg")
//
//		upload(url, cat) // the code under test
//
//		cos.WaitFor(cosemutest.Filter{Method: "PUT", Status: 200}, 1)
//		cos.ExpectStored("photos/cat.jpg", cat)
//	}
//
// Code that makes its own requests gets [Server.Credentials], Bucket and
// Region, and as its HTTP transport [Server.Transport]: that takes what any SDK
// sends to the cloud's host names to the emulator instead.
//
// A program that has no such place, but knows a proxy, gets [Server.ProxyURL]
// and [Server.CAPool]: it goes on speaking https to the cloud's hosts.
//
// [Server.TemporaryKey] takes the place of STS: a key that may upload to one
// prefix and no more.
//
// The rest is for looking at what happened, and for making things go wrong:
// the Clock lets a URL expire at once, the journal ([Server.WaitFor],
// [Server.ExpectNone]) holds every request with its verdict, and the stored
// objects can be read and put past the API.
//
// Servers share nothing, so tests that have one each can run in parallel. A
// server for many tests is made by [Start] and lent to each with [Server.For].
package cosemutest
