// Package cosemutest runs a Tencent Cloud COS emulator inside a Go test. [New] starts one in memory
// on a free loopback port, and stops it at the end of the test.
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
// # Connect the code under test
//
// Choose the first of these that fits:
//
//   - The code takes a pre-signed URL: give it one from [Server.Presign].
//   - The code signs requests itself: give it Credentials, Bucket and Region of [Server], and
//     [Server.Transport] as the transport of its HTTP client. The transport sends requests for COS
//     host names to the emulator, so the code and its SDK stay unchanged.
//   - The code runs in another process, or can only be given a proxy: use [Server.ProxyURL] and
//     [Server.CAPool]. It keeps using https and COS host names.
//   - The code gets temporary keys from STS: give it the key of [Server.TemporaryKey].
//
// # Check what happened
//
// [Server.ExpectStored] and [Server.ExpectNoObject] check the stored objects. [Server.WaitFor] and
// [Server.ExpectNoRequest] check the journal, which has each request with its verdict and its
// diagnosis. A failed check lists the requests that did arrive and why they were refused.
//
// # Make things fail
//
// The Clock of [Server] moves past the end of a signature or key. [Server.AddKey] adds a key that
// expires. [Server.Fault] makes answers fail as COS's do on a bad day: errors such as SlowDown, cut
// connections, delays, wrong checksums; [Server.ExpectFaultsMet] checks that requests met them.
// [WithVerifyReport] serves requests that COS would refuse, and reports them.
//
// # Many tests
//
// Servers share nothing, so tests with a server each can run in parallel. [Shared] gives each test an
// account on one server, which takes less than a millisecond: the account has buckets, a key pair, a
// clock and a journal of its own. [Server.Account] does so on a server of your options, and
// [Server.For] returns a view for another test of everything that the server has.
package cosemutest
