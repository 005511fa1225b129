package signer

import (
	"fmt"
	"log/slog"
)

// VerifyOptions are what the request itself does not say.
type VerifyOptions struct {
	// PathPrefix is "/<bucket>", raw, when the request is path style, else "".
	PathPrefix string
	// Bucket is the bucket that the host names, with its APPID, "" when the path
	// names it or there is none. AWS2 signs it.
	Bucket string
	// LocalPort is the port the request was received on, "" when unknown.
	LocalPort string
	// Allows is asked of a lenient reading under which the signature matches:
	// does the request mean the same by it? A signature of another meaning does
	// not hold. nil allows every reading.
	Allows func(how Reading) bool
}

// allows reports whether a signature may hold by a reading.
func (o *VerifyOptions) allows(how Reading) bool { return o.Allows == nil || o.Allows(how) }

// Result is the outcome of [Verify].
type Result struct {
	OK bool
	// HttpString and StringToSign are those of the reading that held; on a
	// mismatch, of the plain one. AWS4 calls the first the canonical request,
	// AWS2 has none. A token that was signed stands in HttpString, by AWS2 in
	// StringToSign.
	HttpString, StringToSign string
	// Reading is the id of the leniency that held, "" for the plain reading;
	// of a combination, the ids joined by '+'.
	Reading string
}

// String says whether it held, and by which reading. The two texts are left
// out: a token may stand in them.
func (r Result) String() string {
	switch {
	case !r.OK:
		return "mismatch"
	case r.Reading != "":
		return "holds by " + r.Reading
	default:
		return "holds"
	}
}

// Format writes [Result.String] whatever the verb.
func (r Result) Format(f fmt.State, _ rune) { writeState(f, r.String()) }

// LogValue is what structured logs show: as [Result.String].
func (r Result) LogValue() slog.Value { return slog.StringValue(r.String()) }

// maxReread bounds the bytes that are signed again in search of a reading that
// holds: a request of ordinary size gets every combination there is, one as
// large as net/http lets it be only one.
const maxReread = 1 << 20

// Verify asks whether the claim's signature is the one that secretKey makes of
// the request. It looks at neither the time nor the token. An algorithm other
// than the family's never verifies, nor a claim that came with a [ClaimError], nor
// a form's AWS signature, which [VerifyPolicy] judges.
func Verify(req *Request, c *Claim, secretKey string, o VerifyOptions) Result {
	switch {
	case c.Family == QSign:
		return verifyQSign(req, c, secretKey, o)
	case c.AWS == nil || c.Carrier == CarrierForm:
		return Result{}
	case c.Family == AWS4:
		return verifyAWS4(req, c, secretKey, &o)
	}
	return verifyAWS2(req, c, secretKey, &o)
}

// VerifyPolicy asks whether a form's AWS signature is the one that secretKey
// makes of the form's policy, as the field has it, in base64. The policy is the
// StringToSign.
func VerifyPolicy(c *Claim, policy, secretKey string) Result {
	res := Result{StringToSign: policy}
	switch {
	case c.AWS == nil || !c.AWS.sound:
	case c.Family == AWS4:
		key := newAWS4Key(secretKey, &c.AWS.Scope)
		res.OK = key.match([]byte(policy), c.Signature)
	case c.Family == AWS2:
		res.OK = matchAWS2(secretKey, []byte(policy), c.Signature)
	}
	return res
}

func verifyQSign(req *Request, c *Claim, secretKey string, o VerifyOptions) Result {
	var (
		params, headers [8]Pair
		room            [640]byte
		plain           Reading
	)
	text := appendHTTPString(room[:0], req.Method, req.signedPath(""),
		req.signedParams(params[:0], c, false), req.signedHeaders(headers[:0], c, &plain))
	n := len(text)
	text = AppendStringToSign(text, c.SignTime.Raw, text)
	both := string(text)
	res := Result{HttpString: both[:n], StringToSign: both[n:]}
	if c.Algorithm != Algorithm || len(c.Signature) != SignatureLen {
		return res // no reading can make it match
	}
	key := NewSigningKey(secretKey, c.KeyTime.Raw)
	if key.Match(text[n:], c.Signature) {
		res.OK = true
		return res
	}
	reread(&res, req, c, &key, &o)
	return res
}

// reread looks for a lenient reading under which the signature holds, and fills
// res with it.
func reread(res *Result, req *Request, c *Claim, key *SigningKey, o *VerifyOptions) {
	params, headers := make([]Pair, 0, 8), make([]Pair, 0, 8)
	text := make([]byte, 0, 640)
	budget := maxReread
	eachReading(newFacts(req, c, o), func(how Reading, rows uint) bool {
		params = req.signedParams(params[:0], c, how.PlusLiteral)
		headers = req.signedHeaders(headers[:0], c, &how)
		text = appendHTTPString(text[:0], req.Method, req.signedPath(how.StripPrefix), params, headers)
		n := len(text)
		text = AppendStringToSign(text, c.SignTime.Raw, text)
		if key.Match(text[n:], c.Signature) && o.allows(how) {
			both := string(text)
			*res = Result{OK: true, HttpString: both[:n], StringToSign: both[n:], Reading: readingID(rows)}
			return true
		}
		budget -= len(text)
		return budget < 0
	})
}
