package signer

// VerifyOptions are what the request itself does not say.
type VerifyOptions struct {
	// PathPrefix is "/<bucket>", raw, when the request is path style, else "".
	PathPrefix string
	// LocalPort is the port the request was received on, "" when unknown.
	LocalPort string
}

// Result is the outcome of [Verify].
type Result struct {
	OK bool
	// HttpString and StringToSign are those of the reading that held; on a
	// mismatch, of the plain one. A token that was signed stands in HttpString.
	HttpString, StringToSign string
	// Reading is the id of the leniency that held, "" for the plain reading;
	// of a combination, the ids joined by '+'.
	Reading string
}

// maxReread bounds the bytes that are signed again in search of a reading that
// holds: a request of ordinary size gets every combination there is, one of a
// megabyte only a few.
const maxReread = 1 << 20

// Verify asks whether the claim's signature is the one that secretKey makes of
// the request. It looks at neither the time nor the token. An algorithm other
// than sha1 never verifies.
func Verify(req *Request, c *Claim, secretKey string, o VerifyOptions) Result {
	var params, headers [8]Pair
	canon := Canonical{Params: params[:0], Headers: headers[:0]}
	req.canonical(&canon, c, &Reading{})

	var room [512]byte
	http := canon.AppendHttpString(room[:0])
	var signRoom [128]byte
	sts := AppendStringToSign(signRoom[:0], c.SignTime.Raw, http)
	key := NewSigningKey(secretKey, c.KeyTime.Raw)
	res := Result{HttpString: string(http), StringToSign: string(sts)}
	if c.Algorithm != Algorithm {
		return res
	}
	if key.Match(sts, c.Signature) {
		res.OK = true
		return res
	}
	if len(c.Signature) == SignatureLen { // nothing else can match
		reread(&res, req, c, &key, &o)
	}
	return res
}

// reread looks for a lenient reading under which the signature holds, and fills
// res with it.
func reread(res *Result, req *Request, c *Claim, key *SigningKey, o *VerifyOptions) {
	var http, sts []byte
	budget := max(maxReread, len(leniencies)*len(res.HttpString))
	eachReading(newFacts(req, c, o), func(how *Reading, rows uint) bool {
		canon := req.Canonical(c, *how)
		http = canon.AppendHttpString(http[:0])
		signTime := c.SignTime.Raw
		if how.KeyTime {
			signTime = c.KeyTime.Raw
		}
		sts = AppendStringToSign(sts[:0], signTime, http)
		if key.Match(sts, c.Signature) {
			*res = Result{OK: true, HttpString: string(http), StringToSign: string(sts), Reading: readingID(rows)}
			return true
		}
		budget -= len(http)
		return budget < 0
	})
}
