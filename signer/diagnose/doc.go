// Package diagnose says why a request was refused.
//
// COS answers a dozen different mistakes with one message. This package has a
// table of mistakes ([Rows]): signed for another method, for another host, with
// the key encoded twice … It signs the request again as each mistake would have
// signed it. If that gives the client's own signature, the mistake is proven,
// because no HMAC matches by chance. Other findings are observations: facts that
// need no signature, such as a header that was listed and not sent, or a time in
// milliseconds. Without proof or observation the finding is [Unknown].
//
// [Explain] judges a request as it arrived. [ParseCloudError] and
// [ExplainCloud] do the same from a 403 body of the real cloud, and [ParseCurl]
// reads the request from a curl command line.
//
// The package is pure: it reads no clock, no file and no network, and a report
// shows neither a SecretKey nor a token. Its work is bounded whatever the
// request holds.
package diagnose
