// Package signer makes, reads and judges the request signature of Tencent
// Cloud COS (q-sign-algorithm=sha1), with nothing but the standard library.
//
// The signature of a request is a chain of four texts. The names are those of
// the COS document "Request Signature":
//
//	SignKey      = hex HMAC-SHA1(SecretKey, KeyTime)
//	HttpString   = method \n path \n parameters \n headers \n
//	StringToSign = sha1 \n SignTime \n hex SHA1(HttpString) \n
//	Signature    = hex HMAC-SHA1(SignKey, StringToSign)
//
// The signatures of S3 clients, AWS Signature Versions 4 and 2, which COS takes
// as well, are read, judged and made by the same functions; see [Family].
//
// A server calls [ReadRequest], [FindClaim] (or [ParseClaim], which knows COS's
// own signatures alone), [Claim.CheckTime] and [Verify].
// A client calls [Presign], or lets a [Client] do all of it. [Canonical] and
// [SigningKey] are the steps in between, for programs that compute the signature of
// a changed request.
//
// Nothing here reads the clock: every function that depends on the time takes
// it as an argument.
package signer
