// Package diagnose says why a request was refused.
//
// The cloud answers a dozen different mistakes with one sentence. Here a
// signature that does not match is made again under each hypothesis of one
// table ([Rows]): signed for another method, another host, with the key encoded
// twice … A hypothesis under which the client's own signature comes out is
// proven: nobody gets that HMAC by chance. Beside the proofs stand
// observations, which are facts that can be seen without computing anything: a
// header that was listed and not sent, a time in milliseconds. What is neither
// proven nor seen is not claimed; the finding is then [Unknown].
//
// [Explain] judges a request as it arrived. [ParseCloudError] and
// [ExplainCloud] do the same from a 403 body of the real cloud, and [ParseCurl]
// reads the request from a curl command line.
//
// The package is pure: it reads no clock, no file and no network, and a report
// shows neither a SecretKey nor a token. Its work is bounded whatever the
// request holds.
package diagnose
